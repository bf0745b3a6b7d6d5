import type { AlertmanagerClient, ListedAlert } from './clients/alertmanager.ts'
import { type Case, firingAlerts } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
import type { SweepDeps } from './sweep.ts'

/** A firing alert that no case holds is said after this, in ms: group_wait, a flush and its retries fit in. */
const OVERDUE_MS = 300_000
/** A case whose alerts Alertmanager does not know any more is looked at after this, in ms: its own resolve time-out. */
const GONE_MS = 300_000
/** The alerts of which Slack was told that no case holds them, as a list of fingerprints. */
const SAID_SETTING = 'sweep.said'
/** Clusters named in one Slack line. */
const NAMED_LIMIT = 5

type Deps = Pick<SweepDeps, 'store' | 'policy' | 'wake' | 'say' | 'metrics' | 'now' | 'logger'>

/** Compares Alertmanager's alerts with the open cases. They carry no group key, so no case can be made of one. */
export class MissingAlerts {
  readonly #deps: Deps
  /** Fingerprints seen without a case, and since when. */
  #without = new Map<string, number>()
  /** Cases of whose firing alerts Alertmanager has none, and since when. */
  #gone = new Map<string, number>()

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** @throws TransientError, TerminalError when Alertmanager does not answer. */
  async sweep(client: AlertmanagerClient): Promise<void> {
    const { policy } = this.#deps
    const listed = await client.alerts(policy.current().alertnames)
    const cases = await this.#openCases()
    await this.#sayMissing(listed, cases)
    await this.#lookAtGone(listed, cases)
    // Those are completed by their own look; one that failed is tried again.
    for (const { groupKey, truncatedAlerts } of cases) if (truncatedAlerts > 0) await this.#deps.wake(groupKey)
  }

  async #openCases(): Promise<Case[]> {
    const { store } = this.#deps
    const ids = await store.openCaseIds()
    const cases = await Promise.all(ids.map(({ id }) => store.caseById(id)))
    return cases.filter((subject) => subject !== null)
  }

  async #sayMissing(listed: readonly ListedAlert[], cases: readonly Case[]): Promise<void> {
    const { metrics, logger, now, say } = this.#deps
    const held = new Set(cases.flatMap((subject) => subject.alerts.map(({ fingerprint }) => fingerprint)))
    const without = listed.filter(({ fingerprint, status }) => status.state === 'active' && !held.has(fingerprint))
    this.#without = new Map(without.map(({ fingerprint: id }) => [id, this.#without.get(id) ?? now()]))
    const overdue = without.filter(({ fingerprint: id }) => now() - (this.#without.get(id) ?? now()) >= OVERDUE_MS)
    metrics.setAlertsWithoutCase(overdue.length)
    const news = await this.#unsaid(overdue)
    if (news.length === 0) return
    logger.error({ alerts: news.length }, 'alerts fire that no case holds')
    const names = news.slice(0, NAMED_LIMIT).map(nameOf)
    const more = news.length > names.length ? ` and ${news.length - names.length} more` : ''
    await say(
      `Alertmanager has ${news.length} firing alerts that never reached the responder: ${names.join(', ')}${more}. Their pages are yours; check the webhook in Alertmanager's receiver.`,
    )
  }

  /** Those of which nobody was told; from then on they count as told, at every replica. */
  #unsaid(overdue: readonly ListedAlert[]): Promise<ListedAlert[]> {
    const { store } = this.#deps
    return store.exclusive.run(SAID_SETTING, async () => {
      const before = (await store.setting(SAID_SETTING)) ?? ''
      const said = before.split(',')
      const news = overdue.filter(({ fingerprint }) => !said.includes(fingerprint))
      const kept = said.filter((fingerprint) => this.#without.has(fingerprint))
      const after = [...kept, ...news.map(({ fingerprint }) => fingerprint)].join(',')
      if (after !== before) await store.putSetting(SAID_SETTING, after)
      return news
    })
  }

  async #lookAtGone(listed: readonly ListedAlert[], cases: readonly Case[]): Promise<void> {
    const { now, wake, logger } = this.#deps
    const known = new Set(listed.map(({ fingerprint }) => fingerprint))
    const gone = cases.filter((subject) => {
      const firing = firingAlerts(subject)
      return firing.length > 0 && firing.every(({ fingerprint }) => !known.has(fingerprint))
    })
    this.#gone = new Map(gone.map(({ id }) => [id, this.#gone.get(id) ?? now()]))
    for (const { id, groupKey } of gone) {
      if (now() - (this.#gone.get(id) ?? now()) < GONE_MS) continue
      logger.warn({ caseId: id }, 'alertmanager does not know the alerts of an open case')
      await wake(groupKey)
    }
  }
}

/** Only an id that has a cluster's exact form is repeated: labels are text from outside. */
function nameOf({ labels, annotations, fingerprint }: ListedAlert): string {
  const identity = identifyCluster({ labels, annotations })
  return identity.kind === 'identified' ? identity.clusterId : `alert ${fingerprint.replace(/[^0-9a-f]/g, '')}`
}

import type { Logger } from 'pino'
import type { PagerdutyClient } from './clients/pagerduty.ts'
import type { RawAlert, RawIncident } from './clients/pagerduty-schema.ts'
import type { Policy } from './config/policy.ts'
import type { PolicySource } from './config/policy-source.ts'
import { TerminalError, TransientError } from './errors.ts'
import { toIncidentUpdate } from './evidence/incident-update.ts'
import { type Case, newestIncident } from './model/case.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store, UnplacedIncident } from './store/store.ts'

/** Longest wait for Alertmanager's own word about an incident's group before the incident's text stands for it, in ms. */
const WEBHOOK_GRACE_MS = 60_000
/** An incident that PagerDuty could not be asked about is tried again after this, in ms. */
const RETRY_MS = 15_000
const BATCH = 50
/** How often events that reached another replica are looked for, in ms. */
const LOOK_EVERY_MS = 2_000

/** How long Alertmanager's own word about an incident is waited for (ms): a minute, or half of a shorter sweep. */
export function webhookGraceMs({ windows }: Policy): number {
  return Math.min(WEBHOOK_GRACE_MS, windows.sweep / 2)
}

export interface IncomingDeps {
  store: Store
  /** Null where PagerDuty's API is not configured: then nothing can be known of an incident. */
  client: PagerdutyClient | null
  policy: PolicySource
  lock: Exclusive
  /** Makes the scheduler look at what became due. */
  nudge: () => void
  now: () => number
  logger: Logger
}

/**
 * Finds the case of each incident that PagerDuty told of and no open case holds: by its key, by its text, or a new one.
 * What is to be done is in the store, so a restart goes on where it stood. The replica that sweeps does it for all: each
 * would else ask PagerDuty about the same incidents.
 */
export class IncomingIncidents {
  readonly #deps: IncomingDeps
  /** Incidents whose key was looked at once and is not known: they wait for Alertmanager's word. */
  readonly #waiting = new Set<string>()
  #run: Promise<void> | null = null
  #hasNudge = false
  #timer: NodeJS.Timeout | undefined
  #lookout: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(deps: IncomingDeps) {
    this.#deps = deps
  }

  /** Looks for what other replicas were told of, from now on. */
  start(): void {
    this.#lookout = setInterval(() => void this.#lookOut(), LOOK_EVERY_MS).unref()
  }

  /** Looks at what is unplaced now, and again when a wait is over; does nothing where another replica sweeps. */
  nudge(): void {
    if (this.#isStopped || !this.#deps.store.leadership.holds('sweep')) return
    this.#hasNudge = true
    this.#run ??= this.#loop().finally(() => {
      this.#run = null
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    clearInterval(this.#lookout)
    await this.#run
  }

  async #lookOut(): Promise<void> {
    const { store, logger } = this.#deps
    if (this.#run !== null || !store.leadership.holds('sweep')) return
    try {
      const unplaced = await store.unplacedIncidents(BATCH)
      if (unplaced.some(({ incidentId }) => !this.#waiting.has(incidentId))) this.nudge()
    } catch (error) {
      logger.warn({ err: error }, 'unplaced incidents could not be read')
    }
  }

  async #loop(): Promise<void> {
    const { store, now, logger, nudge } = this.#deps
    let nextMs: number | null = null
    while (this.#hasNudge && !this.#isStopped) {
      this.#hasNudge = false
      nextMs = null
      try {
        for (const incident of await store.unplacedIncidents(BATCH)) {
          const againMs = await this.#tryPlace(incident)
          if (againMs !== null) nextMs = Math.min(nextMs ?? againMs, againMs)
        }
        nudge()
      } catch (error) {
        logger.error({ err: error }, 'incidents could not be placed')
        nextMs = now() + RETRY_MS
      }
    }
    clearTimeout(this.#timer)
    if (nextMs === null || this.#isStopped) return
    this.#timer = setTimeout(() => this.nudge(), Math.max(10, nextMs - now())).unref()
  }

  /** When to try again (ms), null when the incident is placed. */
  async #tryPlace(unplaced: UnplacedIncident): Promise<number | null> {
    const { now, logger, store } = this.#deps
    try {
      return await this.#place(unplaced)
    } catch (error) {
      if (error instanceof TerminalError && error.code !== 'unauthorized') {
        logger.warn({ incidentId: unplaced.incidentId, code: error.code }, 'incident can not be read')
        await store.placeIncident(unplaced, null, now())
        return null
      }
      if (!(error instanceof TransientError) && !(error instanceof TerminalError)) throw error
      return now() + RETRY_MS
    }
  }

  async #place(unplaced: UnplacedIncident): Promise<number | null> {
    const { store, client, now, policy } = this.#deps
    const { incidentId, sinceMs } = unplaced
    const lateAtMs = sinceMs + webhookGraceMs(policy.current())
    const isLate = now() >= lateAtMs
    // Bound meanwhile: that read was later than the event.
    if (!client || (await store.openCaseOfIncident(incidentId))) return this.#done(unplaced, null)
    // A case that has not looked yet finds it by itself: only one that looked in vain is helped by a hint.
    const isAwaited = (await store.countByState()).waiting > 0
    if (!isLate && (this.#waiting.has(incidentId) || !isAwaited)) return lateAtMs
    const { items: alerts } = await client.alerts(incidentId)
    for (const { alert_key: key } of alerts) {
      const known = key ? await store.latestCaseOfKey(key) : null
      if (known && known.state !== 'resolved') return this.#done(unplaced, known.groupKey)
    }
    if (!isLate) {
      this.#waiting.add(incidentId)
      return lateAtMs
    }
    return this.#placeByText(unplaced, { incident: await client.incident(incidentId), alerts, client })
  }

  async #placeByText(
    unplaced: UnplacedIncident,
    found: { incident: RawIncident; alerts: RawAlert[]; client: PagerdutyClient },
  ): Promise<null> {
    const { store, policy, now, logger } = this.#deps
    const { incident, alerts, client } = found
    if (incident.status === 'resolved') return this.#done(unplaced, null)
    const read = toIncidentUpdate(incident, alerts, { alertnames: policy.current().alertnames, nowMs: now() })
    if (!read) return this.#done(unplaced, null)
    const lacking = await this.#caseWithoutIncident(read.clusterIds)
    // Alertmanager's own word about it came while PagerDuty was asked: its key says more than its text.
    if (lacking && alerts.some(({ alert_key: key }) => key === lacking.dedupKey))
      return this.#done(unplaced, lacking.groupKey)
    if (lacking) {
      await this.#bindWeakly(lacking, incident.id)
      logger.info({ incidentId: incident.id, caseId: lacking.id }, 'incident matched by its text')
      return this.#done(unplaced, lacking.groupKey)
    }
    const latest = await store.latestCaseOfKey(read.dedupKey)
    // A page that is older than the end of its group is about that: it is no new failure.
    if (latest?.resolvedAtMs && (incident.created_at ?? 0) <= latest.resolvedAtMs) return this.#done(unplaced, null)
    const triggers = (await client.logEntries(incident.id)).items.filter(({ type }) => type === 'trigger_log_entry')
    // PagerDuty keeps the details of the first trigger: after another one nobody knows what has joined.
    const missing = read.update.truncatedAlerts + (triggers.length > 1 ? 1 : 0)
    await store.accept({ ...read.update, truncatedAlerts: missing }, `incident/${incident.id}`, now())
    logger.info({ incidentId: incident.id }, 'case opened from an incident')
    return this.#done(unplaced, null)
  }

  async #done(unplaced: UnplacedIncident, groupKey: string | null): Promise<null> {
    this.#waiting.delete(unplaced.incidentId)
    await this.#deps.store.placeIncident(unplaced, groupKey, this.#deps.now())
    return null
  }

  /** An open case of one of the clusters that has no open incident. */
  async #caseWithoutIncident(clusterIds: readonly string[]): Promise<Case | null> {
    const { store } = this.#deps
    for (const clusterId of clusterIds) {
      for (const { id } of await store.openCasesOfCluster(clusterId)) {
        const subject = await store.caseById(id)
        if (!subject) continue
        const incident = newestIncident(subject)
        if (incident === null || incident.status === 'resolved') return subject
      }
    }
    return null
  }

  async #bindWeakly({ id, groupKey }: Case, incidentId: string): Promise<void> {
    const { store, lock } = this.#deps
    await lock.run(groupKey, async () => {
      const subject = await store.caseById(id)
      if (!subject) return
      await store.saveCase({ ...subject, weakIncidentId: incidentId }, { mergedUpTo: null, isSettled: false })
    })
  }
}

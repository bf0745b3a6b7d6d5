import type { Logger } from 'pino'
import type { AlertmanagerClient } from './clients/alertmanager.ts'
import type { PagerdutyClient } from './clients/pagerduty.ts'
import type { RawIncident } from './clients/pagerduty-schema.ts'
import type { PolicySource } from './config/policy-source.ts'
import { webhookGraceMs } from './incoming-incidents.ts'
import { type Case, newestIncident } from './model/case.ts'
import type { Store } from './store/store.ts'
import { MissingAlerts } from './sweep-alerts.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Incidents that nobody here knows, examined by one sweep at most: each costs calls. */
const UNKNOWN_LIMIT = 50

export interface SweepDeps {
  store: Store
  policy: PolicySource
  /** Null where not configured: that half is left out. */
  pagerduty: { client: PagerdutyClient; from: string } | null
  alertmanager: AlertmanagerClient | null
  /** Looks at incidents that were noted for examination. */
  nudge: () => void
  /** Makes a group's case due. */
  wake: (groupKey: string) => Promise<void>
  /** One line in the notify channel, where the mode allows. */
  say: (text: string) => Promise<void>
  /** Tells Slack what it is owed. */
  tellOwed: () => Promise<void>
  metrics: Metrics
  now: () => number
  logger: Logger
}

/**
 * Looks for what never arrived, at start and every `windows.sweep`: open incidents of ours that no case holds, cases whose
 * incident moved on, firing alerts without a case; and has told what Slack is owed. One replica sweeps; two that overlap
 * for a moment note each thing once. Source: PRODUCT.md section 6, promise 1.
 */
export class Sweep {
  readonly #deps: SweepDeps
  readonly #missing: MissingAlerts
  #timer: NodeJS.Timeout | undefined
  #run: Promise<void> | null = null
  #isSweeping = false
  #isStopped = false

  constructor(deps: SweepDeps) {
    this.#deps = deps
    this.#missing = new MissingAlerts(deps)
  }

  /** Sweeps now, unless one is under way, and from then on. */
  start(): void {
    if (this.#isStopped) return
    this.#isSweeping = true
    clearTimeout(this.#timer)
    this.#run ??= this.once().finally(() => {
      this.#run = null
      if (this.#isSweeping)
        this.#timer = setTimeout(() => this.start(), this.#deps.policy.current().windows.sweep).unref()
    })
  }

  /** Begins no other sweep until it is started again. */
  pause(): void {
    this.#isSweeping = false
    clearTimeout(this.#timer)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.pause()
    await this.#run
  }

  /** One sweep. The halves do not wait for each other's upstream, and neither rejects. */
  async once(): Promise<void> {
    const { pagerduty, alertmanager, tellOwed, metrics, logger } = this.#deps
    await tellOwed().catch((error: unknown) => logger.warn({ err: error }, 'what slack is owed could not be read'))
    const halves = [
      ...(pagerduty ? [() => this.#sweepIncidents(pagerduty)] : []),
      ...(alertmanager ? [() => this.#missing.sweep(alertmanager)] : []),
    ]
    const ends = await Promise.allSettled(halves.map((half) => half()))
    for (const end of ends) {
      metrics.countSweep(end.status === 'fulfilled' ? 'done' : 'failed')
      if (end.status === 'rejected') logger.warn({ err: end.reason }, 'sweep failed')
    }
  }

  async #sweepIncidents({ client, from }: { client: PagerdutyClient; from: string }): Promise<void> {
    const { store, now, nudge } = this.#deps
    const startedMs = now()
    const { items, isComplete } = await client.allOpenIncidents()
    const unknown: RawIncident[] = []
    for (const incident of items) {
      const holder = await store.openCaseOfIncident(incident.id)
      if (!holder) unknown.push(incident)
      else if (hasMovedOn(incident, holder, from)) await this.#tell(incident.id, `${incident.status}/${holder.version}`)
    }
    await this.#noteUnknown(unknown)
    if (isComplete) await this.#noteGone(new Set(items.map(({ id }) => id)), startedMs)
    nudge()
  }

  /** Incidents old enough that a webhook would have come; those whose title names an alert of ours first. */
  async #noteUnknown(incidents: readonly RawIncident[]): Promise<void> {
    const { store, policy, now } = this.#deps
    const { alertnames } = policy.current()
    const isNamed = ({ title }: RawIncident) => alertnames.some((name) => title?.includes(name))
    const graceMs = webhookGraceMs(policy.current())
    const overdue = incidents.filter(({ created_at: createdAtMs }) => now() - (createdAtMs ?? 0) > graceMs)
    let noted = 0
    for (const { id } of [...overdue.filter(isNamed), ...overdue.filter((incident) => !isNamed(incident))]) {
      if (noted >= UNKNOWN_LIMIT) return
      const isNew = await store.acceptIncidentEvent({
        // Once for all sweeps, as long as ids are remembered: what turned out to be foreign stays so.
        eventId: `swept/${id}`,
        type: 'swept',
        incidentId: id,
        receivedAtMs: now() - graceMs,
        lookAtMs: now(),
        mayOpenCase: true,
      })
      if (isNew) noted += 1
    }
  }

  /** Open cases whose incident is open no more. */
  async #noteGone(open: ReadonlySet<string>, listedAtMs: number): Promise<void> {
    const { store, policy } = this.#deps
    for (const { id } of await store.openCaseIds()) {
      const subject = await store.caseById(id)
      const incident = subject && newestIncident(subject)
      if (!incident || incident.status === 'resolved' || open.has(incident.id)) continue
      // Bound or read while the list was on its way: the list may be older.
      if (incident.readAtMs >= listedAtMs) continue
      // Alertmanager tells PagerDuty and us of a group's end at the same time: its own word to us comes first.
      await this.#tell(incident.id, `gone/${subject.version}`, webhookGraceMs(policy.current()) / 2)
    }
  }

  /** Has the incident's case read it anew. */
  async #tell(incidentId: string, what: string, inMs = 0): Promise<void> {
    const { store, now } = this.#deps
    await store.acceptIncidentEvent({
      eventId: `swept/${incidentId}/${what}`,
      type: 'swept',
      incidentId,
      receivedAtMs: now(),
      lookAtMs: now() + inMs,
      mayOpenCase: false,
    })
  }
}

/** True when it shows something that the case has not read. Our own acknowledgement is no news. */
function hasMovedOn(incident: RawIncident, holder: Case, ownEmail: string): boolean {
  const known = newestIncident(holder)
  if (known?.id !== incident.id) return false
  const { status, acknowledgements, assignments } = incident
  const isNewcomer = acknowledgements?.some(
    ({ acknowledger: { id, email } }) =>
      email?.toLowerCase() !== ownEmail.toLowerCase() && !known.acknowledgers.some((before) => before.id === id),
  )
  const assignees = assignments?.map(({ assignee }) => assignee.summary ?? assignee.id) ?? []
  const isReassigned = assignees.toSorted().join() !== known.assignees.toSorted().join()
  const hasRungAgain =
    status === 'triggered' && (known.status === 'acknowledged' || (holder.snooze?.isReal && holder.state === 'snoozed'))
  return isNewcomer === true || isReassigned || hasRungAgain === true
}

import type { LedgerEntry } from '../ledger.ts'
import type { SandboxContext, SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'
import {
  ADA,
  defaultSettings,
  type EscalationPolicy,
  GRACE,
  OTHER_POLICY,
  type PagerdutySettings,
  type PagerdutyUser,
  POLICY,
  type PriorityName,
  RESPONDER_USER,
} from './account.ts'
import { addNote, publishStatusUpdate, requestResponder, setConferenceBridge, setPriority } from './annotations.ts'
import { escalate, reassign } from './assignment.ts'
import { resolveAlert, triggerAlert } from './event-intake.ts'
import { EventsApi } from './events-api.ts'
import type { Act, IncidentRecord, Severity } from './incident.ts'
import { RateLimit } from './rate-limit.ts'
import { REFUSALS, Refusal, toRefusalResponse } from './refusal.ts'
import { toAlert, toIncident, toLogEntry, toNote } from './render.ts'
import { answerRest } from './rest.ts'
import { IncidentStore } from './store.ts'
import { Timers } from './timers.ts'
import { acknowledge, resolve, snooze, unacknowledge } from './transitions.ts'
import type { PagerdutyEvent } from './webhook-event.ts'

export interface TriggerOptions {
  dedupKey: string
  summary?: string
  /** Alertmanager's `custom_details`: a string, an object, an array or null (default). */
  details?: unknown
  /** Default `error`, as Alertmanager's. */
  severity?: Severity
}

/** PagerDuty with one service: REST v2, and the methods by which the sandbox's people and monitoring act on it. */
export class PagerdutySandbox implements Upstream {
  readonly name = 'pagerduty'
  readonly prefix = '/pagerduty'
  /** Events API v2 over the same incidents. */
  readonly events: EventsApi
  readonly users = { responder: RESPONDER_USER, ada: ADA, grace: GRACE } as const
  readonly policies: { own: EscalationPolicy; other: EscalationPolicy } = { own: POLICY, other: OTHER_POLICY }
  readonly #store: IncidentStore
  readonly #timers: Timers
  readonly #rateLimit: RateLimit

  constructor(context: SandboxContext) {
    this.#store = new IncidentStore(context)
    this.#timers = new Timers(this.#store)
    this.#rateLimit = new RateLimit(context.clock)
    this.events = new EventsApi(this.#store, () => this.#timers.settle())
  }

  /** Token, timeouts and limits; its members may be set at any time. */
  get settings(): PagerdutySettings {
    return this.#store.settings
  }

  /** Where `html_url` points, without a trailing slash. */
  get webBaseUrl(): string {
    return this.#store.webBaseUrl
  }

  set webBaseUrl(url: string) {
    this.#store.webBaseUrl = url
  }

  handle(request: SandboxRequest): Promise<SandboxResponse> {
    this.#timers.settle()
    const { isOver, headers } = this.#rateLimit.count(this.settings)
    try {
      if (isOver) throw REFUSALS.rateLimited()
      const response = answerRest(this.#store, request)
      return Promise.resolve({ ...response, headers: { ...headers, ...response.headers } })
    } catch (error) {
      if (error instanceof Refusal) return Promise.resolve({ ...toRefusalResponse(error), headers })
      return Promise.reject(error)
    }
  }

  /** Tells of every incident event in the shape of a v3 webhook's `event`. Returns how to stop. */
  onEvent(listener: (event: PagerdutyEvent) => void): () => void {
    this.#store.listeners.add(listener)
    return () => this.#store.listeners.delete(listener)
  }

  /** Monitoring reports an alert: a new incident, or the open one of this key. */
  trigger(options: TriggerOptions): Readonly<IncidentRecord> {
    const { dedupKey, details = null, severity = 'error', summary = `[FIRING:1] ${dedupKey}` } = options
    return triggerAlert(this.#store, { dedupKey, summary, details, severity, contexts: [] }, this.#monitoring())
  }

  /** Monitoring reports that the alert of this key is over. */
  resolve(dedupKey: string): Readonly<IncidentRecord> | undefined {
    return resolveAlert(this.#store, dedupKey, this.#monitoring())
  }

  /** Puts an alert of another key into the incident, as merging two incidents does. */
  mergeForeignAlert(id: string, otherKey: string): void {
    const incident = this.#find(id)
    const act = this.#monitoring()
    this.#store.addAlert(incident, {
      key: otherKey,
      summary: `[FIRING:1] ${otherKey}`,
      severity: 'error',
      details: null,
      contexts: [],
      createdAt: act.at,
      status: 'triggered',
      resolvedAt: null,
    })
    this.#store.record(incident, act, 'alert-merged', { key: otherKey })
    this.#store.touch(incident, act.at)
  }

  humanAcknowledges(id: string, user: PagerdutyUser = ADA): void {
    acknowledge(this.#store, this.#find(id), this.#human(user))
  }

  /** Acknowledges first where that is needed, as the website's button does. */
  humanSnoozes(id: string, seconds: number, user: PagerdutyUser = ADA): void {
    const incident = this.#find(id)
    if (incident.status === 'triggered') acknowledge(this.#store, incident, this.#human(user))
    snooze(this.#store, incident, seconds, this.#human(user))
  }

  /** Ends an acknowledgement by hand: the incident rings again. */
  humanTriggers(id: string, user: PagerdutyUser = ADA): void {
    unacknowledge(this.#store, this.#find(id), this.#human(user))
  }

  humanReassigns(id: string, to: PagerdutyUser = GRACE, user: PagerdutyUser = ADA): void {
    reassign(this.#store, this.#find(id), [to], this.#human(user))
  }

  /** Rings the next level, or the one given. */
  humanEscalates(id: string, level?: number, user: PagerdutyUser = ADA): void {
    const incident = this.#find(id)
    escalate(this.#store, incident, level ?? incident.level + 1, this.#human(user))
  }

  humanNotes(id: string, content: string, user: PagerdutyUser = ADA): void {
    addNote(this.#store, this.#find(id), { user, content }, this.#human(user))
  }

  humanResolves(id: string, user: PagerdutyUser = ADA): void {
    resolve(this.#store, this.#find(id), this.#human(user))
  }

  setPriority(id: string, priority: PriorityName, user: PagerdutyUser = ADA): void {
    setPriority(this.#store, this.#find(id), priority, this.#human(user))
  }

  addResponderRequest(id: string, target: PagerdutyUser = GRACE, user: PagerdutyUser = ADA): void {
    const request = { requester: user, target, message: 'Please help with this incident.' }
    requestResponder(this.#store, this.#find(id), request, this.#human(user))
  }

  setConferenceBridge(id: string, url = 'https://conference.example.com/armada', user: PagerdutyUser = ADA): void {
    setConferenceBridge(this.#store, this.#find(id), { conference_url: url }, this.#human(user))
  }

  addStatusUpdate(id: string, message: string, user: PagerdutyUser = ADA): void {
    publishStatusUpdate(this.#store, this.#find(id), { user, message }, this.#human(user))
  }

  /** The newest incident that holds an alert of this key. */
  byKey(dedupKey: string): Readonly<IncidentRecord> | undefined {
    this.#timers.settle()
    return this.#store.holding(dedupKey).at(-1)
  }

  /** The incident with this id or number, as it is now. @throws Refusal 2100 if there is none */
  incident(id: string): Readonly<IncidentRecord> {
    return this.#find(id)
  }

  /** All incidents, oldest first. */
  incidents(): readonly Readonly<IncidentRecord>[] {
    this.#timers.settle()
    return this.#store.all()
  }

  /** Each time somebody was woken for this incident: `detail` has the user and the level. */
  rings(id: string): LedgerEntry[] {
    this.#timers.settle()
    return this.#store.context.ledger.of('ring', this.#find(id).id)
  }

  /** The incidents as REST shows them, each with its alerts, notes and timeline (oldest first). */
  snapshot(): { incidents: Record<string, unknown>[] } {
    const view = { web: this.webBaseUrl, include: new Set(['channels']), settings: this.settings }
    return {
      incidents: this.incidents().map((incident) => ({
        ...toIncident(incident, view),
        alerts: incident.alerts.map((alert) => toAlert(alert, incident, view)),
        notes: incident.notes.map((note) => toNote(note, this.webBaseUrl)),
        log_entries: incident.log.map((entry) => toLogEntry(entry, view)),
      })),
    }
  }

  /** Forgets the incidents and settings; listeners stay. */
  reset(): void {
    this.#store.reset()
    this.#store.settings = defaultSettings()
    this.#rateLimit.reset()
  }

  /** Stops the timers. */
  close(): void {
    this.#timers.close()
  }

  #find(id: string): IncidentRecord {
    this.#timers.settle()
    return this.#store.require(id)
  }

  #human(user: PagerdutyUser): Act {
    return { actor: { kind: 'user', user, via: 'website' }, at: this.#store.now() }
  }

  #monitoring(): Act {
    this.#timers.settle()
    return { actor: { kind: 'service' }, at: this.#store.now() }
  }
}

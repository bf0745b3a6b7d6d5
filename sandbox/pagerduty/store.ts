import { createIds } from '../ids.ts'
import type { SandboxContext } from '../upstream.ts'
import { defaultSettings, type PagerdutySettings, POLICY } from './account.ts'
import {
  type Act,
  type AlertRecord,
  type IncidentRecord,
  type LogRecord,
  type LogType,
  type NoteRecord,
  toLedgerActor,
} from './incident.ts'
import { REFUSALS } from './refusal.ts'
import { type PagerdutyEvent, toIncidentEvent } from './webhook-event.ts'

export interface LogFields {
  type: LogType
  summary: string
  channel?: { type: string } & Record<string, unknown>
  fields?: Record<string, unknown>
}

/** The account's incidents and their timeline, and the one way in which an act is logged, put on the ledger and announced. */
export class IncidentStore {
  readonly context: SandboxContext
  settings: PagerdutySettings = defaultSettings()
  /** Where `html_url` points. */
  webBaseUrl = 'https://sandbox.pagerduty.com'
  readonly listeners = new Set<(event: PagerdutyEvent) => void>()
  /** No timer of any incident is due before this, in epoch milliseconds. */
  nextDueMs = Number.POSITIVE_INFINITY
  onDue: () => void = () => {}
  #incidents = new Map<string, IncidentRecord>()
  #open = new Set<IncidentRecord>()
  #byNumber = new Map<number, IncidentRecord>()
  #byKey = new Map<string, IncidentRecord[]>()
  #log: LogRecord[] = []
  readonly ids = {
    incident: createIds('Q', 14),
    alert: createIds('A', 14),
    note: createIds('N', 14),
    log: createIds('R', 26),
    event: createIds('01E', 26),
  }

  constructor(context: SandboxContext) {
    this.context = context
  }

  now(): Date {
    return this.context.clock.now()
  }

  create(title: string, { actor, at }: Act): IncidentRecord {
    const incident: IncidentRecord = {
      id: this.ids.incident(),
      number: this.#incidents.size + 1,
      createdAt: at,
      title,
      urgency: 'high',
      priority: null,
      status: 'triggered',
      updatedAt: at,
      statusChangedAt: at,
      statusChangedBy: actor,
      resolvedAt: null,
      policy: POLICY,
      level: 1,
      assignees: [],
      assignedVia: 'escalation_policy',
      acknowledgements: [],
      snoozedBy: null,
      unacknowledgeAt: null,
      escalateAt: null,
      alerts: [],
      notes: [],
      log: [],
      responderRequests: [],
      statusUpdates: [],
      conferenceBridge: null,
    }
    this.#incidents.set(incident.id, incident)
    this.#byNumber.set(incident.number, incident)
    this.#open.add(incident)
    return incident
  }

  addAlert(incident: IncidentRecord, alert: Omit<AlertRecord, 'id'>): AlertRecord {
    const record = { ...alert, id: this.ids.alert() }
    incident.alerts.push(record)
    const holders = this.#byKey.get(alert.key)
    if (!holders) this.#byKey.set(alert.key, [incident])
    else if (!holders.includes(incident)) holders.push(incident)
    return record
  }

  addNote(incident: IncidentRecord, note: Omit<NoteRecord, 'id'>): NoteRecord {
    const record = { ...note, id: this.ids.note() }
    incident.notes.push(record)
    return record
  }

  all(): IncidentRecord[] {
    return [...this.#incidents.values()]
  }

  /** The incidents that are not resolved. */
  open(): ReadonlySet<IncidentRecord> {
    return this.#open
  }

  /** The incidents that hold an alert of this key, oldest first. */
  holding(key: string): readonly IncidentRecord[] {
    return this.#byKey.get(key) ?? []
  }

  /** Returns the incident with this id or number. @throws Refusal 2100 if there is none */
  require(idOrNumber: string): IncidentRecord {
    const incident = this.#incidents.get(idOrNumber) ?? this.#byNumber.get(Number(idOrNumber))
    if (!incident) throw REFUSALS.notFound()
    return incident
  }

  /** The timeline of the whole account, oldest first. */
  log(): readonly LogRecord[] {
    return this.#log
  }

  addLog(incident: IncidentRecord, { actor, at }: Act, entry: LogFields): void {
    const { type, summary, fields = {} } = entry
    const channel = entry.channel ?? { type: toChannelType(actor) }
    const record: LogRecord = { id: this.ids.log(), incident, type, at, actor, summary, channel, fields }
    incident.log.push(record)
    this.#log.push(record)
  }

  /** Puts a committed effect on the ledger. */
  record(incident: IncidentRecord, { actor, at }: Act, effect: string, detail: Record<string, unknown> = {}): void {
    const by = actor.kind === 'user' ? { user: actor.user.id } : {}
    this.context.ledger.record({
      at: at.toISOString(),
      upstream: 'pagerduty',
      effect,
      target: incident.id,
      actor: toLedgerActor(actor),
      detail: { ...by, ...detail },
    })
  }

  /** Marks an incident as changed; call it after its timers are set. */
  touch(incident: IncidentRecord, at: Date): void {
    incident.updatedAt = at
    if (incident.status === 'resolved') this.#open.delete(incident)
    const dueMs = Math.min(...[incident.unacknowledgeAt, incident.escalateAt].map((due) => due?.getTime() ?? Infinity))
    if (dueMs < this.nextDueMs) {
      this.nextDueMs = dueMs
      this.onDue()
    }
  }

  /** Tells the listeners, in the shape of a v3 webhook. Without `data` the event is about the incident itself. */
  announce(incident: IncidentRecord, act: Act, type: string, data?: Record<string, unknown>): void {
    if (this.listeners.size === 0) return
    const event = toIncidentEvent(incident, act, { id: this.ids.event(), type, data, web: this.webBaseUrl })
    for (const listener of this.listeners) listener(event)
  }

  reset(): void {
    this.#incidents = new Map()
    this.#open = new Set()
    this.#byNumber = new Map()
    this.#byKey = new Map()
    this.#log = []
    this.nextDueMs = Number.POSITIVE_INFINITY
  }
}

function toChannelType(actor: Act['actor']): string {
  switch (actor.kind) {
    case 'user':
      return actor.via
    case 'service':
      return 'api'
    case 'timeout':
      return 'timeout'
  }
}

import type { EscalationPolicy, PagerdutyUser, PriorityName } from './account.ts'

/**
 * Who acts. A user through the API is the responder, a user on the website one of the sandbox's people; the service is
 * what monitoring sends; a timeout is nobody.
 */
export type Actor =
  | { kind: 'user'; user: PagerdutyUser; via: 'api' | 'website' }
  | { kind: 'service' }
  | { kind: 'timeout' }

/** An act: who, and when. The time is not always now: what fell due during a jump of the clock happens at its due time. */
export interface Act {
  actor: Actor
  at: Date
}

export interface AlertRecord {
  readonly id: string
  /** The `dedup_key` of the event. */
  readonly key: string
  readonly summary: string
  readonly severity: Severity
  /** `custom_details` as the first event gave it: a string, an object, an array or null. */
  readonly details: unknown
  readonly contexts: readonly unknown[]
  readonly createdAt: Date
  status: 'triggered' | 'resolved'
  resolvedAt: Date | null
}

export type Severity = 'critical' | 'error' | 'warning' | 'info'

export interface NoteRecord {
  readonly id: string
  readonly user: PagerdutyUser
  readonly content: string
  readonly createdAt: Date
}

/** One line of an incident's timeline. The types are PagerDuty's, without `_log_entry`. */
export interface LogRecord {
  readonly id: string
  readonly incident: IncidentRecord
  readonly type: LogType
  readonly at: Date
  readonly actor: Actor
  readonly summary: string
  /** What `include[]=channels` shows; without it only its type. */
  readonly channel: { type: string } & Record<string, unknown>
  /** Fields that only this type has. */
  readonly fields: Record<string, unknown>
}

export type LogType =
  | 'trigger'
  | 'acknowledge'
  | 'unacknowledge'
  | 'snooze'
  | 'annotate'
  | 'assign'
  | 'escalate'
  | 'exhaust_escalation_path'
  | 'notify'
  | 'resolve'
  | 'priority_change'
  | 'responder_request'
  | 'status_update'

export interface IncidentRecord {
  readonly id: string
  readonly number: number
  readonly createdAt: Date
  title: string
  urgency: 'high' | 'low'
  priority: PriorityName | null
  /**
   *     triggered --acknowledge--> acknowledged --snooze--> acknowledged (until the snooze ends)
   *         ^                          |  |
   *         +-- timeout, snooze end, --+  +--resolve--> resolved (final)
   *             reassign, escalate, trigger
   */
  status: 'triggered' | 'acknowledged' | 'resolved'
  updatedAt: Date
  statusChangedAt: Date
  statusChangedBy: Actor
  resolvedAt: Date | null
  policy: EscalationPolicy
  /** 1 is the first level. */
  level: number
  assignees: { user: PagerdutyUser; at: Date }[]
  /** A directly assigned incident does not escalate further. */
  assignedVia: 'escalation_policy' | 'direct_assignment'
  acknowledgements: { actor: Actor; at: Date }[]
  /** Who snoozed it, while it is snoozed. The API shows no such flag. */
  snoozedBy: PagerdutyUser | null
  /** When it triggers again: the end of the snooze, else of the acknowledgement. */
  unacknowledgeAt: Date | null
  /** When the next level is rung. */
  escalateAt: Date | null
  readonly alerts: AlertRecord[]
  readonly notes: NoteRecord[]
  readonly log: LogRecord[]
  readonly responderRequests: { requester: PagerdutyUser; target: PagerdutyUser; message: string; at: Date }[]
  readonly statusUpdates: { user: PagerdutyUser; message: string; at: Date }[]
  conferenceBridge: { conference_number?: string; conference_url?: string } | null
}

/** Returns the ledger's word for who acted. */
export function toLedgerActor(actor: Actor): 'responder' | 'human' | 'system' {
  if (actor.kind !== 'user') return 'system'
  return actor.via === 'api' ? 'responder' : 'human'
}

export function isSameUser(actor: Actor, user: PagerdutyUser): boolean {
  return actor.kind === 'user' && actor.user.id === user.id
}

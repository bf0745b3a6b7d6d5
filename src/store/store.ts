import type { GroupUpdate } from '../model/alert.ts'
import type { Arrival } from '../model/arrival.ts'
import type { Case, CaseState } from '../model/case.ts'
import type { ActionKind, Receipt } from '../model/plan.ts'
import type { Reason } from '../model/verdict.ts'
import type { Exclusive } from './exclusive.ts'
import type { Leadership } from './leadership.ts'
import type { MessageIndex } from './message-index.ts'
import type { AuditStore, SettingStore } from './setting-store.ts'

export * from './setting-store.ts'

/** One accepted message about an alert group. */
export interface Delivery {
  id: number
  receivedAtMs: number
  update: GroupUpdate
}

/** Durable intake. A promise resolves only when the write is on disk; it rejects with StoreUnavailableError otherwise. */
export interface DeliveryStore {
  /**
   * Stores the update and makes its group due at once. `contentKey` is the same for copies of one message. A group keeps
   * the name by which it was first known, by its key or by its dedup key alone: both names lead to the same case.
   */
  accept(update: GroupUpdate, contentKey: string, receivedAtMs: number): Promise<void>
  /** Counts alerts that need no case (another alertname), so that the books balance. */
  acceptIgnored(alertCount: number): Promise<void>
  quarantine(entry: QuarantineEntry): Promise<void>
  /** Updates of a group that no case has taken in yet, oldest first. */
  pending(groupKey: string): Promise<Delivery[]>
  /** The id of the newest of them, or null. */
  newestPending(groupKey: string): Promise<number | null>
  /** Counts a group's pending updates up to this one as done: they told of nothing that needs a case. */
  discard(groupKey: string, upToId: number): Promise<void>
  /** accepted = done + pending + quarantined, in alerts, at every moment; and the receipt time of the oldest pending. */
  books(): Promise<{
    accepted: number
    done: number
    pending: number
    quarantined: number
    oldestPendingMs: number | null
  }>
}

/** Something that PagerDuty told of an incident, by a signed event or as the sweep saw it. */
export interface IncidentEvent {
  /** The same for copies of one event. */
  eventId: string
  /** PagerDuty's word, or `swept`. */
  type: string
  /** Null where it concerns no incident: only its id is remembered. */
  incidentId: string | null
  receivedAtMs: number
  /** When the case that holds the incident is to be looked at (ms). */
  lookAtMs: number
  /** True where an incident that no open case holds is to be examined; else such an event tells of nothing to do. */
  mayOpenCase: boolean
}

/** An incident with events that no case has taken in, and that no open case held when they came. */
export interface UnplacedIncident {
  incidentId: string
  /** When the oldest of its events was received. */
  sinceMs: number
  /** Position of the newest of them. */
  upTo: number
}

/** A message set aside because nobody here can read it. */
export interface QuarantineEntry {
  source: string
  why: string
  body: string
  alertCount: number
  receivedAtMs: number
}

/** What PagerDuty told, each event once, kept until a look at its case has read the incident anew. */
export interface IncidentEventStore {
  /**
   * Takes an event in, and what had to be set aside with it, in one commit; makes the case that holds its incident due.
   * Returns false for a copy of an event of the last 98 h, which changes nothing.
   */
  acceptIncidentEvent(event: IncidentEvent, setAside?: QuarantineEntry): Promise<boolean>
  /** The position up to which the group's incidents have news that no look has read, or null. */
  incidentNews(groupKey: string): Promise<number | null>
  /** The news of the group up to a position have been read. */
  settleIncidentNews(groupKey: string, upTo: number): Promise<void>
  /** Oldest first. */
  unplacedIncidents(limit: number): Promise<UnplacedIncident[]>
  /** Gives an incident's events to the group of a case and makes that due; with null they tell of nothing to do. */
  placeIncident(incident: UnplacedIncident, groupKey: string | null, nowMs: number): Promise<void>
  /** The open case that holds the incident, or null. */
  openCaseOfIncident(incidentId: string): Promise<Case | null>
  /** The newest case of a dedup key, open or not, or null. */
  latestCaseOfKey(dedupKey: string): Promise<Case | null>
}

export interface CaseFilter {
  state?: CaseState
  reason?: Reason
  clusterId?: string
  /** Opaque cursor of an earlier page. */
  cursor?: string
  limit: number
}

export interface CaseStore {
  caseById(id: string): Promise<Case | null>
  /** The newest episode of a group, ended or not. */
  latestCase(groupKey: string): Promise<Case | null>
  /**
   * Stores the case, takes in the deliveries it merged (`mergedUpTo`), and counts its group's deliveries as done when
   * `isSettled`. @throws VersionConflictError when someone else stored it since it was loaded.
   */
  saveCase(subject: Case, options: { mergedUpTo: number | null; isSettled: boolean }): Promise<Case>
  listCases(filter: CaseFilter): Promise<{ cases: Case[]; nextCursor: string | null }>
  openCaseIds(): Promise<{ id: string; groupKey: string }[]>
  openCasesOfCluster(clusterId: string): Promise<{ id: string; groupKey: string }[]>
  /** Clusters of other open cases in the region or of the account, newest first, at most ten. */
  openNeighbours(place: { region: string; accountId: string; exceptCaseId: string }): Promise<string[]>
  /** Clusters whose alerts started since a time, one entry a case. */
  arrivals(sinceMs: number): Promise<Arrival[]>
  /** Cases opened since a time that name the cluster. */
  countCases(clusterId: string, sinceMs: number): Promise<number>
  countByState(): Promise<Record<CaseState, number>>
  /**
   * Ids of the cases that any replica stored after a position, and the position now; of none where no position is given.
   * `ids` is null where so many were stored that not all are remembered: any case may have changed. One cheap read.
   */
  changesSince(position: number | null): Promise<CaseChanges>
}

export interface CaseChanges {
  ids: string[] | null
  position: number
}

/** When each group is to be looked at again. Survives restarts. */
export interface DueStore {
  /** Makes the group due at the time, or earlier if it already is due earlier. */
  makeDue(groupKey: string, atMs: number): Promise<void>
  /** Groups due by now, most overdue first. */
  due(nowMs: number, limit: number): Promise<string[]>
  /** Those of them whose page we may hold quiet: it has to ring or to be snoozed soon, however many are due before it. */
  quietDue(nowMs: number, limit: number): Promise<string[]>
  nextDueMs(): Promise<number | null>
  /** Tries in vain so far, where the group is due by now; null where it is not: somebody has taken it up since. */
  triesIfDue(groupKey: string, nowMs: number): Promise<number | null>
  /** Counts a try durably before it is made, so that a look which kills the process is counted too. */
  beginLook(groupKey: string, nowMs: number): Promise<number>
  /** Ends a look: forgets its tries and sets the next one, unless it became due again meanwhile. */
  endLook(groupKey: string, nextMs: number | null): Promise<void>
}

export interface EffectIntent {
  key: string
  caseId: string
  action: ActionKind
  /** Incident id, channel or repository it is done to. */
  target: string
  parameters: Record<string, unknown>
}

export interface EffectRecord extends EffectIntent {
  state: 'intent' | 'done' | 'refused'
  attempts: number
  intendedAtMs: number
  receipt: Receipt | null
}

/** Snooze time as the budgets count it. */
export interface SnoozeEntry {
  clusterId: string
  caseId: string
  budget: string
  isReal: boolean
  fromMs: number
  untilMs: number
}

/** The journal of effects: intent before, receipt after. */
export interface EffectStore {
  effect(key: string): Promise<EffectRecord | null>
  effectsOf(caseId: string): Promise<EffectRecord[]>
  /** Makes the intent durable, with the snooze time it will use, before anything is sent. Returns the record. */
  intend(intent: EffectIntent, nowMs: number, snoozes?: readonly SnoozeEntry[]): Promise<EffectRecord>
  /**
   * Ends an intent with what happened, and writes it to the audit chain. `found` joins the parameters: what the upstream
   * named the thing that was made.
   */
  conclude(
    key: string,
    state: 'done' | 'refused',
    receipt: Receipt,
    nowMs: number,
    found?: Record<string, unknown>,
  ): Promise<void>
  /** Forgets an intent of which it is known that nothing was sent; its snooze time goes with it. */
  withdraw(key: string): Promise<void>
  /** Snooze time of a cluster that reaches into the span. */
  snoozesOf(clusterId: string, sinceMs: number): Promise<SnoozeEntry[]>
  /** Number of distinct snoozes of all clusters begun since a time. */
  countSnoozes(sinceMs: number, isReal: boolean): Promise<number>
  /** Number of effects with such a key that were tried since a time and not refused. */
  countEffects(keyPrefix: string, sinceMs: number): Promise<number>
  /** Ends the counted time of a case's snoozes early: it was woken, or its group resolved. */
  endSnoozes(caseId: string, atMs: number): Promise<void>
  /** Intents without receipt whose key begins so, oldest first. */
  openIntents(keyPrefix: string): Promise<EffectRecord[]>
  /** When the oldest intent without receipt was made, or null. */
  oldestOpenIntentMs(): Promise<number | null>
}

/** What a store knows of records it may have lost: Redis emptied, rolled back, or restarted with a lost tail. */
export interface StoreHistory {
  /**
   * Effects on anything that began before this time (ms) may have been sent without a record that is still there: each is
   * looked for upstream before it is sent, as an intent without receipt is. 0 where nothing can have been lost.
   */
  doubtBeforeMs(): number
  /** Why acting is frozen until an operator sets the mode, one sentence for a person; null where it is not. */
  frozenWhy(): string | null
}

/** Everything durable, behind one port; the embedded adapter and any other must behave alike. */
export interface Store
  extends DeliveryStore,
    IncidentEventStore,
    CaseStore,
    DueStore,
    EffectStore,
    SettingStore,
    AuditStore {
  readonly messages: MessageIndex
  readonly exclusive: Exclusive
  readonly leadership: Leadership
  readonly history: StoreHistory
  /** Resolves if a write can be made durable now. @throws StoreUnavailableError otherwise. */
  checkWritable(): Promise<void>
  close(): Promise<void>
}

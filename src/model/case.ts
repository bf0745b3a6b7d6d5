import type { Alert } from './alert.ts'
import type { AlertFacts } from './facts.ts'
import type { AlertFindings } from './finding.ts'
import type { Incident } from './incident.ts'
import type { Plan, Receipt } from './plan.ts'
import type { Judgement } from './verdict.ts'

export const CASE_STATES = ['gathering', 'waiting', 'snoozed', 'handed-over', 'resolved'] as const
export type CaseState = (typeof CASE_STATES)[number]

/** An alert of a case with the judgement it has at present. */
export interface CaseAlert extends Alert {
  judgement: Judgement | null
  /** What the judgement rests on, whole: judging it again gives the same judgement. Null while there is none. */
  facts: AlertFacts | null
  /** What further sources said of it, for people; left out where none was asked. No judgement rests on it. */
  findings?: AlertFindings
}

/** A snooze that stands on one of the case's incidents (or would, in shadow). Times in ms since the epoch. */
export interface CaseSnooze {
  incidentId: string
  /** 1 for the first snooze of the incident, then counting. */
  number: number
  fromMs: number
  untilMs: number
  seconds: number
  budget: string
  /** False in shadow and approve: nothing was written outside. */
  isReal: boolean
  /** Fingerprints of the alerts that it was decided on: any other one is new to it. */
  fingerprints: string[]
  headline: string
}

export interface TimelineEntry {
  /** UTC ISO 8601. */
  at: string
  what: string
  /** `responder`, or `operator:NAME`, or a person's name as the upstream gives it. */
  actor: string
  link: string | null
}

/** When a standing snooze is judged anew (ms): so long before its end, or half-way through a shorter one. */
export function judgeAgainAtMs(span: { fromMs: number; untilMs: number }, judgeBeforeEndMs: number): number {
  return span.untilMs - Math.min(judgeBeforeEndMs, (span.untilMs - span.fromMs) / 2)
}

/** Who took the case from the responder, and how that is known. */
export interface TakeOver {
  by: string
  what: string
  atMs: number
}

/** What people were asked to approve: the plan's hash, since when (ms), and who said "not now". */
export interface Offer {
  hash: string
  atMs: number
  declinedBy: string | null
}

/** Somebody's word that the plan of this hash may be carried out, given at a time (ms). */
export interface Approval {
  hash: string
  by: string
  atMs: number
}

/** What people were told when the page was left with them, or rang again. */
export interface ToldOutcome {
  key: string
  headline: string
  /** Identity of the judgements it was told of. */
  judged: string
  /** Names of the alerts that fired then. */
  alerts: string[]
  /** Snoozes made by then: after another one the same verdict is news again. */
  snoozes: number
}

/** One episode of one alert group: the unit of work. Times in ms since the epoch. */
export interface Case {
  id: string
  groupKey: string
  dedupKey: string
  /** 1 for the first episode of this group, then counting. */
  episode: number
  version: number
  openedAtMs: number
  updatedAtMs: number
  resolvedAtMs: number | null
  /** Every firing alert of it had been seen resolved before: believed only once an open incident confirms it. */
  isUnconfirmed: boolean
  /** How often it was re-opened within the merge window. */
  flaps: number
  receiver: string
  groupLabels: Record<string, string>
  externalUrl: string
  truncatedAlerts: number
  alerts: CaseAlert[]
  /** Oldest first; the last one is the newest. */
  incidents: Incident[]
  /** An incident that its text, and not its key, makes this case's: it may be noted on, never snoozed. */
  weakIncidentId?: string
  state: CaseState
  /** The state in which its group resolved last, left out while it never did: how it went, once its state says only that it is over. */
  endedAs?: CaseState
  plan: Plan | null
  /** The last of it; left out while they were told nothing. */
  told?: ToldOutcome
  receipts: Receipt[]
  snooze: CaseSnooze | null
  /** End of the last snooze that ended or is about to: evidence counts from 15 min before it. */
  lastSnoozeEndMs: number | null
  takenOver: TakeOver | null
  /** The newest offer of a plan; left out or null where there was none. */
  offer?: Offer | null
  /** The approval that the next look works with; left out or null where there is none. */
  approval?: Approval | null
  /** Why its standing snooze has to end at the next look, or null. */
  wakeWhy: string | null
  /** The message in the notify channel, once posted. */
  slack: { channel: string; ts: string; contentKey: string } | null
  nextLookMs: number | null
  timeline: TimelineEntry[]
}

/** Entries that a case keeps of its own history; the audit chain keeps all. */
const TIMELINE_LIMIT = 200
const RECEIPT_LIMIT = 200

/** The case with one more line of history, at most one line for the same thing in a row. */
export function withTimeline(subject: Case, entry: TimelineEntry): Case {
  const last = subject.timeline.at(-1)
  if (last && last.what === entry.what && last.actor === entry.actor) return subject
  return { ...subject, timeline: [...subject.timeline, entry].slice(-TIMELINE_LIMIT) }
}

export function withReceipts(subject: Case, receipts: readonly Receipt[]): Case {
  const news = receipts.filter((receipt) => receipt.result !== 'unchanged' && !isRepeated(subject.receipts, receipt))
  return news.length === 0 ? subject : { ...subject, receipts: [...subject.receipts, ...news].slice(-RECEIPT_LIMIT) }
}

function isRepeated(receipts: readonly Receipt[], receipt: Receipt): boolean {
  const last = receipts.findLast((known) => known.action === receipt.action)
  const isStanding = receipt.result === 'would' || receipt.result === 'refused'
  return isStanding && last?.result === receipt.result && last.why === receipt.why
}

export function firingAlerts(subject: Case): CaseAlert[] {
  return subject.alerts.filter((alert) => alert.status === 'firing')
}

/** The newest incident of the case, or null while none was found. */
export function newestIncident(subject: Case): Incident | null {
  return subject.incidents.at(-1) ?? null
}

/** True when nobody may be rung for an open case: its page was acknowledged, by us or somebody else. */
export function isQuiet(subject: Case): boolean {
  return subject.state !== 'resolved' && newestIncident(subject)?.status === 'acknowledged'
}

/**
 * The newest incident of the present firing, or null while none was found: what was last read before any of the firing
 * alerts came belongs to a firing that ended, and PagerDuty makes a new incident for the same key after a resolve.
 */
export function currentIncident(subject: Case): Incident | null {
  const newest = newestIncident(subject)
  const firingSinceMs = Math.min(...firingAlerts(subject).map((alert) => alert.firstReceivedAtMs))
  return newest && newest.readAtMs >= firingSinceMs ? newest : null
}

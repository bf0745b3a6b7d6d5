import type { RawLogEntry, RawNote } from '../clients/pagerduty-schema.ts'
import { maskSecrets, toInertText } from '../model/outside-text.ts'
import type { PastIncident } from './past-incident.ts'

/** Something that a person did because the incident needed one. */
export interface Work {
  who: string
  what: string
  atMs: number
}

/** What became of an incident in people's hands. */
export interface HumanOutcome {
  /** Oldest first. */
  work: Work[]
  /** A person did no more than acknowledge or snooze it. */
  wasQuieted: boolean
  /** When it was resolved, by whomever; null while it is open. */
  resolvedAtMs: number | null
}

/** Entries by which a person says only "I have seen it" or "not now". */
const QUIETING = new Set(['acknowledge_log_entry', 'snooze_log_entry'])
/** Entries that ask nothing of anybody. */
const IDLE = new Set([
  'notify_log_entry',
  'trigger_log_entry',
  'urgency_change_log_entry',
  'field_value_change_log_entry',
  'custom_field_value_change_log_entry',
])
const WORDS: Readonly<Record<string, string>> = {
  escalate_log_entry: 'escalated it',
  assign_log_entry: 'reassigned it',
  delegate_log_entry: 'reassigned it',
  resolve_log_entry: 'resolved it by hand',
  unacknowledge_log_entry: 'made it ring again',
  priority_change_log_entry: 'changed its priority',
  responder_request_log_entry: 'asked for responders',
  status_update_log_entry: 'published a status update',
}
/** A note that says no more than an acknowledgement or a snooze does. */
const BARE_NOTE =
  /^\W*(?:ack(?:ed|nowledged?|ing)?|snooz(?:e|ed|ing)|looking|on it)(?:\s+(?:it|this|for|at|into|again|until))*(?:\s+\d+(?:[.,:]\d+)?\s*(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?|utc)?)?\W*$/i
/** The mark of the responder's own notes. */
const OWN_NOTE = /kp-responder:/
/** A note and its log entry bear times that differ by no more than this, in ms. */
const SAME_TIME_MS = 5_000
const QUOTE_LIMIT = 80

/** What people did to an incident; integrations, time-outs, and the responder's own user (where its id is known) are nobody. */
export function humanOutcome(past: Pick<PastIncident, 'log' | 'notes'>, ownUserId: string | null): HumanOutcome {
  const byPeople = past.log.filter(({ agent }) => agent?.type?.startsWith('user') === true && agent.id !== ownUserId)
  const noted = past.notes.filter(({ user, content }) => user?.id !== ownUserId && !OWN_NOTE.test(content))
  const work = [
    ...byPeople.flatMap((entry) => workOf(entry, past.notes)),
    ...noted.flatMap((note) => workOfNote(note, byPeople)),
  ].sort((a, b) => a.atMs - b.atMs)
  return {
    work,
    wasQuieted: byPeople.some(({ type }) => QUIETING.has(type)),
    resolvedAtMs: past.log.findLast(({ type }) => type === 'resolve_log_entry')?.created_at ?? null,
  }
}

/** An entry of a kind that nobody here knows is counted as work: whoever made it had the incident in hand. */
function workOf(entry: RawLogEntry, notes: readonly RawNote[]): Work[] {
  const { type, agent, created_at: atMs } = entry
  if (QUIETING.has(type) || IDLE.has(type)) return []
  // What a note says stands in the note; one that was deleted since said something.
  if (type === 'annotate_log_entry') {
    const isKept = notes.some((note) => isOfEntry(note, entry))
    return isKept ? [] : [{ who: nameOf(agent), what: 'wrote a note that is gone', atMs }]
  }
  const what = WORDS[type] ?? `did what PagerDuty calls ${type.replace(/_log_entry$/, '')}`
  return [{ who: nameOf(agent), what, atMs }]
}

function workOfNote(note: RawNote, entries: readonly RawLogEntry[]): Work[] {
  if (BARE_NOTE.test(note.content)) return []
  const entry = entries.find((one) => one.type === 'annotate_log_entry' && isOfEntry(note, one))
  const atMs = note.created_at ?? entry?.created_at
  // Without a time it is nobody's work of any span.
  if (atMs === undefined) return []
  return [{ who: nameOf(note.user ?? entry?.agent), what: `noted "${toInertText(note.content, QUOTE_LIMIT)}"`, atMs }]
}

function isOfEntry({ created_at: atMs, user }: RawNote, { created_at, agent }: RawLogEntry): boolean {
  const isSameUser = user == null || agent == null || user.id === agent.id
  return isSameUser && atMs != null && Math.abs(atMs - created_at) <= SAME_TIME_MS
}

function nameOf(agent: RawLogEntry['agent']): string {
  return maskSecrets(agent?.summary ?? agent?.id ?? 'somebody')
}

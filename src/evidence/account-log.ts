import type { Paged } from '../clients/pagerduty.ts'
import { LAST_PAGE } from '../clients/pagerduty-queries.ts'
import type { RawLogEntry } from '../clients/pagerduty-schema.ts'

/** What was done to every incident, without a gap from a time (ms) until it was last read. Entries never change. */
export interface AccountLog {
  fromMs: number
  ids: ReadonlySet<string>
  byIncident: ReadonlyMap<string, readonly RawLogEntry[]>
  /** Incidents that were triggered by a key, in this time. */
  triggered: ReadonlyMap<string, readonly { incidentId: string; atMs: number }[]>
}

/** Entries that are remembered at most; with more the log is read anew. */
export const ENTRY_LIMIT = 20_000
/** An incident's first entry may bear a slightly earlier time than the incident, and so may its twin at another service: ms. */
const SLACK_MS = 60_000
/** Times are whole seconds: entries of the last one read may be on the next page. */
const SECOND_MS = 1_000

/**
 * The account's log, back to where it covers incidents of these creation times (ms) or as far as that takes fewer pages
 * than asking for each incident's own log. What is known already is read no further than to a page on which nothing is new.
 * Null where the pages do not come newest first, or entries name no incident: then nothing can be said of what is missing.
 */
export async function readAccountLog(
  readPage: (sinceMs: number, page: number) => Promise<Paged<RawLogEntry>>,
  createdAtMs: readonly number[],
  known: AccountLog | null,
): Promise<AccountLog | null> {
  const sinceMs = Math.min(...createdAtMs) - SLACK_MS - SECOND_MS
  const before = known && known.fromMs <= sinceMs && known.ids.size <= ENTRY_LIMIT ? known : null
  const read: RawLogEntry[] = []
  let fromMs = Number.POSITIVE_INFINITY
  for (let page = 0; page <= LAST_PAGE; page += 1) {
    const { items, isComplete } = await readPage(sinceMs, page)
    if (!isNewestFirst([...read.slice(-1), ...items]) || items.some(({ incident }) => !incident)) return null
    read.push(...items)
    if (isComplete) return toAccountLog(before?.fromMs ?? sinceMs, read, before)
    if (before && items.every(({ id }) => id != null && before.ids.has(id)))
      return toAccountLog(before.fromMs, read, before)
    fromMs = (items.at(-1)?.created_at ?? fromMs) + SECOND_MS
    const uncovered = createdAtMs.filter((atMs) => atMs - SLACK_MS < fromMs).length
    if (page + 1 >= uncovered) break
  }
  return toAccountLog(fromMs, read, null)
}

/**
 * All that was done to an incident of this key, or null where the log does not prove to hold it: it must reach back to
 * before the incident's creation and have its trigger.
 */
export function historyIn(
  log: AccountLog,
  incident: { id: string; createdAtMs: number; dedupKey: string },
): readonly RawLogEntry[] | null {
  if (log.fromMs > incident.createdAtMs - SLACK_MS) return null
  const isTriggered = log.triggered.get(incident.dedupKey)?.some(({ incidentId }) => incidentId === incident.id)
  return isTriggered ? (log.byIncident.get(incident.id) ?? null) : null
}

/** The key by which monitoring triggered, as an entry or an incident's first trigger tells it. */
export function keyOf(trigger: Pick<RawLogEntry, 'channel'> | null | undefined): string | null {
  return trigger?.channel?.dedup_key ?? trigger?.channel?.incident_key ?? null
}

function isNewestFirst(entries: readonly RawLogEntry[]): boolean {
  return entries.every(({ created_at: atMs }, index) => atMs <= (entries[index - 1]?.created_at ?? atMs))
}

function toAccountLog(fromMs: number, read: readonly RawLogEntry[], before: AccountLog | null): AccountLog {
  const ids = new Set(before?.ids)
  const byIncident = new Map(before?.byIncident)
  const triggered = new Map(before?.triggered)
  for (const entry of read) {
    const { id, incident, type, created_at: atMs } = entry
    if (!incident || (id != null && ids.has(id))) continue
    if (id != null) ids.add(id)
    byIncident.set(incident.id, [...(byIncident.get(incident.id) ?? []), entry])
    const key = type === 'trigger_log_entry' ? keyOf(entry) : null
    if (key !== null) triggered.set(key, [...(triggered.get(key) ?? []), { incidentId: incident.id, atMs }])
  }
  return { fromMs, ids, byIncident, triggered }
}

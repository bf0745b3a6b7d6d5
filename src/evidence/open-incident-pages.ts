import type { PagerdutyClient } from '../clients/pagerduty.ts'
import { LAST_PAGE } from '../clients/pagerduty-queries.ts'
import type { RawIncident } from '../clients/pagerduty-schema.ts'

/** The part of the list of open incidents to read: since a time (ms) or of any age, beginning at a page. */
export interface ListPart {
  sinceMs: number | null
  startPage: number
}

/** How much of its part of the list was read. */
export interface ReadPages {
  pagesRead: number
  /** Incidents made at these times, and between them, were seen (ms); both infinite where the part was read whole. */
  fromMs: number
  toMs: number
}

/** Pages read side by side at most. */
const PAGES_AT_ONCE = 4
/** Pages of one part that are read at most. */
const PAGE_LIMIT = 50

/**
 * Reads open incidents, oldest first: from the start page to the list's end, then from its beginning. `take` is given each
 * with its page; it is read on while fewer pages were read than `pagesWorth` says.
 */
export async function readOpenPages(
  client: Pick<PagerdutyClient, 'openIncidentsPage'>,
  { sinceMs, startPage }: ListPart,
  { take, pagesWorth }: { take: (incident: RawIncident, page: number) => void; pagesWorth: () => number },
): Promise<ReadPages> {
  let fromMs = startPage === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  let pagesRead = 0
  let next = startPage
  while (pagesRead < Math.min(pagesWorth(), PAGE_LIMIT)) {
    const isEndRead = toMs === Number.POSITIVE_INFINITY
    const end = isEndRead ? startPage : LAST_PAGE + 1
    if (next >= end) break
    const count = Math.min(Math.max(1, pagesRead), PAGES_AT_ONCE, end - next)
    const numbers = Array.from({ length: count }, (_, index) => next + index)
    const pages = await Promise.all(numbers.map((page) => client.openIncidentsPage(sinceMs, page)))
    for (const [index, { items }] of pages.entries()) for (const incident of items) take(incident, next + index)
    pagesRead += count
    next += count
    if (isEndRead) {
      if (next >= startPage) fromMs = Number.NEGATIVE_INFINITY
      continue
    }
    const times = pages.flatMap(({ items }) => items.flatMap(({ created_at: atMs }) => atMs ?? []))
    fromMs = Math.min(fromMs, ...times)
    toMs = Math.max(toMs, ...times)
    if (!pages.some(({ isComplete }) => isComplete)) continue
    toMs = Number.POSITIVE_INFINITY
    next = 0
  }
  return { pagesRead, fromMs, toMs }
}

import { describe, expect, test } from '@jest/globals'
import type { RawLogEntry } from '../../src/clients/pagerduty-schema.ts'
import { historyIn, readAccountLog } from '../../src/evidence/account-log.ts'
import { NOW_MS } from '../support/builders.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const PAGE = 100

/** Entry of an incident so many seconds ago. */
function entry(id: string, secondsAgo: number, incidentId: string, key: string | null = null): RawLogEntry {
  return {
    id,
    type: key === null ? 'notify_log_entry' : 'trigger_log_entry',
    created_at: NOW_MS - secondsAgo * SECOND_MS,
    channel: key === null ? null : { incident_key: key },
    incident: { id: incidentId },
  }
}

/** One entry a second, of foreign incidents. */
function foreign(count: number, fromSecondsAgo = 0): RawLogEntry[] {
  return Array.from({ length: count }, (_, index) => entry(`F${fromSecondsAgo + index}`, fromSecondsAgo + index, 'QX'))
}

/** The account's log as pages show it; `pages` are those that were read. */
function aLog(entries: readonly RawLogEntry[]) {
  const sorted = entries.toSorted((a, b) => b.created_at - a.created_at)
  const pages: number[] = []
  return {
    pages,
    async readPage(sinceMs: number, page: number) {
      pages.push(page)
      const since = sorted.filter((one) => one.created_at >= sinceMs)
      const items = since.slice(page * PAGE, (page + 1) * PAGE)
      return { items, isComplete: (page + 1) * PAGE >= since.length }
    },
  }
}

const MINE = { id: 'Q1', createdAtMs: NOW_MS - 200 * SECOND_MS, dedupKey: 'key' }
const TRIGGER = entry('T1', 200, 'Q1', 'key')

describe('the history of an incident', () => {
  test('is known where the log reaches back beyond its creation', async () => {
    const act = entry('A1', 5, 'Q1')
    const log = await readAccountLog(aLog([...foreign(300), TRIGGER, act]).readPage, many(MINE.createdAtMs), null)
    expect(log && historyIn(log, MINE)?.map(({ id }) => id)).toEqual(['A1', 'T1'])
  })

  test.each([
    ['whose trigger is not in the log', foreign(300), MINE],
    ['triggered by another key', [...foreign(300), entry('T1', 200, 'Q1', 'other')], MINE],
    ['of another incident', [...foreign(300), TRIGGER], { ...MINE, id: 'Q2' }],
    ['made before the log begins', [...foreign(300), TRIGGER], { ...MINE, createdAtMs: NOW_MS - 30 * MINUTE_MS }],
  ])('is not known of one %s', async (_name, entries, incident) => {
    const log = await readAccountLog(aLog(entries).readPage, many(MINE.createdAtMs), null)
    expect(log && historyIn(log, incident)).toBeNull()
  })

  test('is not known of one that the pages did not reach, since it costs less to ask for its own log', async () => {
    const { readPage, pages } = aLog([...foreign(3_000), TRIGGER])
    const log = await readAccountLog(readPage, [NOW_MS - 10 * SECOND_MS, MINE.createdAtMs], null)
    expect(pages).toEqual([0])
    expect(log && historyIn(log, MINE)).toBeNull()
    expect(log?.fromMs).toBe(NOW_MS - 99 * SECOND_MS + SECOND_MS)
  })
})

describe('a log that was read before', () => {
  test('is read on to the first page that is known, and holds all of it', async () => {
    const old = [...foreign(1_000, 50), TRIGGER]
    const before = await readAccountLog(aLog(old).readPage, many(MINE.createdAtMs), null)
    const { readPage, pages } = aLog([...foreign(50), ...old])
    const log = await readAccountLog(readPage, many(MINE.createdAtMs), before)
    expect(pages).toEqual([0, 1])
    expect(log?.fromMs).toBe(before?.fromMs)
    expect(log && historyIn(log, MINE)).toHaveLength(1)
    expect(log?.byIncident.get('QX')?.length).toBe(50 + (before?.byIncident.get('QX')?.length ?? 0))
  })

  test('is not joined to pages that end before it', async () => {
    const old = [...foreign(1_000, 5_000), entry('T1', 5_100, 'Q1', 'key')]
    const createdAtMs = NOW_MS - 5_100 * SECOND_MS
    const before = await readAccountLog(aLog(old).readPage, many(createdAtMs), null)
    const log = await readAccountLog(aLog([...foreign(5_000), ...old]).readPage, [createdAtMs, NOW_MS], before)
    expect(log && historyIn(log, { ...MINE, createdAtMs })).toBeNull()
  })

  test('is read anew where it does not reach back far enough', async () => {
    const entries = [...foreign(900), entry('T1', 800, 'Q1', 'key')]
    const before = await readAccountLog(aLog(entries).readPage, many(NOW_MS), null)
    const log = await readAccountLog(aLog(entries).readPage, many(NOW_MS - 800 * SECOND_MS), before)
    expect(log && historyIn(log, { ...MINE, createdAtMs: NOW_MS - 800 * SECOND_MS })).toHaveLength(1)
  })
})

describe('a log of which nothing can be said', () => {
  test.each([
    ['its pages come oldest first', foreign(20).toReversed()],
    ['an entry names no incident', [...foreign(5), { ...entry('A1', 6, 'Q1'), incident: null }]],
  ])('%s', async (_name, items) => {
    await expect(readAccountLog(async () => ({ items, isComplete: true }), many(NOW_MS), null)).resolves.toBeNull()
  })

  test('the second page is newer than the first', async () => {
    const readPage = async (_sinceMs: number, page: number) => ({
      items: foreign(PAGE, page === 0 ? 100 : 0),
      isComplete: page === 1,
    })
    await expect(readAccountLog(readPage, many(NOW_MS - 3_600_000), null)).resolves.toBeNull()
  })
})

/** So many incidents of that time that pages of the log are worth while. */
function many(createdAtMs: number): number[] {
  return Array.from({ length: 50 }, () => createdAtMs)
}

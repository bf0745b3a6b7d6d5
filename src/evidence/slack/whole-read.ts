import { setTimeout as delay } from 'node:timers/promises'
import { isTransient } from '../../errors.ts'
import { slackTsToMs } from '../../model/slack-message.ts'
import type { HistoryPages, PageProgress } from './history-pages.ts'
import type { ReadCoverage } from './read-coverage.ts'

/** Wait before a page is asked again, unless Slack names a longer one. */
const RETRY_MS = 5_000
/** Failures in a row after which the read is given up; the next poll begins another. */
const MAX_FAILURES = 6

interface WholeReadEvents {
  /** The newest page was read. Answers whether it joins what was read before. */
  topRead: (page: PageProgress) => boolean
  failed: (error: unknown) => void
  /** A page was read after the newest one, or the whole. */
  succeeded: () => void
}

/** One read of a channel's whole window, newest page first, extending the coverage as it goes down. */
export class WholeRead {
  /** Resolves once the newest page counts; rejects with its error. */
  readonly topRead: Promise<void>
  /** Resolves at the end, however it ended. */
  readonly done: Promise<void>
  readonly #abort = new AbortController()

  constructor(
    pages: HistoryPages,
    oldestMs: number,
    coverage: ReadCoverage,
    now: () => number,
    events: WholeReadEvents,
  ) {
    const read = { pages, oldestMs, coverage, now, events, signal: this.#abort.signal }
    const top = readTopPage(read)
    this.topRead = top.then(() => undefined)
    // Whoever waits for it hears of its failure; `done` does in any case.
    this.topRead.catch(() => undefined)
    this.done = top
      .then((page) => readDown(read, page))
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) events.failed(error)
      })
  }

  abandon(): void {
    this.#abort.abort()
  }
}

interface Reading {
  pages: HistoryPages
  oldestMs: number
  coverage: ReadCoverage
  now: () => number
  events: WholeReadEvents
  signal: AbortSignal
}

async function readTopPage({ pages, coverage, now, events, oldestMs }: Reading): Promise<PageProgress> {
  const page = await pages.next('poll')
  const isJoined = events.topRead(page)
  const fromMs = page.cursor === null ? oldestMs : slackTsToMs(page.floorTs)
  coverage.readTop({ fromMs, askedAtMs: page.askedAtMs, endedAtMs: now(), isJoined })
  return page
}

async function readDown(reading: Reading, top: PageProgress): Promise<void> {
  const { coverage, oldestMs, now, signal, events } = reading
  const { generation } = coverage
  for (let page = top; page.cursor !== null; ) {
    page = await nextPage(reading)
    events.succeeded()
    // A gap came in between: what was read before it may have changed, and another whole read has begun.
    if (signal.aborted || coverage.generation !== generation) return
    coverage.readDown(page.cursor === null ? oldestMs : slackTsToMs(page.floorTs))
  }
  coverage.readWhole(oldestMs, now())
  events.succeeded()
}

async function nextPage({ pages, events, signal }: Reading): Promise<PageProgress> {
  for (let failures = 1; ; failures++) {
    try {
      return await pages.next('backfill')
    } catch (error) {
      if (!isTransient(error) || failures >= MAX_FAILURES) throw error
      events.failed(error)
      await delay(Math.max(RETRY_MS, error.retryAfterMs ?? 0), undefined, { signal, ref: false })
    }
  }
}

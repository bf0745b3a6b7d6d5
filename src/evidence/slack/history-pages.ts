import type { ReadPriority, SlackClient } from '../../clients/slack.ts'
import { msToSlackTs } from '../../model/slack-message.ts'
import type { PageStore } from './page-store.ts'
import type { ThreadReader } from './thread-reader.ts'

/** How far one page of a read has brought it. */
export interface PageProgress {
  askedAtMs: number
  /** Everything from this ts to the newest message was read now. */
  floorTs: string
  /** The newest ts given, null when the page was empty. */
  newestTs: string | null
  cursor: string | null
}

/**
 * One read of a channel's history from its newest message down to `oldestMs`, a page for each `next`. Each page is
 * durable, and what it does not give any more is forgotten, before `next` resolves; a page that failed may be asked again.
 */
export class HistoryPages {
  readonly #from: { client: SlackClient; pages: PageStore; threads: ThreadReader | null; now: () => number }
  readonly #oldestMs: number
  #cursor: string | null = null
  #ceilingTs: string | null = null

  constructor(
    from: { client: SlackClient; pages: PageStore; threads: ThreadReader | null; now: () => number },
    oldestMs: number,
  ) {
    this.#from = from
    this.#oldestMs = oldestMs
  }

  async next(priority: ReadPriority): Promise<PageProgress> {
    const { client, pages, threads, now } = this.#from
    const askedAtMs = now()
    const askedTs = pages.nowTs()
    const span = { oldestMs: this.#oldestMs, cursor: this.#cursor, priority }
    const page = await client.history(pages.channel, span)
    const messages = await pages.store(page.messages)
    threads?.note(page.messages, messages)
    const given = messages.map((message) => message.ts).sort()
    const newestTs = given.at(-1) ?? null
    const ceilingTs = this.#ceilingTs ?? max(askedTs, newestTs)
    const floorTs = page.cursor === null ? msToSlackTs(Math.max(0, this.#oldestMs)) : (given[0] ?? ceilingTs)
    // The ceiling is the last message of the page before: it was seen there.
    const seen = this.#ceilingTs === null ? given : [...given, this.#ceilingTs]
    await pages.dropParentsNotIn({ oldest: floorTs, latest: ceilingTs }, seen)
    this.#cursor = page.cursor
    this.#ceilingTs = floorTs
    return { askedAtMs, floorTs, newestTs, cursor: page.cursor }
  }
}

function max(a: string, b: string | null): string {
  return b !== null && b > a ? b : a
}

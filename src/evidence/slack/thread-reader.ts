import { z } from 'zod'
import type { SlackClient } from '../../clients/slack.ts'
import { TerminalError } from '../../errors.ts'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import { type IndexedMessage, slackTsToMs } from '../../model/slack-message.ts'
import type { PageStore } from './page-store.ts'

const ThreadParent = z.object({ ts: z.string(), reply_count: z.number().min(1), latest_reply: z.string().default('') })

interface UnreadThread {
  /** Changes whenever a reply comes or goes. */
  state: string
  clusterIds: readonly string[]
}

/**
 * Reads the replies of threads whose parent says that they changed, newest parent first. History gives parents alone, and
 * a failure may be told in a thread.
 */
export class ThreadReader {
  readonly #client: SlackClient
  readonly #pages: PageStore
  /** Older parents are outside the window: whether they were read is forgotten. */
  readonly #oldestMs: () => number
  readonly #read = new Map<string, string>()
  readonly #unread = new Map<string, UnreadThread>()
  readonly #onRead: () => void
  #run: Promise<void> | null = null
  #isStopped = false

  /** `onRead` is called whenever fewer threads are unread. */
  constructor(
    client: SlackClient,
    pages: PageStore,
    { oldestMs, onRead }: { oldestMs: () => number; onRead: () => void },
  ) {
    this.#client = client
    this.#pages = pages
    this.#oldestMs = oldestMs
    this.#onRead = onRead
  }

  get unreadCount(): number {
    return this.#unread.size
  }

  /** The clusters that are named by parents of threads with replies that were not read. */
  unreadClusters(): Set<string> {
    return new Set([...this.#unread.values()].flatMap(({ clusterIds }) => clusterIds))
  }

  /** What was read before counts no more: the store has lost something. */
  forget(): void {
    this.#read.clear()
  }

  /** Notes which parents of a page have replies that are new. */
  note(raws: readonly unknown[], messages: readonly IndexedMessage[]): void {
    const byTs = new Map(messages.map((message) => [message.ts, message]))
    for (const raw of raws) {
      const parent = ThreadParent.safeParse(raw)
      if (!parent.success) continue
      const { ts, reply_count, latest_reply } = parent.data
      const state = `${reply_count} ${latest_reply}`
      if (this.#read.get(ts) === state) continue
      this.#unread.set(ts, { state, clusterIds: byTs.get(ts)?.segments.flatMap(clusterIdTokens) ?? [] })
    }
    const oldestMs = this.#oldestMs()
    for (const ts of this.#read.keys()) if (slackTsToMs(ts) < oldestMs) this.#read.delete(ts)
  }

  /** Reads what is unread. Rejects at the first failure, and goes on from there when it is called again. */
  catchUp(): Promise<void> {
    this.#run ??= this.#readAll().finally(() => {
      this.#run = null
    })
    return this.#run
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#run?.catch(() => undefined)
  }

  async #readAll(): Promise<void> {
    for (let next = this.#newestUnread(); next && !this.#isStopped; next = this.#newestUnread()) {
      const [ts, thread] = next
      try {
        await this.#readThread(ts)
      } catch (error) {
        // The thread went with its parent: nothing is left to read.
        if (!(error instanceof TerminalError && error.code === 'not-found')) throw error
      }
      // A reply that came meanwhile has put another state there: that one is still unread.
      if (this.#unread.get(ts)?.state === thread.state) this.#unread.delete(ts)
      this.#read.set(ts, thread.state)
      this.#onRead()
    }
  }

  async #readThread(ts: string): Promise<void> {
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<SlackClient['replies']>> = await this.#client.replies(this.#pages.channel, ts, {
        cursor,
        priority: 'backfill',
      })
      await this.#pages.store(page.messages)
      cursor = page.cursor
    } while (cursor !== null && !this.#isStopped)
  }

  #newestUnread(): [string, UnreadThread] | null {
    let newest: [string, UnreadThread] | null = null
    for (const entry of this.#unread) if (newest === null || entry[0] > newest[0]) newest = entry
    return newest
  }
}

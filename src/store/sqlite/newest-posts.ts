import { setImmediate as nextTurn } from 'node:timers/promises'
import { type IndexedMessage, slackTsToMs } from '../../model/slack-message.ts'
import type { Database } from './database.ts'

/** Rows looked at between two turns of the event loop. */
const SCAN_ROWS = 2_000

interface Newest {
  channel: string
  authors: readonly string[]
  tsMs: number | null
  /** Ends when what was stored before the first question has been looked through. */
  scanned: Promise<void>
}

/**
 * The newest post of each author list asked for, kept current in memory: an author who never posted would else cost a
 * scan of the whole channel at every decision. The embedded store has one writer, this process.
 */
export class NewestPosts {
  readonly #db: Database
  readonly #known = new Map<string, Newest>()

  constructor(database: Database) {
    this.#db = database
  }

  posted(message: IndexedMessage): void {
    const { botId, appId } = message.author
    for (const newest of this.#known.values()) {
      if (newest.channel !== message.channel || !stands(newest.authors, botId, appId)) continue
      newest.tsMs = Math.max(newest.tsMs ?? 0, slackTsToMs(message.ts))
    }
  }

  /** What was deleted may have been the newest: look again when next asked. */
  deleted(channel: string): void {
    for (const [key, newest] of this.#known) if (newest.channel === channel) this.#known.delete(key)
  }

  async find(channel: string, authors: readonly string[]): Promise<number | null> {
    const key = JSON.stringify([channel, ...authors])
    const known = this.#known.get(key)
    if (known) {
      await known.scanned
      return known.tsMs
    }
    // Known before the scan starts, so that a post stored meanwhile is counted too.
    const newest: Newest = { channel, authors, tsMs: null, scanned: Promise.resolve() }
    this.#known.set(key, newest)
    newest.scanned = this.#scan(channel, authors).then(
      (foundMs) => {
        if (foundMs !== null) newest.tsMs = Math.max(newest.tsMs ?? 0, foundMs)
      },
      (error: unknown) => {
        this.#known.delete(key)
        throw error
      },
    )
    await newest.scanned
    return newest.tsMs
  }

  async #scan(channel: string, authors: readonly string[]): Promise<number | null> {
    let before = { ms: Number.MAX_SAFE_INTEGER, ts: '' }
    for (;;) {
      const rows = this.#db.all(
        `SELECT ts, ts_ms, bot_id, app_id, document IS NULL AS is_deleted FROM messages
         WHERE channel = ? AND (ts_ms, ts) < (?, ?) ORDER BY ts_ms DESC, ts DESC LIMIT ?`,
        channel,
        before.ms,
        before.ts,
        SCAN_ROWS,
      )
      const hit = rows.find((row) => row.is_deleted === 0 && stands(authors, row.bot_id, row.app_id))
      if (hit) return Number(hit.ts_ms)
      const last = rows.at(-1)
      if (!last || rows.length < SCAN_ROWS) return null
      before = { ms: Number(last.ts_ms), ts: String(last.ts) }
      await nextTurn()
    }
  }
}

function stands(authors: readonly string[], botId: unknown, appId: unknown): boolean {
  const isBot = typeof botId === 'string' || typeof appId === 'string'
  if (authors.length === 0) return isBot
  return authors.some((author) => author === botId || author === appId)
}

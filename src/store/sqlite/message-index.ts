import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import { type IndexedMessage, slackTsToMs } from '../../model/slack-message.ts'
import type { ChannelBoard, MessageIndex } from '../message-index.ts'
import { ChannelBoards } from './channel-boards.ts'
import type { Database } from './database.ts'
import { NewestPosts } from './newest-posts.ts'

/** Rows looked at between two turns of the event loop, so that a scan of a large channel delays nobody. */
const SCAN_ROWS = 2_000

const Document = z.object({
  channel: z.string(),
  ts: z.string(),
  threadTs: z.string().nullable(),
  author: z.object({
    botId: z.string().nullable(),
    appId: z.string().nullable(),
    userId: z.string().nullable(),
    name: z.string().nullable(),
  }),
  segments: z.array(z.string()),
  editedTs: z.string().nullable(),
}) satisfies z.ZodType<IndexedMessage>

/** The message index in the embedded store. A row whose document is null marks a message that an event deleted. */
export class SqliteMessageIndex implements MessageIndex {
  readonly #db: Database
  readonly #newest: NewestPosts
  readonly #boards = new ChannelBoards()

  constructor(database: Database) {
    this.#db = database
    this.#newest = new NewestPosts(database)
  }

  async upsertMessages(messages: readonly IndexedMessage[]): Promise<void> {
    if (messages.length === 0) return
    await this.#db.write(() => {
      for (const message of messages) this.#store(message)
    })
    for (const message of messages) this.#newest.posted(message)
  }

  async deleteMessage(channel: string, ts: string): Promise<void> {
    await this.#db.write(() => {
      this.#db.run('DELETE FROM message_clusters WHERE channel = ? AND ts = ?', channel, ts)
      this.#db.run(
        `INSERT INTO messages (channel, ts, ts_ms, document) VALUES (?, ?, ?, NULL)
         ON CONFLICT (channel, ts) DO UPDATE SET document = NULL`,
        channel,
        ts,
        slackTsToMs(ts),
      )
    })
    this.#newest.deleted(channel)
  }

  async deleteParentsNotIn(
    channel: string,
    span: { oldest: string; latest: string },
    seen: ReadonlySet<string>,
  ): Promise<void> {
    const gone = await this.#parentsNotIn(channel, span, seen)
    if (gone.length === 0) return
    await this.#db.write(() => {
      for (const ts of gone) {
        // A reply is never older than its parent, so the time index bounds the look for replies.
        const replies = this.#db.all(
          'SELECT ts FROM messages WHERE channel = ? AND ts_ms >= ? AND thread_ts = ? AND document IS NOT NULL',
          channel,
          slackTsToMs(ts),
          ts,
        )
        for (const doomed of [ts, ...replies.map((row) => String(row.ts))]) {
          this.#db.run('DELETE FROM message_clusters WHERE channel = ? AND ts = ?', channel, doomed)
          this.#db.run('DELETE FROM messages WHERE channel = ? AND ts = ?', channel, doomed)
        }
      }
    })
    this.#newest.deleted(channel)
  }

  async findByCluster(
    channel: string,
    clusterId: string,
    span: { fromMs: number; toMs: number },
  ): Promise<IndexedMessage[]> {
    const rows = this.#db.all(
      `SELECT m.document FROM message_clusters c JOIN messages m ON m.channel = c.channel AND m.ts = c.ts
       WHERE c.cluster_id = ? AND c.channel = ? AND c.ts_ms BETWEEN ? AND ? AND m.document IS NOT NULL
       ORDER BY c.ts_ms, c.ts`,
      clusterId,
      channel,
      span.fromMs,
      span.toMs,
    )
    return rows.map((row) => Document.parse(JSON.parse(String(row.document))))
  }

  newestPostMs(channel: string, authors: readonly string[]): Promise<number | null> {
    return this.#newest.find(channel, authors)
  }

  async clustersNamedBy(channel: string, ts: string): Promise<string[]> {
    const rows = this.#db.all('SELECT cluster_id FROM message_clusters WHERE channel = ? AND ts = ?', channel, ts)
    return rows.map((row) => String(row.cluster_id))
  }

  async noteFromEvent(channel: string, ts: string, atMs: number): Promise<void> {
    this.#boards.noteFromEvent(channel, ts, atMs)
  }

  async fromEventsSince(channel: string, sinceMs: number): Promise<string[]> {
    return this.#boards.fromEventsSince(channel, sinceMs)
  }

  async board(channel: string): Promise<ChannelBoard> {
    return this.#boards.board(channel)
  }

  async putOnBoard(channel: string, part: 'reading' | 'wish', document: string): Promise<void> {
    this.#boards.put(channel, part, document)
  }

  async countChange(channel: string): Promise<void> {
    this.#boards.countChange(channel)
  }

  #store(message: IndexedMessage): void {
    const { channel, ts, author } = message
    const known = this.#db.get('SELECT edited_ts, document FROM messages WHERE channel = ? AND ts = ?', channel, ts)
    if (known && (known.document === null || isOlderEdit(message.editedTs, known.edited_ts))) return
    const clusterIds = new Set(message.segments.flatMap(clusterIdTokens))
    // Text that names no cluster answers no question: it is not kept.
    const document = JSON.stringify(clusterIds.size > 0 ? message : { ...message, segments: [] })
    if (known?.document === document) return
    const tsMs = slackTsToMs(ts)
    if (known) this.#db.run('DELETE FROM message_clusters WHERE channel = ? AND ts = ?', channel, ts)
    this.#db.run(
      `INSERT OR REPLACE INTO messages (channel, ts, ts_ms, thread_ts, bot_id, app_id, user_id, edited_ts, document)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      channel,
      ts,
      tsMs,
      message.threadTs,
      author.botId,
      author.appId,
      author.userId,
      message.editedTs,
      document,
    )
    for (const clusterId of clusterIds) {
      this.#db.run(
        'INSERT OR IGNORE INTO message_clusters (cluster_id, channel, ts_ms, ts) VALUES (?, ?, ?, ?)',
        clusterId,
        channel,
        tsMs,
        ts,
      )
    }
  }

  async #parentsNotIn(
    channel: string,
    span: { oldest: string; latest: string },
    seen: ReadonlySet<string>,
  ): Promise<string[]> {
    const gone: string[] = []
    const latestMs = slackTsToMs(span.latest)
    let after = { ms: slackTsToMs(span.oldest), ts: '' }
    for (;;) {
      const rows = this.#db.all(
        `SELECT ts, ts_ms, thread_ts FROM messages
         WHERE channel = ? AND (ts_ms, ts) > (?, ?) AND ts_ms <= ? AND document IS NOT NULL
         ORDER BY ts_ms, ts LIMIT ?`,
        channel,
        after.ms,
        after.ts,
        latestMs,
        SCAN_ROWS,
      )
      for (const row of rows) {
        const ts = String(row.ts)
        after = { ms: Number(row.ts_ms), ts }
        // Ends are exact to the microsecond; within one millisecond the strings have the same length.
        if (after.ms === slackTsToMs(span.oldest) && ts < span.oldest) continue
        if (after.ms === latestMs && ts > span.latest) continue
        if (row.thread_ts === null && !seen.has(ts)) gone.push(ts)
      }
      if (rows.length < SCAN_ROWS) return gone
      await nextTurn()
    }
  }
}

/** Both are Slack's own decimal strings of the same length; null is "never edited", older than any edit. */
function isOlderEdit(incoming: string | null, stored: unknown): boolean {
  return typeof stored === 'string' && (incoming === null || incoming < stored)
}

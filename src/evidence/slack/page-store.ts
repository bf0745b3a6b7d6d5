import type { SlackClient } from '../../clients/slack.ts'
import { TransientError } from '../../errors.ts'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import { type IndexedMessage, msToSlackTs } from '../../model/slack-message.ts'
import type { MessageIndex } from '../../store/message-index.ts'
import { ClusterMentions } from './cluster-mentions.ts'
import { toIndexedMessage } from './message-text.ts'

/** History may be this late to show what an event already told: such a message is not taken for deleted meanwhile. */
const HISTORY_LAG_MS = 120_000

export interface PageStoreOptions {
  channel: string
  client: SlackClient
  index: MessageIndex
  now: () => number
  announce: (clusterIds: readonly string[], channel: string) => void
}

/** Puts what Slack says of one channel into the index, and tells which clusters that is news for. */
export class PageStore {
  readonly channel: string
  readonly #options: PageStoreOptions
  readonly #mentions = new ClusterMentions()

  constructor(options: PageStoreOptions) {
    this.channel = options.channel
    this.#options = options
  }

  /** Stores the messages and resolves with them once they are durable. @throws TransientError when one is not readable. */
  async store(raws: readonly unknown[]): Promise<IndexedMessage[]> {
    const { client, index, announce } = this.#options
    const own = await client.authTest()
    const messages = raws.map((raw) => {
      const message = toIndexedMessage(this.channel, raw)
      // A message that can't be read could be the one that matters, so the page does not count as read.
      if (!message) throw new TransientError('unknown', 'Slack: a message has another shape')
      return message
    })
    // What we said ourselves quotes the evidence: it must not become evidence.
    const others = messages.filter(
      ({ author }) => author.userId !== own.userId && (own.botId === null || author.botId !== own.botId),
    )
    await index.upsertMessages(others)
    const news = new Set(others.flatMap((message) => this.#mentions.note(message)))
    if (news.size > 0) announce([...news], this.channel)
    return messages
  }

  /** Forgets the parents of the span (inclusive) that history did not give. */
  async dropParentsNotIn(span: { oldest: string; latest: string }, given: Iterable<string>): Promise<void> {
    const { index, now, announce } = this.#options
    const fromEvents = await index.fromEventsSince(this.channel, now() - HISTORY_LAG_MS)
    const seen = new Set([...given, ...fromEvents])
    await index.deleteParentsNotIn(this.channel, span, seen)
    const news = new Set(this.#mentions.removeParentsNotIn(span, seen))
    if (news.size > 0) announce([...news], this.channel)
  }

  /** Stores a message that an event told of. One that can't be read is left to the next read of the history. */
  async storeFromEvent(raw: unknown): Promise<void> {
    const message = toIndexedMessage(this.channel, raw)
    if (!message) return
    const { index, now, announce } = this.#options
    // What it named before, another replica may have read.
    const before = await index.clustersNamedBy(this.channel, message.ts)
    // Noted first: a page of the history that lacks it may be compared with the index at this moment, by another replica.
    await index.noteFromEvent(this.channel, message.ts, now())
    await this.store([raw])
    const after = new Set(message.segments.flatMap(clusterIdTokens))
    const gone = before.filter((clusterId) => !after.has(clusterId))
    if (gone.length > 0) announce(gone, this.channel)
  }

  async remove(ts: string): Promise<void> {
    const { index, announce } = this.#options
    const before = await index.clustersNamedBy(this.channel, ts)
    await index.deleteMessage(this.channel, ts)
    const news = new Set([...this.#mentions.remove(ts), ...before])
    if (news.size > 0) announce([...news], this.channel)
  }

  /** A Slack ts for "now", the newest end of a page without an upper bound. */
  nowTs(): string {
    return msToSlackTs(this.#options.now())
  }
}

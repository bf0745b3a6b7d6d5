import type { Logger } from 'pino'
import type { SlackClient } from '../../clients/slack.ts'
import type { IndexedMessage } from '../../model/slack-message.ts'
import type { MessageIndex } from '../../store/message-index.ts'
import { completeness } from './channel-completeness.ts'
import { ChannelReader } from './channel-reader.ts'
import type { DeletionSearch } from './deletion-search.ts'
import type { ChannelStatus, WatchedChannel } from './watched-channel.ts'

/** One question about a channel: what it says of a cluster in a span of time (inclusive, ms). */
export interface ChannelQuestion {
  clusterId: string
  fromMs: number
  toMs: number
}

export interface ChannelAnswer {
  /** `absent` only from a channel that was complete for the whole span. */
  outcome: 'found' | 'absent' | 'unavailable'
  /** Why it is unavailable, one sentence for a person; null otherwise. */
  why: string | null
  /** Unavailable only because a whole read is under way and nothing has failed. */
  isCatchingUp: boolean
  /** Oldest first; given when unavailable too, as what was found all the same. */
  messages: IndexedMessage[]
  /** Up to when the channel was read without a gap (ms), null when it was not. */
  completeToMs: number | null
  observedAtMs: number
}

/** Hears which clusters a new, edited or deleted message names, so that their cases are judged again. */
export type MessageListener = (clusterIds: readonly string[], channel: string) => void

/** What Slack's channels say about clusters, answered from the index that polling keeps. */
export interface SlackEvidence {
  /** Asks no call of Slack; extends the covered span in the background when the question starts before it. */
  askChannel(channel: string, question: ChannelQuestion): Promise<ChannelAnswer>
  /** Starts a whole read from there, bounded by the channel's longest window, when less is covered. */
  ensureCovered(channel: string, fromMs: number): void
  /** Reads what is new, unless that was done in the last 20 s. A failure shows in the answers and the status. */
  refresh(channel: string): Promise<void>
  status(): ChannelStatus[]
  /** Slack's own search for deletions that the index does not hold; null where no user's token is configured. */
  deletionSearch: DeletionSearch | null
  onMessage(listener: MessageListener): void
  start(): void
  stop(): Promise<void>
  /** The next three take what Slack's events say. Each ends once it is durable, and does no harm when repeated. */
  messageSeen(channel: string, raw: unknown): Promise<void>
  messageDeleted(channel: string, ts: string): Promise<void>
  channelChanged(channel: string): Promise<void>
}

export interface SlackEvidenceOptions {
  client: SlackClient
  index: MessageIndex
  channels: readonly WatchedChannel[]
  deletionSearch?: DeletionSearch | null
  now: () => number
  logger: Logger
}

/** The readers of all watched channels behind one port. Importing and creating it makes no call; `start` does. */
export function createSlackEvidence({
  client,
  index,
  channels,
  deletionSearch = null,
  now,
  logger,
}: SlackEvidenceOptions): SlackEvidence {
  const listeners: MessageListener[] = []
  function announce(clusterIds: readonly string[], channel: string): void {
    for (const listener of listeners) {
      try {
        listener(clusterIds, channel)
      } catch (error) {
        logger.error({ channel, error }, 'slack message listener failed')
      }
    }
  }
  const readers = new Map(
    channels.map((channel) => [channel.id, new ChannelReader({ channel, client, index, now, logger, announce })]),
  )

  return {
    async askChannel(channel, question) {
      const reader = readers.get(channel)
      const messages = await index.findByCluster(channel, question.clusterId, question)
      const observedAtMs = now()
      if (!reader) {
        const why = `the channel ${channel} is not one of those that are read`
        return { outcome: 'unavailable', why, isCatchingUp: false, messages, completeToMs: null, observedAtMs }
      }
      reader.ensureCovered(question.fromMs)
      const { id, authors, maxSilenceMs } = reader.channel
      const newestPostMs = maxSilenceMs > 0 ? await index.newestPostMs(id, authors) : null
      const doubt = completeness({ ...reader.facts(question.clusterId), newestPostMs }, question.fromMs, observedAtMs)
      const completeToMs = reader.status().watermarkMs
      if (doubt) return { outcome: 'unavailable', ...doubt, messages, completeToMs, observedAtMs }
      const outcome = messages.length > 0 ? 'found' : 'absent'
      return { outcome, why: null, isCatchingUp: false, messages, completeToMs, observedAtMs }
    },
    ensureCovered: (channel, fromMs) => readers.get(channel)?.ensureCovered(fromMs),
    refresh: async (channel) => readers.get(channel)?.refresh(),
    deletionSearch,
    status: () => [...readers.values()].map((reader) => reader.status()),
    onMessage: (listener) => {
      listeners.push(listener)
    },
    start() {
      for (const reader of readers.values()) reader.start()
    },
    async stop() {
      await Promise.all([...readers.values()].map((reader) => reader.stop()))
    },
    messageSeen: async (channel, raw) => readers.get(channel)?.messageSeen(raw),
    messageDeleted: async (channel, ts) => readers.get(channel)?.messageDeleted(ts),
    channelChanged: async (channel) => readers.get(channel)?.channelChanged(),
  }
}

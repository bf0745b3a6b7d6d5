import type { Logger } from 'pino'
import type { SlackClient } from '../../clients/slack.ts'
import { type Leadership, soleLeadership } from '../../store/leadership.ts'
import type { MessageIndex } from '../../store/message-index.ts'
import type { StoreHistory } from '../../store/store.ts'
import type { DeletionSearch } from './deletion-search.ts'
import { type ChannelAnswer, type ChannelQuestion, ReplicaChannel } from './replica-channel.ts'
import type { ChannelStatus, WatchedChannel } from './watched-channel.ts'

export type { ChannelAnswer, ChannelQuestion } from './replica-channel.ts'

/** How often the boards are looked at, for what the reader says and for what is asked of it, in ms. */
const LOOK_EVERY_MS = 1_000

/** Hears which clusters a new, edited or deleted message names, so that their cases are judged again. */
export type MessageListener = (clusterIds: readonly string[], channel: string) => void

/**
 * What Slack's channels say about clusters, answered from the index that polling keeps. One replica reads for all; each
 * answers by itself.
 */
export interface SlackEvidence {
  /** Asks no call of Slack; extends the covered span in the background when the question starts before it. */
  askChannel(channel: string, question: ChannelQuestion): Promise<ChannelAnswer>
  /** Has a whole read started from there, bounded by the channel's longest window, when less is covered. */
  ensureCovered(channel: string, fromMs: number): void
  /**
   * Reads what is new, unless that was done in the last 20 s; where another replica reads it is asked to, and not waited for.
   * A failure shows in the answers and the status. Before the start it reads by itself.
   */
  refresh(channel: string): Promise<void>
  /** As last seen: at most a second old once started. */
  status(): ChannelStatus[]
  /** Slack's own search for deletions that the index does not hold; null where no user's token is configured. */
  deletionSearch: DeletionSearch | null
  onMessage(listener: MessageListener): void
  /** Seeks the role of the reader. */
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
  /** Says which replica reads. Default: this process. */
  leadership?: Leadership
  /** Says what the index may have lost. Default: nothing. */
  history?: Pick<StoreHistory, 'doubtBeforeMs'>
  now: () => number
  logger: Logger
}

/** All watched channels behind one port. Importing and creating it makes no call; `start` does. */
export function createSlackEvidence({
  client,
  index,
  channels: watched,
  deletionSearch = null,
  leadership = soleLeadership(),
  history = { doubtBeforeMs: () => 0 },
  now,
  logger,
}: SlackEvidenceOptions): SlackEvidence {
  const listeners: MessageListener[] = []
  let isStarted = false
  let isLooking = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  function announce(clusterIds: readonly string[], channel: string): void {
    for (const listener of listeners) {
      try {
        listener(clusterIds, channel)
      } catch (error) {
        logger.error({ channel, error }, 'slack message listener failed')
      }
    }
  }
  const isReader = () => !isStarted || leadership.holds('slack-reader')
  const doubtBeforeMs = () => history.doubtBeforeMs()
  const channels = new Map(
    watched.map((channel) => [
      channel.id,
      new ReplicaChannel(channel, { client, index, now, logger, announce, isReader, doubtBeforeMs }),
    ]),
  )
  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    // A store that is away makes every channel prove nothing after a minute, and says so elsewhere.
    await Promise.allSettled([...channels.values()].map((channel) => channel.look()))
    isLooking = false
  }
  function endReading(): Promise<unknown> {
    return Promise.all([...channels.values()].map((channel) => channel.endReading()))
  }

  return {
    async askChannel(id, question) {
      const channel = channels.get(id)
      if (channel) return channel.ask(question)
      const messages = await index.findByCluster(id, question.clusterId, question)
      const why = `the channel ${id} is not one of those that are read`
      return {
        outcome: 'unavailable',
        why,
        isCatchingUp: false,
        messages,
        completeToMs: null,
        observedAtMs: now(),
      }
    },
    ensureCovered: (id, fromMs) => channels.get(id)?.ensureCovered(fromMs),
    refresh: async (id) => channels.get(id)?.refresh(!isStarted),
    deletionSearch,
    status: () => [...channels.values()].map((channel) => channel.status()),
    onMessage: (listener) => {
      listeners.push(listener)
    },
    start() {
      isStarted = true
      timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
      leadership.seek('slack-reader', {
        gained() {
          if (isStopped) return
          for (const channel of channels.values()) channel.beginReading()
        },
        lost: () => void endReading(),
      })
    },
    async stop() {
      isStopped = true
      clearInterval(timer)
      await endReading()
    },
    messageSeen: async (id, raw) => channels.get(id)?.messageSeen(raw),
    messageDeleted: async (id, ts) => channels.get(id)?.messageDeleted(ts),
    channelChanged: async (id) => channels.get(id)?.channelChanged(),
  }
}

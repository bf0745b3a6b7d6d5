import type { IndexedMessage } from '../model/slack-message.ts'

/** How far one channel's copy in the index can be trusted. All times are milliseconds since the epoch. */
export interface ChannelCoverage {
  channel: string
  /** The channel was read whole from here ... */
  coveredFromMs: number
  /** ... without a gap up to here: the time at which the newest successful read was asked. */
  coveredToMs: number
  /** When that newest read ended. */
  readEndedAtMs: number
  /** When a read of the whole covered span last ended, in this process. */
  fullReadAtMs: number | null
}

/**
 * The index of Slack messages by the cluster ids they name, so that a decision costs no Slack read.
 * It survives restarts; how much of it counts is for the reader's coverage to say.
 */
export interface MessageIndex {
  /** Stores messages, the one edited later winning over an older copy. A message deleted by an event stays deleted. */
  upsertMessages(messages: readonly IndexedMessage[]): Promise<void>
  /** Forgets one message for good, also against a page of history that was read before the deletion. */
  deleteMessage(channel: string, ts: string): Promise<void>
  /**
   * Deletes the parents of a span that a whole read of it did not return: they were deleted while nobody told us.
   * Both ends are inclusive ts strings; replies are left alone unless their parent goes.
   */
  deleteParentsNotIn(
    channel: string,
    span: { oldest: string; latest: string },
    seen: ReadonlySet<string>,
  ): Promise<void>
  /** Messages of a channel that name the cluster as a token, oldest first, inside the span (inclusive, ms). */
  findByCluster(channel: string, clusterId: string, span: { fromMs: number; toMs: number }): Promise<IndexedMessage[]>
  /** The time of the newest message for which one of the authors stands (any bot's, where the list is empty), or null. */
  newestPostMs(channel: string, authors: readonly string[]): Promise<number | null>
}

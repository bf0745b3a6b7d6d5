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
  /** When a read of the whole covered span last ended, by the reader that covers it now. */
  fullReadAtMs: number | null
}

/**
 * What the replicas tell one another of the reading of one channel. The documents are JSON; their form is the reader's
 * business. Nothing of it outlives the process that owns an embedded store: what was read before a restart proves nothing.
 */
export interface ChannelBoard {
  /** What the channel's reader knows, as it last said. */
  reading: string | null
  /** What the others ask of the reader. */
  wish: string | null
  /** Another number whenever something was told that voids what is known of our membership. */
  changes: number
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
  /** The clusters that a stored message names; none where it is not stored. */
  clustersNamedBy(channel: string, ts: string): Promise<string[]>
  /** Remembers for some minutes that an event told of the message, which a read of the history may not show yet. */
  noteFromEvent(channel: string, ts: string, atMs: number): Promise<void>
  /** The messages that an event told of since a time (ms), at any replica. */
  fromEventsSince(channel: string, sinceMs: number): Promise<string[]>
  board(channel: string): Promise<ChannelBoard>
  putOnBoard(channel: string, part: 'reading' | 'wish', document: string): Promise<void>
  /** When it resolves every later `board` shows another number of changes. */
  countChange(channel: string): Promise<void>
}

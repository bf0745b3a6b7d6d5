import type { ChannelBoard, MessageIndex } from '../../store/message-index.ts'
import type { ChannelFacts } from './channel-completeness.ts'
import { type ChannelReading, type ChannelWish, readingOf, wishOf } from './channel-reading.ts'
import type { ChannelStatus, WatchedChannel } from './watched-channel.ts'

const NOTHING: ChannelBoard = { reading: null, wish: null, changes: 0 }

/** What one replica sees of the board of one channel, whoever reads the channel. */
export class BoardView {
  readonly channel: WatchedChannel
  readonly #index: Pick<MessageIndex, 'board' | 'putOnBoard' | 'countChange'>
  readonly #now: () => number
  #board = NOTHING
  #reading: ChannelReading | null = null
  /** When the present reading was first seen here (ms). */
  #seenAtMs = 0

  constructor(
    channel: WatchedChannel,
    index: Pick<MessageIndex, 'board' | 'putOnBoard' | 'countChange'>,
    now: () => number,
  ) {
    this.channel = channel
    this.#index = index
    this.#now = now
  }

  /** The board as it is now. @throws StoreUnavailableError when the store does not tell. */
  async read(): Promise<ChannelBoard> {
    this.#note(await this.#index.board(this.channel.id))
    return this.#board
  }

  async putReading(reading: string): Promise<void> {
    await this.#index.putOnBoard(this.channel.id, 'reading', reading)
    this.#note({ ...this.#board, reading })
  }

  async putWish(wish: ChannelWish): Promise<void> {
    await this.#index.putOnBoard(this.channel.id, 'wish', JSON.stringify(wish))
  }

  async countChange(): Promise<void> {
    await this.#index.countChange(this.channel.id)
    await this.read()
  }

  /** As last read. */
  get board(): ChannelBoard {
    return this.#board
  }

  /** As last read. */
  wish(): ChannelWish | null {
    return wishOf(this.#board)
  }

  /** All but the newest post that decides whether the channel is complete, as last read. */
  facts(clusterId: string): Omit<ChannelFacts, 'newestPostMs'> {
    const reading = this.#reading
    const { name, id, poster } = this.channel
    return {
      label: `${name} (${id})`,
      membership: this.#membership(),
      coverage: this.#coverage(),
      problem: reading?.problem ?? null,
      hasUnreadThread: reading ? (reading.unreadClusters?.includes(clusterId) ?? true) : false,
      maxSilenceMs: poster().maxSilenceMs,
    }
  }

  status(): ChannelStatus {
    const reading = this.#reading
    const membership = this.#membership()
    const coverage = this.#coverage()
    return {
      channel: this.channel.id,
      name: this.channel.name,
      watermarkMs: coverage?.coveredToMs ?? null,
      coveredFromMs: coverage?.coveredFromMs ?? null,
      fullReadAtMs: coverage?.fullReadAtMs ?? null,
      isReadingWhole: reading?.isReadingWhole ?? false,
      isMember: membership?.isMember ?? null,
      isArchived: membership?.isArchived ?? null,
      lastErrorCode: reading?.problem?.code ?? null,
      lastErrorSinceMs: reading?.problem?.sinceMs ?? null,
      unreadThreads: reading?.unreadThreads ?? 0,
    }
  }

  #note(board: ChannelBoard): void {
    if (board.reading !== this.#board.reading) {
      this.#reading = readingOf(board)
      this.#seenAtMs = this.#now()
    }
    this.#board = board
  }

  /** What was known before a change was told of counts for nothing. */
  #membership(): ChannelFacts['membership'] {
    return this.#reading?.changes === this.#board.changes ? this.#reading.membership : null
  }

  /** A reader whose clock is ahead of ours can't make its reads look younger than what we have seen of them. */
  #coverage(): ChannelFacts['coverage'] {
    const coverage = this.#reading?.coverage
    if (!coverage) return null
    return { ...coverage, readEndedAtMs: Math.min(coverage.readEndedAtMs, this.#seenAtMs) }
  }
}

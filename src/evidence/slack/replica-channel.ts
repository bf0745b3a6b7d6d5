import type { IndexedMessage } from '../../model/slack-message.ts'
import type { MessageIndex } from '../../store/message-index.ts'
import { BoardView } from './board-view.ts'
import { completeness } from './channel-completeness.ts'
import { ChannelReader, type ChannelReaderOptions } from './channel-reader.ts'
import { type ChannelWish, wishFrom, wishPoll } from './channel-reading.ts'
import { PageStore } from './page-store.ts'
import { type ChannelStatus, extendedStartMs, type WatchedChannel } from './watched-channel.ts'

/** A refresh does nothing when the last read is at most this old. */
const REFRESH_AGE_MS = 20_000

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

export interface ReplicaChannelOptions
  extends Pick<ChannelReaderOptions, 'client' | 'isReader' | 'doubtBeforeMs' | 'now' | 'logger'> {
  index: MessageIndex
  announce: (clusterIds: readonly string[], channel: string) => void
}

/** One channel as one replica knows it: the reader, where this replica reads, else what the board says of the one that does. */
export class ReplicaChannel {
  readonly #options: ReplicaChannelOptions
  readonly #view: BoardView
  readonly #pages: PageStore
  #reader: ChannelReader | null = null

  constructor(channel: WatchedChannel, options: ReplicaChannelOptions) {
    const { client, index, now, announce } = options
    this.#options = options
    this.#view = new BoardView(channel, index, now)
    this.#pages = new PageStore({ channel: channel.id, client, index, now, announce })
  }

  /** This replica reads the channel from now on. */
  beginReading(): void {
    this.#reader ??= this.#newReader()
    this.#reader.start()
  }

  /** Another replica reads it, or none. Resolves when what was under way has ended. */
  async endReading(): Promise<void> {
    const reader = this.#reader
    this.#reader = null
    await reader?.stop()
  }

  /** Looks at the board, and does what it asks for where this replica reads. @throws StoreUnavailableError */
  async look(): Promise<void> {
    await this.#view.read()
    this.#reader?.heed()
  }

  async ask(question: ChannelQuestion): Promise<ChannelAnswer> {
    const { index, now } = this.#options
    const { id, poster } = this.#view.channel
    const { authors, maxSilenceMs } = poster()
    // The board first: what it calls complete is in the index by then.
    await this.#view.read()
    const [messages, newestPostMs] = await Promise.all([
      index.findByCluster(id, question.clusterId, question),
      maxSilenceMs > 0 ? index.newestPostMs(id, authors) : null,
    ])
    const observedAtMs = now()
    this.ensureCovered(question.fromMs)
    const doubt = completeness({ ...this.#view.facts(question.clusterId), newestPostMs }, question.fromMs, observedAtMs)
    const completeToMs = this.status().watermarkMs
    if (doubt) return { outcome: 'unavailable', ...doubt, messages, completeToMs, observedAtMs }
    const outcome = messages.length > 0 ? 'found' : 'absent'
    return { outcome, why: null, isCatchingUp: false, messages, completeToMs, observedAtMs }
  }

  ensureCovered(fromMs: number): void {
    const { now } = this.#options
    const startMs = extendedStartMs(this.#view.channel, fromMs, now())
    if (startMs === null) return
    if (this.#reader) this.#reader.ensureCovered(fromMs)
    else this.#wish(wishFrom(this.#view.wish(), fromMs, now()))
  }

  /** One poll now, unless the last read ended just before; where another replica reads it is asked to. */
  async refresh(mayRead: boolean): Promise<void> {
    const { now } = this.#options
    await this.#view.read()
    const { coverage } = this.#view.facts('')
    if (coverage && Math.abs(now() - coverage.readEndedAtMs) <= REFRESH_AGE_MS) return
    if (mayRead) this.#reader ??= this.#newReader()
    if (this.#reader) await this.#reader.poll()
    else this.#wish(wishPoll(this.#view.wish(), now()))
  }

  status(): ChannelStatus {
    return this.#view.status()
  }

  async messageSeen(raw: unknown): Promise<void> {
    await this.#pages.storeFromEvent(raw)
  }

  async messageDeleted(ts: string): Promise<void> {
    await this.#pages.remove(ts)
  }

  /**
   * What was known of the membership no longer holds, at any replica: until it is asked again the channel proves nothing.
   * The answer to the event does not wait for Slack: forgetting is what must be done by then.
   */
  async channelChanged(): Promise<void> {
    await this.#view.countChange()
    this.#reader?.heed()
  }

  #wish(wish: ChannelWish | null): void {
    if (wish === null) return
    this.#view.putWish(wish).catch((error: unknown) => {
      // Who still needs it asks again.
      this.#options.logger.warn({ channel: this.#view.channel.id, err: error }, 'slack reader could not be asked')
    })
  }

  #newReader(): ChannelReader {
    const { client, now, logger, isReader, doubtBeforeMs } = this.#options
    const reader: ChannelReader = new ChannelReader({
      client,
      pages: this.#pages,
      view: this.#view,
      isReader: () => this.#reader === reader && isReader(),
      doubtBeforeMs,
      now,
      logger,
    })
    return reader
  }
}

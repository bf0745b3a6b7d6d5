import type { Logger } from 'pino'
import type { SlackClient } from '../../clients/slack.ts'
import { TerminalError } from '../../errors.ts'
import { msToSlackTs, slackTsToMs } from '../../model/slack-message.ts'
import type { MessageIndex } from '../../store/message-index.ts'
import type { ChannelFacts, Membership } from './channel-completeness.ts'
import { HistoryPages } from './history-pages.ts'
import { PageStore } from './page-store.ts'
import { ReadCoverage } from './read-coverage.ts'
import { ReadProblems } from './read-problems.ts'
import { ThreadReader } from './thread-reader.ts'
import type { ChannelStatus, WatchedChannel } from './watched-channel.ts'
import { WholeRead } from './whole-read.ts'

/** Time between two polls; after a failed one the shorter time. */
const POLL_EVERY_MS = 30_000
const RETRY_AFTER_FAILURE_MS = 5_000
/** A refresh does nothing when the last read is at most this old. */
const REFRESH_AGE_MS = 20_000
/** Each poll reads again what is this much older than the newest message read, because Slack shows some messages late. */
const OVERLAP_MS = 120_000
/** Covered beyond the window, because a question starts that long before its alert did, which may be two days old. */
const WINDOW_MARGIN_MS = 48 * 3_600_000
/** A longer window than the channel's own is kept as long after the last question for it. */
const EXTENSION_KEPT_MS = 3_600_000

export interface ChannelReaderOptions {
  channel: WatchedChannel
  client: SlackClient
  index: MessageIndex
  now: () => number
  logger: Logger
  announce: (clusterIds: readonly string[], channel: string) => void
}

/** Keeps the index of one channel true by polling, and knows how far it is. */
export class ChannelReader {
  readonly channel: WatchedChannel
  readonly #options: ChannelReaderOptions
  readonly #pages: PageStore
  readonly #threads: ThreadReader | null
  readonly #coverage: ReadCoverage
  readonly #problems: ReadProblems
  #membership: Membership | null = null
  /** Counts the events that said the membership may have changed, so that an older answer is not taken for the present. */
  #membershipChanges = 0
  /** The newest message that history gave. Slack's clock, so that a wrong clock of ours skips nothing. */
  #newestTs: string | null = null
  #extension: { fromMs: number; askedAtMs: number } | null = null
  #polling: Promise<void> | null = null
  #whole: WholeRead | null = null
  #timer: NodeJS.Timeout | null = null
  #isStopped = false

  constructor(options: ChannelReaderOptions) {
    const { channel, client, index, now, logger, announce } = options
    this.channel = channel
    this.#options = options
    this.#pages = new PageStore({ channel: channel.id, client, index, now, announce })
    this.#threads = channel.isReadWithThreads
      ? new ThreadReader(client, this.#pages, () => this.#windowStartMs())
      : null
    this.#coverage = new ReadCoverage(channel.id)
    this.#problems = new ReadProblems(channel.id, now, logger)
  }

  start(): void {
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#whole?.abandon()
    await Promise.allSettled([this.#polling, this.#whole?.done, this.#threads?.stop()])
  }

  /** One poll now, unless the last one ended just before. Never rejects: a failure shows in the facts. */
  async refresh(): Promise<void> {
    const coverage = this.#coverage.current()
    if (coverage && Math.abs(this.#options.now() - coverage.readEndedAtMs) <= REFRESH_AGE_MS) return
    await this.poll()
  }

  /** Asks for membership and what is new. At most one poll runs at a time; callers share it. Never rejects. */
  poll(): Promise<void> {
    this.#polling ??= this.#poll()
      .then(
        () => this.#problems.succeeded('poll'),
        (error: unknown) => this.#problems.failed('poll', error),
      )
      .finally(() => {
        this.#polling = null
      })
    return this.#polling
  }

  ensureCovered(fromMs: number): void {
    const nowMs = this.#options.now()
    const boundedMs = Math.max(fromMs, nowMs - this.channel.maxWindowMs)
    if (boundedMs >= nowMs - this.channel.windowMs - WINDOW_MARGIN_MS) return
    this.#extension = { fromMs: Math.min(boundedMs, this.#extension?.fromMs ?? boundedMs), askedAtMs: nowMs }
    const coverage = this.#coverage.current()
    if (coverage && coverage.coveredFromMs > boundedMs && !this.#whole) this.#startWhole()
  }

  async messageSeen(raw: unknown): Promise<void> {
    await this.#pages.storeFromEvent(raw)
  }

  async messageDeleted(ts: string): Promise<void> {
    await this.#pages.remove(ts)
  }

  /** What we knew of the membership no longer holds: until it is asked again the channel proves nothing. */
  async channelChanged(): Promise<void> {
    this.#membership = null
    this.#membershipChanges += 1
    // The answer to the event does not wait for Slack: forgetting is what must be done by then.
    void Promise.resolve(this.#polling).then(() => this.poll())
  }

  facts(clusterId: string): Omit<ChannelFacts, 'newestPostMs'> {
    return {
      label: `${this.channel.name} (${this.channel.id})`,
      membership: this.#membership,
      coverage: this.#coverage.current(),
      problem: this.#problems.current(),
      hasUnreadThread: this.#threads?.hasUnreadThreadOf(clusterId) ?? false,
      maxSilenceMs: this.channel.maxSilenceMs,
    }
  }

  status(): ChannelStatus {
    const coverage = this.#coverage.current()
    const problem = this.#problems.current()
    return {
      channel: this.channel.id,
      name: this.channel.name,
      watermarkMs: coverage?.coveredToMs ?? null,
      coveredFromMs: coverage?.coveredFromMs ?? null,
      fullReadAtMs: coverage?.fullReadAtMs ?? null,
      isReadingWhole: this.#whole !== null,
      isMember: this.#membership?.isMember ?? null,
      isArchived: this.#membership?.isArchived ?? null,
      lastErrorCode: problem?.code ?? null,
      lastErrorSinceMs: problem?.sinceMs ?? null,
      unreadThreads: this.#threads?.unreadCount ?? 0,
    }
  }

  async #poll(): Promise<void> {
    const { client, now } = this.#options
    await client.authTest()
    const changes = this.#membershipChanges
    const { isMember, isArchived } = await client.info(this.channel.id)
    if (changes === this.#membershipChanges) this.#membership = { isMember, isArchived }
    if (!isMember || isArchived) {
      this.#coverage.forget()
      throw new TerminalError(
        'unauthorized',
        'Slack: the channel proves nothing',
        isMember ? 'is_archived' : 'not_in_channel',
      )
    }
    if (this.#coverage.isBroken(now())) await this.#startWhole().topRead
    else await this.#readNew()
    if (this.#isWholeReadDue() && !this.#whole) this.#startWhole()
    this.#readThreads()
  }

  #readThreads(): void {
    void this.#threads?.catchUp().then(
      () => this.#problems.succeeded('threads'),
      (error: unknown) => this.#problems.failed('threads', error),
    )
  }

  async #readNew(): Promise<void> {
    const oldestMs =
      this.#newestTs === null
        ? (this.#coverage.current()?.coveredFromMs ?? 0)
        : slackTsToMs(this.#newestTs) - OVERLAP_MS
    const read = this.#newRead(oldestMs)
    const first = await read.next('poll')
    for (let page = first; page.cursor !== null; ) page = await read.next('poll')
    this.#coverage.readTop({
      fromMs: oldestMs,
      askedAtMs: first.askedAtMs,
      endedAtMs: this.#options.now(),
      isJoined: true,
    })
    this.#noteNewest(first.newestTs)
  }

  #startWhole(): WholeRead {
    this.#whole?.abandon()
    const { now } = this.#options
    const oldestMs = this.#windowStartMs()
    const whole = new WholeRead(this.#newRead(oldestMs), oldestMs, this.#coverage, now, {
      topRead: (page) => {
        const isJoined = this.#newestTs !== null && page.floorTs <= this.#newestTs
        this.#noteNewest(page.newestTs ?? msToSlackTs(Math.max(0, oldestMs)))
        return isJoined
      },
      failed: (error) => this.#problems.failed('whole-read', error),
      succeeded: () => this.#problems.succeeded('whole-read'),
    })
    this.#whole = whole
    void whole.done.then(() => {
      if (this.#whole === whole) this.#whole = null
      this.#readThreads()
    })
    return whole
  }

  #newRead(oldestMs: number): HistoryPages {
    const { client, now } = this.#options
    return new HistoryPages({ client, pages: this.#pages, threads: this.#threads, now }, oldestMs)
  }

  #noteNewest(ts: string | null): void {
    if (ts !== null && (this.#newestTs === null || ts > this.#newestTs)) this.#newestTs = ts
  }

  #isWholeReadDue(): boolean {
    const fullReadAtMs = this.#coverage.current()?.fullReadAtMs ?? null
    return fullReadAtMs === null || this.#options.now() - fullReadAtMs >= this.channel.wholeReadEveryMs
  }

  #windowStartMs(): number {
    const nowMs = this.#options.now()
    if (this.#extension && nowMs - this.#extension.askedAtMs > EXTENSION_KEPT_MS) this.#extension = null
    return Math.min(nowMs - this.channel.windowMs - WINDOW_MARGIN_MS, this.#extension?.fromMs ?? nowMs)
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      void this.poll().then(() =>
        this.#schedule(this.#problems.isFailing('poll') ? RETRY_AFTER_FAILURE_MS : POLL_EVERY_MS),
      )
    }, delayMs)
    this.#timer.unref()
  }
}

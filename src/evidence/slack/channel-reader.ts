import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { SlackClient } from '../../clients/slack.ts'
import { TerminalError } from '../../errors.ts'
import { msToSlackTs, slackTsToMs } from '../../model/slack-message.ts'
import type { BoardView } from './board-view.ts'
import type { Membership } from './channel-completeness.ts'
import { type ChannelReading, namedClusters } from './channel-reading.ts'
import { CoveredWindow } from './covered-window.ts'
import { HistoryPages } from './history-pages.ts'
import type { PageStore } from './page-store.ts'
import { ReadCoverage } from './read-coverage.ts'
import { ReadProblems } from './read-problems.ts'
import { ReadingPublisher } from './reading-publisher.ts'
import { ThreadReader } from './thread-reader.ts'
import type { WatchedChannel } from './watched-channel.ts'
import { WholeRead } from './whole-read.ts'

/** Time between two polls; after one that failed, or that counts for nothing, the shorter time. */
const POLL_EVERY_MS = 30_000
const RETRY_AFTER_FAILURE_MS = 5_000
/** Each poll reads again what is this much older than the newest message read, because Slack shows some messages late. */
const OVERLAP_MS = 120_000

export interface ChannelReaderOptions {
  client: SlackClient
  pages: PageStore
  view: BoardView
  /** False once another replica may be reading. */
  isReader: () => boolean
  /** What was stored before this time may be lost (ms). */
  doubtBeforeMs: () => number
  now: () => number
  logger: Logger
}

/**
 * Keeps the index of one channel true by polling, for all replicas, and says on its board how far it is. Every reader
 * begins with the whole window: what was edited or deleted while nobody read is seen before it says that anything is absent.
 */
export class ChannelReader {
  readonly #id = randomUUID()
  readonly #channel: WatchedChannel
  readonly #options: ChannelReaderOptions
  readonly #threads: ThreadReader | null
  readonly #coverage: ReadCoverage
  readonly #window: CoveredWindow
  readonly #problems: ReadProblems
  readonly #publisher: ReadingPublisher
  #membership: Membership | null = null
  /** What the board showed before the membership was asked for, and of what was asked since. */
  #changes = -1
  #heeded: { changes: number; wish: string | null } | null = null
  /** The newest message that history gave. Slack's clock, so that a wrong clock of ours skips nothing. */
  #newestTs: string | null = null
  #polling: Promise<void> | null = null
  #whole: WholeRead | null = null
  #timer: NodeJS.Timeout | null = null
  #isStopped = false

  constructor(options: ChannelReaderOptions) {
    const { client, pages, view, now, logger } = options
    this.#options = options
    this.#channel = view.channel
    this.#window = new CoveredWindow(view.channel, now)
    this.#threads = this.#channel.isReadWithThreads
      ? new ThreadReader(client, pages, { oldestMs: () => this.#window.startMs(), onRead: () => this.#say() })
      : null
    this.#coverage = new ReadCoverage(this.#channel.id)
    this.#problems = new ReadProblems(this.#channel.id, now, logger)
    this.#publisher = new ReadingPublisher({
      view,
      snapshot: () => JSON.stringify(this.#reading()),
      isReader: () => !this.#isStopped && options.isReader(),
      doubtBeforeMs: options.doubtBeforeMs,
      onLost: () => {
        logger.warn({ channel: this.#channel.id }, 'slack channel is read whole again: the store lost its reading')
        this.#coverage.forget()
        this.#threads?.forget()
      },
    })
  }

  /** Polls from now on. What an earlier reader said counts no more. */
  start(): void {
    if (this.#timer) return
    this.#say()
    this.#schedule(0)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#timer) clearTimeout(this.#timer)
    this.#whole?.abandon()
    await Promise.allSettled([this.#polling, this.#whole?.done, this.#threads?.stop()])
  }

  /** Asks for membership and what is new. At most one poll runs at a time; callers share it. Never rejects. */
  poll(): Promise<void> {
    this.#polling ??= this.#poll()
      .then(
        () => this.#problems.succeeded('poll'),
        (error: unknown) => this.#problems.failed('poll', error),
      )
      .then(() => this.#publisher.publish())
      .catch((error: unknown) => this.#problems.failed('poll', error))
      .finally(() => {
        this.#polling = null
      })
    return this.#polling
  }

  /** Does what the board asks for, once: polls where something changed or was lost, or news are wanted; reads further back. */
  heed(): void {
    const { changes, wish: document } = this.#options.view.board
    const wish = this.#options.view.wish()
    const before = this.#heeded
    this.#heeded = { changes, wish: document }
    if (wish?.fromMs != null && before?.wish !== document) this.ensureCovered(wish.fromMs, wish.fromAskedAtMs)
    const isPollWanted =
      before?.wish !== document && (wish?.pollAskedAtMs ?? 0) > (this.#coverage.current()?.coveredToMs ?? 0)
    const isChanged = this.#changes >= 0 && this.#changes !== changes && before?.changes !== changes
    const isInDoubt = this.#publisher.isInDoubt
    if (!isChanged && !isPollWanted && !isInDoubt) return
    // What is in doubt is forgotten first, so that the poll reads the whole window.
    const told = isInDoubt ? this.#publisher.publish().catch(() => undefined) : null
    void Promise.all([told, this.#polling]).then(() => this.poll())
  }

  ensureCovered(fromMs: number, askedAtMs = this.#options.now()): void {
    const startMs = this.#window.extend(fromMs, askedAtMs)
    if (startMs === null) return
    const coverage = this.#coverage.current()
    if (coverage && coverage.coveredFromMs > startMs && !this.#whole) this.#startWhole()
  }

  #reading(): ChannelReading {
    return {
      reader: this.#id,
      changes: this.#changes,
      membership: this.#membership,
      coverage: this.#coverage.current(),
      problem: this.#problems.current(),
      isReadingWhole: this.#whole !== null,
      unreadThreads: this.#threads?.unreadCount ?? 0,
      unreadClusters: namedClusters(this.#threads?.unreadClusters() ?? new Set()),
    }
  }

  /** Tells the others soon. One that fails is told with the next poll. */
  #say(): void {
    this.#publisher.publish().catch((error: unknown) => this.#problems.failed('poll', error))
  }

  async #poll(): Promise<void> {
    const { client, now, view } = this.#options
    await client.authTest()
    const { changes } = await view.read()
    const { isMember, isArchived } = await client.info(this.#channel.id)
    this.#membership = { isMember, isArchived }
    this.#changes = changes
    if (!isMember || isArchived) {
      this.#coverage.forget()
      const word = isMember ? 'is_archived' : 'not_in_channel'
      throw new TerminalError('unauthorized', 'Slack: the channel proves nothing', word)
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
    const oldestMs = this.#window.startMs()
    const whole = new WholeRead(this.#newRead(oldestMs), oldestMs, this.#coverage, now, {
      topRead: (page) => {
        const isJoined = this.#newestTs !== null && page.floorTs <= this.#newestTs
        this.#noteNewest(page.newestTs ?? msToSlackTs(Math.max(0, oldestMs)))
        return isJoined
      },
      failed: (error) => {
        this.#problems.failed('whole-read', error)
        this.#say()
      },
      succeeded: () => {
        this.#problems.succeeded('whole-read')
        this.#say()
      },
    })
    this.#whole = whole
    void whole.done.then(() => {
      if (this.#whole === whole) this.#whole = null
      this.#say()
      this.#readThreads()
    })
    return whole
  }

  #newRead(oldestMs: number): HistoryPages {
    const { client, pages, now } = this.#options
    return new HistoryPages({ client, pages, threads: this.#threads, now }, oldestMs)
  }

  #noteNewest(ts: string | null): void {
    if (ts !== null && (this.#newestTs === null || ts > this.#newestTs)) this.#newestTs = ts
  }

  #isWholeReadDue(): boolean {
    const fullReadAtMs = this.#coverage.current()?.fullReadAtMs ?? null
    return fullReadAtMs === null || this.#options.now() - fullReadAtMs >= this.#channel.wholeReadEveryMs
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      void this.poll().then(() => {
        const isWell = !this.#problems.isFailing('poll') && this.#coverage.current() !== null
        this.#schedule(isWell ? POLL_EVERY_MS : RETRY_AFTER_FAILURE_MS)
      })
    }, delayMs)
    this.#timer.unref()
  }
}

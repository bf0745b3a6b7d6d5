import PQueue from 'p-queue'
import { TransientError } from '../errors.ts'

/** Asks for a call of this rank. Returns 0 when it may be made, else the milliseconds after which to ask again. */
export type Take = (rank: number) => Promise<number>

/** Arrivals that are told apart: more than come in years, and few enough to be whole numbers times a rank. */
const ARRIVALS = 2 ** 40
/** What was not made within its time is asked for again after this part of that time, and up to twice it. */
const AGAIN_PART = 0.5
/**
 * A call that gets its turn later than its time and this is not made: the process stood still, and another may have done
 * the work meanwhile. In ms.
 */
const STANDSTILL_MS = 3_000

/**
 * The calls that share one budget, let through one by one: a higher rank before a lower one, equals in the order they
 * came. While the budget is spent nobody asks again before its time, unless a higher rank comes that may still be served.
 */
export class CallLane {
  readonly #name: string
  readonly #take: Take
  readonly #queue = new PQueue({ concurrency: 1 })
  #timer: NodeJS.Timeout | undefined
  #pausedRank = 0
  #came = 0
  /** How many wait, by rank. */
  readonly #waiting = new Map<number, number>()

  constructor(name: string, take: Take) {
    this.#name = name
    this.#take = take
  }

  /**
   * Resolves when the call may be made.
   * @throws TransientError `rate-limited` with the time to wait, where it could not be within `longestWaitMs`.
   */
  async turn(rank: number, longestWaitMs: number): Promise<void> {
    const deadlineMs = performance.now() + longestWaitMs
    // A call that asks again keeps its place: the order of arrival counts within a rank and never outweighs it.
    this.#came = (this.#came + 1) % ARRIVALS
    const priority = rank * ARRIVALS - this.#came
    const leave = new AbortController()
    const timer = setTimeout(() => leave.abort(), longestWaitMs)
    this.#count(rank, 1)
    try {
      for (;;) {
        if (this.#queue.isPaused && rank > this.#pausedRank) this.#resume()
        const waitMs = await this.#ask(rank, { priority, deadlineMs, signal: leave.signal })
        if (performance.now() > deadlineMs + STANDSTILL_MS) throw this.#limited(1_000)
        if (waitMs === 0) return
        if (performance.now() + waitMs > deadlineMs) throw this.#limited(waitMs)
      }
    } catch (error) {
      if (!leave.signal.aborted || error instanceof TransientError) throw error
      throw this.#limited(longestWaitMs * (AGAIN_PART + Math.random()))
    } finally {
      clearTimeout(timer)
      this.#count(rank, -1)
    }
  }

  #ask(
    rank: number,
    { priority, deadlineMs, signal }: { priority: number; deadlineMs: number; signal: AbortSignal },
  ): Promise<number> {
    return this.#queue.add(
      async () => {
        const waitMs = await this.#take(rank)
        // Paused before this task ends, so that nobody behind it asks in vain.
        if (waitMs > 0 && performance.now() + waitMs <= deadlineMs) this.#pause(rank, waitMs)
        return waitMs
      },
      { priority, signal },
    )
  }

  #pause(rank: number, forMs: number): void {
    // A higher rank that came meanwhile has its own reserve: it asks next.
    if ([...this.#waiting].some(([other, waiting]) => other > rank && waiting > 0)) return
    this.#queue.pause()
    this.#pausedRank = rank
    clearTimeout(this.#timer)
    // Whoever waits keeps the process alive by its own timer.
    this.#timer = setTimeout(() => this.#resume(), forMs).unref()
  }

  #count(rank: number, change: number): void {
    this.#waiting.set(rank, (this.#waiting.get(rank) ?? 0) + change)
  }

  #resume(): void {
    clearTimeout(this.#timer)
    this.#queue.start()
  }

  #limited(waitMs: number): TransientError {
    return new TransientError('rate-limited', `${this.#name}: no call left for now, not sent`, Math.ceil(waitMs))
  }
}

import { TransientError } from '../errors.ts'
import { type CallCounter, type CallCounts, memoryCounts } from './call-budget-counts.ts'
import { CallLane } from './call-budget-lane.ts'

/**
 * What may be created: below 80 a minute and 500 an hour, wherever that begins. An Enterprise Server has no such limits
 * unless it was given some; the pace costs it nothing. Source: GitHub REST API, secondary rate limits.
 */
const CONTENT = [
  { calls: 11, perSeconds: 10 },
  { calls: 70, perSeconds: 600 },
] as const
/** Any call, where nothing but a limit that GitHub told holds it back. */
const UNLIMITED = { calls: 1_000_000_000, perSeconds: 60 }
/** Longest time that a call waits for its turn, in ms. */
const LONGEST_WAIT_MS = 10_000
/** A reset further away is not believed, in ms. */
const LONGEST_CLOSED_MS = 15 * 60_000
const SHORTEST_CLOSED_MS = 1_000

/** The calls of one token of GitHub, over all replicas that share the count. */
export class GithubPace {
  readonly #now: () => number
  readonly #all: CallCounter
  readonly #content: CallLane
  #closedUntilMs = 0

  constructor({ now, counts = memoryCounts() }: { now: () => number; counts?: CallCounts }) {
    this.#now = now
    this.#all = counts.counter('github:all', UNLIMITED)
    const spans = CONTENT.map((allowance) => counts.counter(`github:content:${allowance.perSeconds}`, allowance))
    this.#content = new CallLane('GitHub content', async () => {
      for (const span of spans) {
        const waitMs = await span.take()
        if (waitMs > 0) return waitMs
      }
      return 0
    })
  }

  /** Resolves when the call may be sent. @throws TransientError `rate-limited` where a limit holds, or will for long. */
  async turn(what: string, isContent: boolean): Promise<void> {
    this.#assertOpen(what, this.#closedUntilMs - this.#now())
    this.#assertOpen(what, await this.#all.take())
    if (isContent) await this.#content.turn(1, LONGEST_WAIT_MS)
  }

  /** Takes note of an answer: a limit that was met, or a last call that was spent. */
  readonly learn = async (headers: Headers, failure: Error | null): Promise<void> => {
    const waitMs =
      failure instanceof TransientError && failure.code === 'rate-limited'
        ? (failure.retryAfterMs ?? SHORTEST_CLOSED_MS)
        : this.#untilResetMs(headers)
    if (waitMs === null) return
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#now() + waitMs)
    await this.#all.close(waitMs)
  }

  #untilResetMs(headers: Headers): number | null {
    if (headers.get('x-ratelimit-remaining') !== '0') return null
    const resetText = headers.get('x-ratelimit-reset') ?? ''
    if (!/^\d{1,12}$/.test(resetText)) return null
    return Math.min(LONGEST_CLOSED_MS, Math.max(SHORTEST_CLOSED_MS, Number(resetText) * 1_000 - this.#now()))
  }

  #assertOpen(what: string, waitMs: number): void {
    if (waitMs > 0) throw new TransientError('rate-limited', `${what}: rate limited`, waitMs)
  }
}

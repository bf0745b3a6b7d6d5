import { TransientError } from '../errors.ts'
import { type Allowance, type CallCounter, type CallCounts, memoryCounts } from './call-budget-counts.ts'
import { CallLane } from './call-budget-lane.ts'

/**
 * Tier 3 is 50 calls a minute for each method; 45 leaves room for others with our token. Short spans, so that a poll
 * waits 7 s at most behind the pages of a long read. Source: https://docs.slack.dev/apis/web-api/rate-limits
 */
export const TIER_3: Allowance = { calls: 5, perSeconds: 7 }
export const TIER_2: Allowance = { calls: 3, perSeconds: 10 }
/** Posts to one channel. Source: chat.postMessage, "one message per second per channel". */
export const ONE_A_SECOND: Allowance = { calls: 1, perSeconds: 1 }

/** Longest time that a call waits for its turn, in ms: the pages of a long read wait behind every poll. */
const LONGEST_WAIT_MS = 120_000

/** `poll` goes before `backfill` wherever both wait. */
export type ReadPriority = 'poll' | 'backfill'
const RANK: Readonly<Record<ReadPriority, number>> = { poll: 2, backfill: 1 }

interface Lane {
  counter: CallCounter
  turns: CallLane
  closedUntilMs: number
}

/**
 * Keeps the calls of each lane (a method, or a method and a channel) to its pace, over all replicas that share the count.
 * When Slack has limited a lane, its calls fail at once until the time Slack named, without being sent.
 */
export class SlackPace {
  readonly #lanes = new Map<string, Lane>()
  readonly #now: () => number
  readonly #counts: CallCounts

  constructor({ now, counts = memoryCounts() }: { now: () => number; counts?: CallCounts }) {
    this.#now = now
    this.#counts = counts
  }

  async run<T>(lane: { name: string; pace: Allowance; priority?: ReadPriority }, call: () => Promise<T>): Promise<T> {
    const state = this.#laneOf(lane.name, lane.pace)
    await state.turns.turn(RANK[lane.priority ?? 'poll'], LONGEST_WAIT_MS)
    const waitMs = state.closedUntilMs - this.#now()
    if (waitMs > 0) throw new TransientError('rate-limited', `Slack ${lane.name}: rate limited, not sent`, waitMs)
    try {
      return await call()
    } catch (error) {
      if (error instanceof TransientError && error.code === 'rate-limited' && error.retryAfterMs !== null) {
        state.closedUntilMs = this.#now() + error.retryAfterMs
        await state.counter.close(error.retryAfterMs)
      }
      throw error
    }
  }

  #laneOf(name: string, pace: Allowance): Lane {
    const known = this.#lanes.get(name)
    if (known) return known
    const counter = this.#counts.counter(`slack:${name}`, pace)
    const lane: Lane = {
      counter,
      closedUntilMs: 0,
      // A limited lane does not keep anybody waiting: what waits for it is told below, in the caller's own time.
      turns: new CallLane(`Slack ${name}`, () =>
        lane.closedUntilMs > this.#now() ? Promise.resolve(0) : counter.take(),
      ),
    }
    this.#lanes.set(name, lane)
    return lane
  }
}

import PQueue from 'p-queue'
import { TransientError } from '../errors.ts'

/** How many calls may start in how long. */
export interface Pace {
  calls: number
  perMs: number
}

/**
 * Tier 3 is 50 calls a minute for each method; 45 leaves room for others with our token. Short windows, so that a poll
 * waits 7 s at most behind the pages of a long read. Source: https://docs.slack.dev/apis/web-api/rate-limits
 */
export const TIER_3: Pace = { calls: 5, perMs: 6_700 }
export const TIER_2: Pace = { calls: 3, perMs: 10_000 }
/** Posts to one channel. Source: chat.postMessage, "one message per second per channel". */
export const ONE_A_SECOND: Pace = { calls: 1, perMs: 1_000 }

/** `poll` goes before `backfill` wherever both wait. */
export type ReadPriority = 'poll' | 'backfill'
const PRIORITY: Readonly<Record<ReadPriority, number>> = { poll: 1, backfill: 0 }

/**
 * Keeps the calls of each lane (a method, or a method and a channel) to its pace. When Slack has limited a lane, its
 * calls fail at once until the time Slack named, without being sent.
 */
export class SlackPace {
  readonly #lanes = new Map<string, { queue: PQueue; closedUntilMs: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async run<T>(lane: { name: string; pace: Pace; priority?: ReadPriority }, call: () => Promise<T>): Promise<T> {
    const state = this.#laneOf(lane.name, lane.pace)
    return state.queue.add(
      async () => {
        const waitMs = state.closedUntilMs - this.#now()
        if (waitMs > 0) throw new TransientError('rate-limited', `Slack ${lane.name}: rate limited, not sent`, waitMs)
        try {
          return await call()
        } catch (error) {
          if (error instanceof TransientError && error.retryAfterMs !== null)
            state.closedUntilMs = this.#now() + error.retryAfterMs
          throw error
        }
      },
      { priority: PRIORITY[lane.priority ?? 'poll'] },
    )
  }

  #laneOf(name: string, pace: Pace): { queue: PQueue; closedUntilMs: number } {
    const known = this.#lanes.get(name)
    if (known) return known
    const lane = { queue: new PQueue({ intervalCap: pace.calls, interval: pace.perMs }), closedUntilMs: 0 }
    this.#lanes.set(name, lane)
    return lane
  }
}

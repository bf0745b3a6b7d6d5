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

/** `poll` goes before `backfill` wherever both wait. */
export type ReadPriority = 'poll' | 'backfill'
/**
 * The order of what is written: a page that nobody could ring; what asks people something, which lapses and is asked nowhere
 * else; a page that stays with them, which PagerDuty rings and notes too; then the rest. Source: PRODUCT.md, "Order of spending".
 */
export type WriteUrgency = 'cry' | 'ask' | 'page' | 'news'
export const WRITE_RANK: Readonly<Record<WriteUrgency, number>> = { cry: 6, ask: 5, page: 4, news: 3 }
const RANK: Readonly<Record<ReadPriority | WriteUrgency, number>> = { ...WRITE_RANK, poll: 2, backfill: 1 }

/** Longest time that a call waits for its turn, in ms: the pages of a long read wait behind every poll. */
const LONGEST_WAIT_MS = 120_000
/** The same for news: its case may have to ask people something meanwhile, and has one message under way at a time. */
const LONGEST_NEWS_WAIT_MS = 15_000

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

  async run<T>(
    lane: { name: string; pace: Allowance; priority?: ReadPriority | WriteUrgency },
    call: () => Promise<T>,
  ): Promise<T> {
    const { name, pace, priority = 'poll' } = lane
    const state = this.#laneOf(name, pace)
    await state.turns.turn(RANK[priority], priority === 'news' ? LONGEST_NEWS_WAIT_MS : LONGEST_WAIT_MS)
    const waitMs = state.closedUntilMs - this.#now()
    if (waitMs > 0) throw new TransientError('rate-limited', `Slack ${name}: rate limited, not sent`, waitMs)
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

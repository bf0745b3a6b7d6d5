import type { Allowance, CallCounter, CallCounts } from './call-budget-counts.ts'
import { CallLane } from './call-budget-lane.ts'

/**
 * What a call is for. Under scarcity calls are spent in the order of `RANK`: a page that has to ring, the note of a page
 * that stays with people, the snooze that follows our acknowledgement, and then the rest, where what a case still owes
 * goes before what begins another one. Source: PRODUCT.md, "Order of spending".
 */
export type Spending = 'wake' | 'page-note' | 'snooze' | 'note' | 'acknowledge' | 'read'

const RANK: Readonly<Record<Spending, number>> = {
  wake: 6,
  'page-note': 5,
  snooze: 4,
  note: 3,
  acknowledge: 2,
  read: 1,
}

/**
 * Longest time for which a call waits for its turn, in ms. A write stays within a lease: its intent is durable by then. A
 * read has nothing behind it yet, and giving it up would cost the reads before it once more.
 */
const LONGEST_WAIT_MS: Readonly<Record<Spending, number>> = {
  wake: 30_000,
  'page-note': 10_000,
  snooze: 10_000,
  note: 10_000,
  acknowledge: 10_000,
  read: 20_000,
}

/** Calls a minute where PagerDuty limits without saying to how many. Source: PagerDuty REST API, rate limits. */
const DOCUMENTED_LIMIT = 960
/** Until PagerDuty has stated a limit nothing is held back: it states it in its first answer. */
const UNLIMITED: Allowance = { calls: 1_000_000_000, perSeconds: 1 }
/** Length of a span in seconds, and the longer one of a limit of which two seconds hold too few calls to be divided. */
const SPAN_SECONDS = 2
const COARSE_SPAN_SECONDS = 10
const COARSE_BELOW = 480
/** The part of a span that everybody may spend, and the part that each higher rank has on top. */
const COMMON_PART = 15 / 16
const RESERVE_PART = 1 / 32
/** What wakes have on top: all that they get where everything else is held back. */
const PROBES: Allowance = { calls: 4, perSeconds: SPAN_SECONDS }
/** The ranks that have a reserve. */
const RESERVED = ['snooze', 'page-note', 'wake'] as const

/** What an answer says of the limit; null where it does not say. */
export interface StatedLimit {
  /** Calls a minute. */
  limit: number | null
  remaining: number | null
  /** Seconds until the count begins anew. */
  resetSeconds: number | null
}

/**
 * The calls of one PagerDuty account over all replicas. They are spread over the minute in spans of two seconds, so that
 * about no minute, wherever it begins, holds more than the limit, and a wake never waits for the next minute. Each rank
 * above the common ones has a reserve that the lower ones, of any replica, can't spend.
 * Source: PagerDuty REST API, rate limits: `ratelimit-limit`, `-remaining`, `-reset` (seconds to wait).
 */
export class CallBudget {
  readonly #common: CallCounter
  readonly #reserves: Readonly<Record<(typeof RESERVED)[number], CallCounter>>
  readonly #lane: CallLane
  readonly #probes: CallLane
  readonly #now: () => number
  #limit: number | null = null
  #closedUntilMs = 0
  #slow = { perSecond: Number.POSITIVE_INFINITY, untilMs: 0 }

  constructor({ name, counts, now }: { name: string; counts: CallCounts; now: () => number }) {
    const counter = (share: string) => counts.counter(`${name}:${share}`, UNLIMITED)
    this.#now = now
    this.#common = counter('common')
    this.#reserves = {
      snooze: counter('snooze'),
      'page-note': counter('page-note'),
      wake: counts.counter(`${name}:wake`, PROBES),
    }
    this.#lane = new CallLane(name, (rank) => this.#take(rank))
    this.#probes = new CallLane(name, () => this.#reserves.wake.take())
  }

  /** Resolves when the call may be sent. @throws TransientError `rate-limited` where that would take too long. */
  turn(spending: Spending): Promise<void> {
    return this.#lane.turn(RANK[spending], LONGEST_WAIT_MS[spending])
  }

  /** The same for a wake where PagerDuty is away: no more than a few a second are tried, however many pages have to ring. */
  probe(): Promise<void> {
    return this.#probes.turn(RANK.wake, LONGEST_WAIT_MS.wake)
  }

  /** Takes note of what an answer says: fewer calls left than we have counted means that other programs use them too. */
  learn({ limit, remaining, resetSeconds }: StatedLimit): void {
    if (limit !== null) this.#limit = limit
    if (this.#limit === null || remaining === null || resetSeconds === null) return
    const untilMs = this.#now() + resetSeconds * 1_000
    if (remaining === 0) this.#closedUntilMs = Math.max(this.#closedUntilMs, untilMs)
    else this.#slow = { perSecond: remaining / resetSeconds, untilMs }
  }

  /** Ends what is under way for so long (ms): no call, of any replica, but a few of a wake's. */
  async close(forMs: number): Promise<void> {
    this.#limit ??= DOCUMENTED_LIMIT
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#now() + forMs)
    const { snooze, 'page-note': pageNote } = this.#reserves
    await Promise.all([this.#common, snooze, pageNote].map((counter) => counter.close(forMs)))
  }

  async #take(rank: number): Promise<number> {
    this.#divide()
    const reserves = RESERVED.filter((spending) => RANK[spending] <= rank).map((spending) => this.#reserves[spending])
    const closedMs = this.#closedUntilMs - this.#now()
    if (closedMs > 0) return rank === RANK.wake ? this.#reserves.wake.take() : closedMs
    let waitMs = Number.POSITIVE_INFINITY
    for (const counter of [this.#common, ...reserves]) {
      const ownWaitMs = await counter.take()
      if (ownWaitMs === 0) return 0
      waitMs = Math.min(waitMs, ownWaitMs)
    }
    return waitMs
  }

  /** Divides the limit, as it is known now, into spans and shares. */
  #divide(): void {
    if (this.#limit === null) return
    const perSeconds = this.#limit < COARSE_BELOW ? COARSE_SPAN_SECONDS : SPAN_SECONDS
    const slowed = this.#slow.untilMs > this.#now() ? this.#slow.perSecond : Number.POSITIVE_INFINITY
    const calls = Math.min(this.#limit / 60, slowed) * perSeconds
    this.#common.allow({ calls: Math.max(1, Math.floor(calls * COMMON_PART)), perSeconds })
    const reserve = { calls: Math.max(1, Math.floor(calls * RESERVE_PART)), perSeconds }
    this.#reserves.snooze.allow(reserve)
    this.#reserves['page-note'].allow(reserve)
  }
}

import type { IncomingHttpHeaders } from 'node:http'
import { TransientError } from '../errors.ts'
import { CallBudget, type Spending, type StatedLimit } from './call-budget.ts'
import { type CallCounts, memoryCounts } from './call-budget-counts.ts'
import { Circuit, type CircuitWord } from './circuit.ts'
import { RetryBudget } from './circuit-retries.ts'
import { saidWaitMs } from './http-outcome.ts'

/** Shortest wait after a 429, and the longest after one that does not say for how long, in ms. */
const BASE_WAIT_MS = 1_000
const LONGEST_UNSAID_MS = 60_000
/** A count that begins anew later than this is not PagerDuty's, whose limit is by the minute. In seconds. */
const LONGEST_RESET_SECONDS = 60
const LARGEST_LIMIT = 1_000_000

export interface PagerdutyGateOptions {
  /** Where calls are counted. Default: in this process. */
  counts?: CallCounts
  onCircuit?: (state: CircuitWord) => void
  now: () => number
}

/**
 * What every call to PagerDuty passes: it waits for its turn in the budget, is not sent where PagerDuty is away, and what
 * the answer says of limits is obeyed. A wake is always tried.
 */
export class PagerdutyGate {
  readonly #budget: CallBudget
  readonly #circuit: Circuit
  readonly #retries: RetryBudget
  readonly #now: () => number
  #unsaid = 0

  constructor({ counts = memoryCounts(), onCircuit, now }: PagerdutyGateOptions) {
    this.#now = now
    this.#budget = new CallBudget({ name: 'pagerduty', counts, now })
    this.#circuit = new Circuit({ name: 'PagerDuty', ...(onCircuit ? { onChange: onCircuit } : {}) })
    this.#retries = new RetryBudget(now)
  }

  /**
   * Makes the call when it is its turn.
   * @throws TransientError `rate-limited` or `not-sent` without making it, where there is no call left or PagerDuty is away.
   */
  async pass<T>(what: string, spending: Spending, call: () => Promise<T>): Promise<T> {
    if (spending === 'wake') {
      await (this.#circuit.state() === 'closed' ? this.#budget.turn(spending) : this.#budget.probe())
      return call()
    }
    this.#circuit.check(what)
    await this.#budget.turn(spending)
    return this.#circuit.run(what, call)
  }

  /** Makes the read, and once more where it got no answer and the tenth of all that may be repeated is not used up. */
  async retrying<T>(read: () => Promise<T>, pause: () => Promise<unknown>): Promise<T> {
    this.#retries.countFirst()
    try {
      return await read()
    } catch (error) {
      // One that says when to ask again was not sent, or is to be left alone until then.
      const isWorthIt = error instanceof TransientError && error.code !== 'rate-limited' && error.retryAfterMs === null
      if (!isWorthIt || !this.#retries.mayRepeat()) throw error
      await pause()
      return read()
    }
  }

  /** Takes note of an answer's status and headers. */
  async learn({ status, headers }: { status: number; headers: IncomingHttpHeaders }): Promise<void> {
    this.#budget.learn(statedLimit(headers))
    if (status !== 429) {
      this.#unsaid = 0
      return
    }
    const waitMs = saidWaitMs(waitHeader(headers), this.#now()) ?? this.#unsaidWaitMs()
    await this.#budget.close(Math.max(BASE_WAIT_MS, waitMs))
  }

  /** Full jitter, wider with each 429 in a row: replicas that were refused together do not come back together. */
  #unsaidWaitMs(): number {
    this.#unsaid = Math.min(this.#unsaid + 1, 10)
    return Math.random() * Math.min(LONGEST_UNSAID_MS, BASE_WAIT_MS * 2 ** this.#unsaid)
  }
}

/** The header by which an answer says how long to wait: PagerDuty's own first. */
export function waitHeader(headers: IncomingHttpHeaders): string | undefined {
  return single(headers['ratelimit-reset']) ?? single(headers['retry-after'])
}

/** What the headers say of the limit; what can't be read is not said. */
export function statedLimit(headers: IncomingHttpHeaders): StatedLimit {
  const limit = whole(headers['ratelimit-limit'])
  const resetSeconds = whole(headers['ratelimit-reset'])
  return {
    limit: limit === 0 || (limit ?? 0) > LARGEST_LIMIT ? null : limit,
    remaining: whole(headers['ratelimit-remaining']),
    resetSeconds: resetSeconds === null ? null : Math.min(LONGEST_RESET_SECONDS, Math.max(1, resetSeconds)),
  }
}

function whole(header: string | string[] | undefined): number | null {
  const text = single(header)?.trim() ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
} from 'cockatiel'
import { TerminalError, TransientError } from '../errors.ts'

/** Failures in a row after which an upstream counts as away. */
const FAILURES = 5
/** First and longest time for which an upstream that is away is left alone, in ms; it doubles with each probe that fails. */
const FIRST_REST_MS = 2_000
const LONGEST_REST_MS = 30_000
/** Refusals in a row after which our credentials count as refused. One alone may be about the one thing asked for. */
const REFUSALS = 2
/** Time for which an upstream that refuses our credentials is left alone, in ms: with the two before, three calls a minute. */
const REFUSED_REST_MS = 31_000
/** Callers are sent away for up to so much longer than the rest lasts, so that they do not come back all at once. */
const SPREAD = 0.5

export type CircuitWord = 'closed' | 'half-open' | 'open'

export interface CircuitOptions {
  /** For messages: the upstream's name. */
  name: string
  /** Told of every change, and of the state at the beginning. */
  onChange?: (state: CircuitWord) => void
  /** False for a refusal that is about the one thing asked for. By default every 401 and 403 is about our credentials. */
  isOfCredentials?: (refusal: TerminalError) => boolean
}

/**
 * Leaves an upstream alone that does not answer, or refuses our credentials: calls fail at once as `not-sent`, with the
 * time after which to ask again. Then one call probes, and the rest of them waits for what it finds. One for each upstream
 * and replica.
 */
export class Circuit {
  readonly #name: string
  readonly #away: CircuitBreakerPolicy
  readonly #refused: CircuitBreakerPolicy
  #untilMs = 0

  constructor({ name, onChange = () => undefined, isOfCredentials = () => true }: CircuitOptions) {
    this.#name = name
    const resting = (restMs: (attempt: number) => number) =>
      new DelegateBackoff<{ attempt: number }, undefined>(({ attempt }) => {
        const ms = restMs(attempt)
        this.#untilMs = Math.max(this.#untilMs, Date.now() + ms)
        return ms
      })
    this.#away = circuitBreaker(
      handleWhen((error) => error instanceof TransientError && error.code !== 'rate-limited'),
      {
        breaker: new ConsecutiveBreaker(FAILURES),
        halfOpenAfter: resting((attempt) => Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (attempt - 1))),
      },
    )
    this.#refused = circuitBreaker(
      handleWhen((error) => error instanceof TerminalError && error.code === 'unauthorized' && isOfCredentials(error)),
      { breaker: new ConsecutiveBreaker(REFUSALS), halfOpenAfter: resting(() => REFUSED_REST_MS) },
    )
    for (const breaker of [this.#away, this.#refused]) breaker.onStateChange(() => onChange(this.state()))
    onChange(this.state())
  }

  state(): CircuitWord {
    const states = [this.#away.state, this.#refused.state]
    if (states.includes(CircuitState.Open)) return 'open'
    return states.includes(CircuitState.HalfOpen) ? 'half-open' : 'closed'
  }

  /** @throws TransientError `not-sent` while the upstream is left alone: asked before a call waits for its turn. */
  check(what: string): void {
    if (this.state() === 'open' && Date.now() < this.#untilMs) throw this.#open(what)
  }

  /** Makes the call and learns from how it ends. @throws TransientError `not-sent` while the upstream is left alone. */
  async run<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      const ended = await this.#away.execute(() => this.#refused.execute(() => settle(call)))
      if ('failure' in ended) throw ended.failure
      return ended.answer
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.#open(what) : error
    }
  }

  #open(what: string): TransientError {
    const restMs = Math.max(1_000, this.#untilMs - Date.now())
    const why = this.#refused.state === CircuitState.Open ? 'refuses our credentials' : 'does not answer'
    const waitMs = Math.ceil(restMs * (1 + SPREAD * Math.random()))
    return new TransientError('not-sent', `${what}: not sent, ${this.#name} ${why}`, waitMs)
  }
}

/** An answer of any kind shows that the upstream is there: only what a breaker counts is thrown at it. */
async function settle<T>(call: () => Promise<T>): Promise<{ answer: T } | { failure: unknown }> {
  try {
    return { answer: await call() }
  } catch (error) {
    if (error instanceof TransientError && error.code !== 'rate-limited') throw error
    if (error instanceof TerminalError && error.code === 'unauthorized') throw error
    return { failure: error }
  }
}

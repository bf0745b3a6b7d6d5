/** Repeats for each first try. */
const PART = 0.1
/** Repeats that a span has at least: a single lost answer is asked for again. */
const LEAST = 2
const SPAN_MS = 60_000

/**
 * How often calls may be repeated: for a tenth of the first tries, counted by the minute. An upstream that fails every call
 * gets hardly more of them than one that answers.
 */
export class RetryBudget {
  readonly #now: () => number
  #spanStartMs = Number.NEGATIVE_INFINITY
  #firsts = 0
  #repeats = 0

  constructor(now: () => number) {
    this.#now = now
  }

  countFirst(): void {
    this.#renew()
    this.#firsts += 1
  }

  /** Counts a repeat and returns true, or returns false where there have been too many. */
  mayRepeat(): boolean {
    this.#renew()
    if (this.#repeats + 1 > Math.max(LEAST, this.#firsts * PART)) return false
    this.#repeats += 1
    return true
  }

  #renew(): void {
    // A clock that was set back begins a new span too.
    const ageMs = this.#now() - this.#spanStartMs
    if (ageMs >= 0 && ageMs < SPAN_MS) return
    this.#spanStartMs = this.#now()
    this.#firsts = 0
    this.#repeats = 0
  }
}

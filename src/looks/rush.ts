/** So many webhooks within so long (ms) are a rush: more will follow. */
const MANY = 20
const SPAN_MS = 100
/** Longest time in a row for which looks make way, in ms. Once it is used up, half of it has to pass before they do again. */
const LONGEST_MS = 3_000

/**
 * Says whether looks should make way for webhooks that pour in: accepting is what the sender waits for, and everything
 * that looks do costs it time. Times in ms by a clock that is never set.
 */
export class Rush {
  #spanBeganMs = Number.NEGATIVE_INFINITY
  #inSpan = 0
  #untilMs = Number.NEGATIVE_INFINITY
  #leftMs = LONGEST_MS
  #askedAtMs: number | null = null
  #isMakingWay = false

  /** A webhook was accepted. */
  came(nowMs: number): void {
    if (nowMs - this.#spanBeganMs >= SPAN_MS) {
      this.#spanBeganMs = nowMs
      this.#inSpan = 0
    }
    this.#inSpan += 1
    if (this.#inSpan >= MANY) this.#untilMs = nowMs + SPAN_MS
  }

  /** True while looks should make way. What was answered last counts as done since then. */
  isOn(nowMs: number): boolean {
    const sinceMs = nowMs - (this.#askedAtMs ?? nowMs)
    this.#askedAtMs = nowMs
    this.#leftMs = Math.min(LONGEST_MS, Math.max(0, this.#leftMs + (this.#isMakingWay ? -sinceMs : sinceMs)))
    const leastMs = this.#isMakingWay ? 0 : LONGEST_MS / 2
    this.#isMakingWay = nowMs < this.#untilMs && this.#leftMs > leastMs
    return this.#isMakingWay
  }
}

import type { SandboxClock } from '../clock.ts'
import type { PagerdutySettings } from './account.ts'

const WINDOW_MS = 60_000

/** Counts the calls of a key in windows of a minute. */
export class RateLimit {
  readonly #clock: SandboxClock
  #windowStartMs = 0
  #used = 0

  constructor(clock: SandboxClock) {
    this.#clock = clock
  }

  /** Counts a call. Returns whether it is over the limit, and the headers; none while there is no limit. */
  count({ rateLimitPerMinute: limit }: PagerdutySettings): { isOver: boolean; headers: Record<string, string> } {
    if (limit === null) return { isOver: false, headers: {} }
    const nowMs = this.#clock.now().getTime()
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = nowMs
      this.#used = 0
    }
    this.#used += 1
    // PagerDuty's reset is the number of seconds to wait, not a time.
    const waitSeconds = Math.ceil((this.#windowStartMs + WINDOW_MS - nowMs) / 1000)
    const headers = {
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': String(Math.max(limit - this.#used, 0)),
      'ratelimit-reset': String(waitSeconds),
    }
    return { isOver: this.#used > limit, headers }
  }

  reset(): void {
    this.#windowStartMs = 0
    this.#used = 0
  }
}

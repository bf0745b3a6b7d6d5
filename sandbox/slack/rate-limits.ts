import type { SandboxClock } from '../clock.ts'

const WINDOW_MS = 60_000

/** Calls a minute by Slack's tiers. Source: Slack, rate limits. */
export const TIERS = { tier2: 20, tier3: 50, tier4: 100 } as const

/** Limits per method over a sliding minute of sandbox time; none until one is set. */
export class RateLimits {
  readonly #clock: SandboxClock
  readonly #perMinute = new Map<string, number>()
  readonly #calls = new Map<string, number[]>()

  constructor(clock: SandboxClock) {
    this.#clock = clock
  }

  /** Calls a minute for this method; null lifts the limit. */
  set(method: string, perMinute: number | null): void {
    if (perMinute === null) this.#perMinute.delete(method)
    else this.#perMinute.set(method, perMinute)
  }

  /** Counts the call; the seconds to wait if it is one too many, which is then not counted. */
  take(method: string): number | undefined {
    const limit = this.#perMinute.get(method)
    if (limit === undefined) return undefined
    const nowMs = this.#clock.now().getTime()
    const recent = (this.#calls.get(method) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS)
    this.#calls.set(method, recent)
    if (recent.length >= limit) {
      const oldestMs = recent[recent.length - limit] ?? nowMs
      return Math.max(1, Math.ceil((oldestMs + WINDOW_MS - nowMs) / 1000))
    }
    recent.push(nowMs)
    return undefined
  }

  reset(): void {
    this.#perMinute.clear()
    this.#calls.clear()
  }
}

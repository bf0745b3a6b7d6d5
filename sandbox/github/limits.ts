import type { SandboxClock } from '../clock.ts'
import { GithubRefusal } from './refusal.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Requests an hour. Source: GitHub, rate limits for the REST API. */
const DEFAULT_HOURLY = 5_000

export type Flavour = 'ghes' | 'cloud'

/** How the next requests are refused. */
export interface SecondaryLimit {
  status: 403 | 429
  /** Seconds; absent: no `retry-after` header is sent. */
  retryAfterSeconds?: number
  /** Requests refused before it ends. Default 1. */
  times?: number
  /** Refuse writes only. Default true. */
  writesOnly?: boolean
}

/** Primary limit (cloud alone; Enterprise Server ships without) and secondary limits. */
export class GithubLimits {
  readonly #clock: SandboxClock
  #hourly = DEFAULT_HOURLY
  #used = 0
  #windowStartMs: number
  #secondary:
    | (Required<Omit<SecondaryLimit, 'retryAfterSeconds'>> & { retryAfterSeconds: number | undefined })
    | undefined
  #creationsPerMinute: number | undefined
  #creationsMs: number[] = []

  constructor(clock: SandboxClock) {
    this.#clock = clock
    this.#windowStartMs = clock.now().getTime()
  }

  setHourly(requests: number): void {
    this.#hourly = requests
    this.#used = 0
    this.#windowStartMs = this.#clock.now().getTime()
  }

  setSecondary(limit: SecondaryLimit | null): void {
    this.#secondary = limit
      ? { times: 1, writesOnly: true, ...limit, retryAfterSeconds: limit.retryAfterSeconds }
      : undefined
  }

  /** Content creations a minute, on cloud about 80; null: no limit. */
  setCreationsPerMinute(count: number | null): void {
    this.#creationsPerMinute = count ?? undefined
  }

  /** Counts the request. @throws GithubRefusal 403 or 429. */
  take(flavour: Flavour, method: string): void {
    const nowMs = this.#clock.now().getTime()
    if (flavour === 'cloud') this.#takePrimary(nowMs)
    const isWrite = method !== 'GET'
    const limit = this.#secondary
    if (limit && limit.times > 0 && (isWrite || !limit.writesOnly)) {
      limit.times -= 1
      throw secondaryRefusal(limit.status, limit.retryAfterSeconds)
    }
    if (method === 'POST' && this.#creationsPerMinute !== undefined) {
      this.#creationsMs = this.#creationsMs.filter((atMs) => atMs > nowMs - MINUTE_MS)
      if (this.#creationsMs.length >= this.#creationsPerMinute) throw secondaryRefusal(403, 60)
      this.#creationsMs.push(nowMs)
    }
  }

  /** The x-ratelimit headers, which only the cloud sends. */
  headers(flavour: Flavour): Record<string, string> {
    if (flavour === 'ghes') return {}
    const { limit, remaining, reset, used } = this.core()
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-used': String(used),
      'x-ratelimit-resource': 'core',
    }
  }

  /** The state of the primary limit; `reset` in epoch seconds. */
  core() {
    const remaining = Math.max(0, this.#hourly - this.#used)
    const reset = Math.ceil((this.#windowStartMs + HOUR_MS) / 1000)
    return { limit: this.#hourly, remaining, reset, used: Math.min(this.#used, this.#hourly) }
  }

  reset(): void {
    this.setHourly(DEFAULT_HOURLY)
    this.#secondary = undefined
    this.#creationsPerMinute = undefined
    this.#creationsMs = []
  }

  #takePrimary(nowMs: number): void {
    if (nowMs >= this.#windowStartMs + HOUR_MS) {
      this.#windowStartMs = nowMs
      this.#used = 0
    }
    if (this.#used >= this.#hourly) throw new GithubRefusal(403, 'API rate limit exceeded for user ID 900001.')
    this.#used += 1
  }
}

function secondaryRefusal(status: 403 | 429, retryAfterSeconds: number | undefined): GithubRefusal {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  return new GithubRefusal(status, message, { headers })
}

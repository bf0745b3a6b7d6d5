import { WISH_COUNTS_MS } from './channel-reading.ts'
import { extendedStartMs, usualStartMs, type WatchedChannel } from './watched-channel.ts'

/** From when on one channel has to be covered: its usual window, or longer for as long as questions ask for it. */
export class CoveredWindow {
  readonly #channel: WatchedChannel
  readonly #now: () => number
  #extension: { fromMs: number; askedAtMs: number } | null = null

  constructor(channel: WatchedChannel, now: () => number) {
    this.#channel = channel
    this.#now = now
  }

  startMs(): number {
    const nowMs = this.#now()
    if (this.#extension && nowMs - this.#extension.askedAtMs > WISH_COUNTS_MS) this.#extension = null
    return Math.min(usualStartMs(this.#channel, nowMs), this.#extension?.fromMs ?? nowMs)
  }

  /** Takes in a question from there. Returns the start that it needs (ms), or null where the usual window has it. */
  extend(fromMs: number, askedAtMs: number): number | null {
    const startMs = extendedStartMs(this.#channel, fromMs, this.#now())
    if (startMs !== null) this.#extension = { fromMs: Math.min(startMs, this.#extension?.fromMs ?? startMs), askedAtMs }
    return startMs
  }
}

import type { ChannelCoverage } from '../../store/message-index.ts'
import { READ_PROVES_MS } from './channel-completeness.ts'

/** One read that reached the channel's newest message. Times are milliseconds. */
export interface TopRead {
  fromMs: number
  askedAtMs: number
  endedAtMs: number
  /** It reached down to what was read before, so that nothing lies between. */
  isJoined: boolean
}

/**
 * The span of one channel that this process has read without a gap:
 *
 *     nothing --top read--> [from, to] --top reads extend `to`, pages of a whole read extend `from` downwards-->
 *        ^                      |
 *        '------ gap -----------'   (no read ended for 60 s, or reads that do not join): a new span begins
 *
 * Each new span has another `generation`, so that a whole read begun before a gap does not vouch for what came after.
 */
export class ReadCoverage {
  readonly #channel: string
  #span: ChannelCoverage | null = null
  generation = 0

  constructor(channel: string) {
    this.#channel = channel
  }

  current(): ChannelCoverage | null {
    return this.#span
  }

  /** True when a read that ends now would leave a gap after the last one; also when the clock went back. */
  isBroken(nowMs: number): boolean {
    if (!this.#span) return true
    const ageMs = nowMs - this.#span.readEndedAtMs
    return ageMs > READ_PROVES_MS || ageMs < -READ_PROVES_MS
  }

  readTop({ fromMs, askedAtMs, endedAtMs, isJoined }: TopRead): void {
    const span = this.#span
    if (span && isJoined && !this.isBroken(endedAtMs)) {
      this.#span = { ...span, coveredToMs: askedAtMs, readEndedAtMs: endedAtMs }
      return
    }
    this.generation += 1
    const times = { coveredFromMs: fromMs, coveredToMs: askedAtMs, readEndedAtMs: endedAtMs, fullReadAtMs: null }
    this.#span = { channel: this.#channel, ...times }
  }

  readDown(fromMs: number): void {
    if (this.#span && fromMs < this.#span.coveredFromMs) this.#span = { ...this.#span, coveredFromMs: fromMs }
  }

  /** A whole read from `fromMs` ended. It becomes the covered start even if an older one was: that is not re-read any more. */
  readWhole(fromMs: number, endedAtMs: number): void {
    if (this.#span) this.#span = { ...this.#span, coveredFromMs: fromMs, fullReadAtMs: endedAtMs }
  }

  forget(): void {
    this.generation += 1
    this.#span = null
  }
}

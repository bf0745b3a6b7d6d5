/** The sandbox's own time: real time plus a jump, so that a two-hour snooze can end in a test. */
export class SandboxClock {
  #offsetMs = 0
  readonly #listeners = new Set<() => void>()

  now(): Date {
    return new Date(Date.now() + this.#offsetMs)
  }

  /** Moves time forward and lets upstreams run what fell due. */
  jump(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('the sandbox clock only jumps forward, by milliseconds')
    this.#offsetMs += ms
    for (const listener of this.#listeners) listener()
  }

  onJump(listener: () => void): void {
    this.#listeners.add(listener)
  }
}

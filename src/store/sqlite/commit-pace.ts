/** Share of the time that commits may take while there is more to write than that: each stops the event loop for a sync. */
const SHARE = 0.1
/** Time for commits that a quiet store has saved up, in ms: what comes after a pause is committed at once. */
const SAVED_MS = 10
/** Longest wait of a write for its commit, in ms, however slow the disk. */
const LONGEST_WAIT_MS = 5

/** Says how long to gather writes before the next commit. Alone a write never waits; in a burst one sync serves many. */
export class CommitPace {
  #savedMs = SAVED_MS
  #atMs: number

  constructor(nowMs: number) {
    this.#atMs = nowMs
  }

  /** Milliseconds from now (a monotonic time, ms) until the next commit should start; 0: at once. */
  waitMs(nowMs: number): number {
    this.#earn(nowMs)
    return this.#savedMs > 0 ? 0 : Math.min(LONGEST_WAIT_MS, -this.#savedMs / SHARE)
  }

  /** A commit took that long, in ms. */
  took(ms: number, nowMs: number): void {
    this.#earn(nowMs)
    // What a slow disk took beyond the longest wait is not held against the writes to come.
    this.#savedMs = Math.max(this.#savedMs - ms, -LONGEST_WAIT_MS * SHARE)
  }

  #earn(nowMs: number): void {
    this.#savedMs = Math.min(SAVED_MS, this.#savedMs + (nowMs - this.#atMs) * SHARE)
    this.#atMs = nowMs
  }
}

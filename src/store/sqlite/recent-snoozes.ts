import type { Database } from './database.ts'
import { integer, text } from './row.ts'

/**
 * When the real snoozes of late were made, in memory: every look asks how many there were within the hour, and counting
 * them in the file reads each of them anew.
 */
export class RecentSnoozes {
  readonly #db: Database
  /** By effect key, ms since the epoch; null until it is read from the store. */
  #begun: Map<string, number> | null = null
  /** Everything from then on is known. */
  #sinceMs = Number.POSITIVE_INFINITY

  constructor(db: Database) {
    this.#db = db
  }

  /** Real snoozes begun since a time (ms). */
  count(sinceMs: number): number {
    let count = 0
    for (const [key, fromMs] of this.#known(sinceMs)) {
      if (fromMs >= sinceMs) count += 1
      else this.#forget(key, fromMs)
    }
    return count
  }

  /** A real snooze is being stored. */
  add(effectKey: string, fromMs: number): void {
    this.#begun?.set(effectKey, Math.max(fromMs, this.#begun.get(effectKey) ?? fromMs))
  }

  /** What was stored was taken back: the store knows. */
  reset(): void {
    this.#begun = null
  }

  #known(sinceMs: number): Map<string, number> {
    if (this.#begun && sinceMs >= this.#sinceMs) return this.#begun
    const rows = this.#db.all(
      'SELECT effect_key, max(from_ms) AS from_ms FROM snoozes WHERE from_ms >= ? AND is_real = 1 GROUP BY effect_key',
      sinceMs,
    )
    this.#begun = new Map(rows.map((row) => [text(row, 'effect_key'), integer(row, 'from_ms')]))
    this.#sinceMs = sinceMs
    return this.#begun
  }

  #forget(effectKey: string, fromMs: number): void {
    this.#begun?.delete(effectKey)
    this.#sinceMs = Math.max(this.#sinceMs, fromMs + 1)
  }
}

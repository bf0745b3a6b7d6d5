import type { CaseChanges } from '../store.ts'

/** Ids that are remembered. */
const KEPT = 500

/** Which cases this process stored last. It owns the store, so nobody else stored one. */
export class ChangedCases {
  #position = 0
  #kept: string[] = []

  add(id: string): void {
    this.#position += 1
    this.#kept.push(id)
    // Cut now and then, not at every save.
    if (this.#kept.length >= 2 * KEPT) this.#kept = this.#kept.slice(-KEPT)
  }

  since(position: number | null): CaseChanges {
    const count = this.#position - (position ?? this.#position)
    const isForgotten = count > this.#kept.length || count < 0
    return {
      ids: isForgotten ? null : [...new Set(count === 0 ? [] : this.#kept.slice(-count))],
      position: this.#position,
    }
  }
}

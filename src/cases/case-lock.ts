/** Runs what concerns one group one after another, and different groups side by side. For one process. */
export class CaseLock {
  readonly #tails = new Map<string, Promise<unknown>>()

  async run<T>(groupKey: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(groupKey) ?? Promise.resolve()
    const mine = before.then(work, work)
    const tail = mine.catch(() => undefined)
    this.#tails.set(groupKey, tail)
    try {
      return await mine
    } finally {
      if (this.#tails.get(groupKey) === tail) this.#tails.delete(groupKey)
    }
  }
}

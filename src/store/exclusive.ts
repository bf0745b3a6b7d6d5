/** Runs what concerns one name one after another, and different names side by side: over all replicas of one store. */
export interface Exclusive {
  /**
   * Waits for the name's turn and runs the work. While it runs, the journal refuses intents of anybody whose turn was lost.
   * @throws LeaseLostError from writes of the work itself, where another replica has taken the name over meanwhile.
   */
  run<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** Turns within one process, for a store that one process owns. */
export class ProcessExclusive implements Exclusive {
  readonly #tails = new Map<string, Promise<unknown>>()

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name) ?? Promise.resolve()
    const mine = before.then(work, work)
    const tail = mine.catch(() => undefined)
    this.#tails.set(name, tail)
    try {
      return await mine
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name)
    }
  }
}

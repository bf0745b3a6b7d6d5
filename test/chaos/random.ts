/** Numbers from 0 up to 1, the same ones for the same seed. */
export interface Random {
  next: () => number
  /** A whole number from `low` to `high`, both possible. */
  between: (low: number, high: number) => number
  pick: <T>(items: readonly T[]) => T
  isLess: (probability: number) => boolean
  /** One for a purpose of its own, so that how often one is asked does not change another. */
  fork: (purpose: number) => Random
}

/** mulberry32: 32 bits of state are plenty for a schedule. Source: Tommy Ettinger, public domain. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick(items) {
      const picked = items[Math.floor(next() * items.length)]
      if (picked === undefined) throw new RangeError('nothing to pick from')
      return picked
    },
    isLess: (probability) => next() < probability,
    fork: (purpose) => randomOf(Math.imul(seed + purpose, 0x9e3779b1)),
  }
}

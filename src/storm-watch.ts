import type { Policy } from './config/policy.ts'
import { type Storm, stormAt } from './plan/storm.ts'
import type { Store } from './store/store.ts'

/** Arrivals older than this can't be part of a storm that is on, unless new ones came all along, in ms. */
const LOOK_BACK_MS = 6 * 3_600_000
/** An answer is used again for so long: in a storm thousands of cases ask, in ms. */
const FRESH_MS = 1_000

/** Says whether a storm is on, from the clusters in the store, and tells when it begins, grows or ends. */
export class StormWatch {
  readonly #deps: {
    store: Pick<Store, 'arrivals'>
    policy: Policy
    now: () => number
    onChange: (storm: Storm, isOver: boolean) => void
  }
  #known: { atMs: number; storm: Storm | null } | null = null

  constructor(deps: {
    store: Pick<Store, 'arrivals'>
    policy: Policy
    now: () => number
    onChange: (storm: Storm, isOver: boolean) => void
  }) {
    this.#deps = deps
  }

  async read(): Promise<Storm | null> {
    const nowMs = this.#deps.now()
    if (this.#known && nowMs - this.#known.atMs < FRESH_MS) return this.#known.storm
    const storm = stormAt(await this.#deps.store.arrivals(nowMs - LOOK_BACK_MS), nowMs, this.#deps.policy)
    const before = this.#known?.storm ?? null
    this.#known = { atMs: nowMs, storm }
    if (storm && storm.clusters !== before?.clusters) this.#deps.onChange(storm, false)
    if (!storm && before) this.#deps.onChange(before, true)
    return storm
  }
}

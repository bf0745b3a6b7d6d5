import type { Policy } from './config/policy.ts'
import type { Arrival } from './model/arrival.ts'
import type { CaseAlert } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
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
  /** Clusters of the last answer that the store told of. */
  #stored: ReadonlySet<string> = new Set()
  /** By cluster id: of groups whose first look is under way. */
  readonly #unstored = new Map<string, Arrival>()

  constructor(deps: {
    store: Pick<Store, 'arrivals'>
    policy: Policy
    now: () => number
    onChange: (storm: Storm, isOver: boolean) => void
  }) {
    this.#deps = deps
  }

  /** The storm that is on, the clusters of the group that is being looked at counted in before it is stored. */
  async read(alerts: readonly CaseAlert[] = []): Promise<Storm | null> {
    const { store, policy, now, onChange } = this.#deps
    const nowMs = now()
    const hasNews = this.#remember(alerts, nowMs - LOOK_BACK_MS)
    if (this.#isFresh(nowMs) && (this.#known?.storm || !hasNews || !this.#mayBeStorm()))
      return this.#known?.storm ?? null
    const stored = await store.arrivals(nowMs - LOOK_BACK_MS)
    this.#stored = new Set(stored.map(({ clusterId }) => clusterId))
    for (const clusterId of this.#stored) this.#unstored.delete(clusterId)
    const storm = stormAt([...stored, ...this.#unstored.values()], nowMs, policy)
    const before = this.#known?.storm ?? null
    this.#known = { atMs: nowMs, storm }
    if (storm && storm.clusters !== before?.clusters) onChange(storm, false)
    if (!storm && before) onChange(before, true)
    return storm
  }

  /** An answer that says when the storm ends is none after that. */
  #isFresh(nowMs: number): boolean {
    if (!this.#known || nowMs - this.#known.atMs >= FRESH_MS) return false
    return this.#known.storm === null || this.#known.storm.endsAtMs > nowMs
  }

  /** So few clusters are no storm, whatever their times. */
  #mayBeStorm(): boolean {
    const { clusters, perRegion } = this.#deps.policy.storm
    return this.#stored.size + this.#unstored.size >= Math.min(clusters, perRegion)
  }

  /** True when one of the alerts is of a cluster that was not counted yet. Cases are stored after their first look only. */
  #remember(alerts: readonly CaseAlert[], sinceMs: number): boolean {
    const sizeBefore = this.#unstored.size
    for (const { startsAtMs, ...alert } of alerts) {
      const identity = identifyCluster(alert)
      if (identity.kind !== 'identified' || startsAtMs < sinceMs || this.#stored.has(identity.clusterId)) continue
      const { clusterId, region, accountId } = identity
      this.#unstored.set(clusterId, { clusterId, region, accountId, atMs: startsAtMs })
    }
    return this.#unstored.size > sizeBefore
  }
}

import type { Policy } from '../config/policy.ts'
import type { Arrival } from '../model/arrival.ts'

/** A storm that is on: since when, when it would end if no further cluster came, and whom it touches. */
export interface Storm {
  sinceMs: number
  endsAtMs: number
  clusters: number
  /** Clusters by region and by account, most first. */
  regions: { name: string; clusters: number }[]
  accounts: { name: string; clusters: number }[]
}

/**
 * The storm that is on at a time, or null. It begins when so many distinct clusters, or so many of one region, began to
 * fail inside the policy's span, and ends when no new one came for its calm. Computed from the arrivals alone, so every
 * replica and every restart sees the same. Source: PRODUCT.md section 4, Storm.
 */
export function stormAt(arrivals: readonly Arrival[], nowMs: number, { storm }: Pick<Policy, 'storm'>): Storm | null {
  const first = firstArrivals(arrivals).filter(({ atMs }) => atMs <= nowMs)
  let beganAt: number | null = null
  let lastMs = Number.NEGATIVE_INFINITY
  let begin = 0
  /** Clusters by region from `begin` on. Counted along the way: thousands of arrivals are looked through every second. */
  const regions = new Map<string, number>()
  for (const [index, arrival] of first.entries()) {
    if (arrival.atMs - lastMs >= storm.calm) beganAt = null
    lastMs = arrival.atMs
    add(regions, arrival.region, 1)
    for (let old = first[begin]; old && old.atMs <= arrival.atMs - storm.within; old = first[begin]) {
      add(regions, old.region, -1)
      begin += 1
    }
    if (beganAt === null && isStormy(index + 1 - begin, regions, storm)) beganAt = begin
  }
  if (beganAt === null || nowMs - lastMs >= storm.calm) return null
  const touched = first.slice(beganAt)
  return {
    sinceMs: touched[0]?.atMs ?? lastMs,
    endsAtMs: lastMs + storm.calm,
    clusters: touched.length,
    regions: countBy(touched, ({ region }) => region),
    accounts: countBy(touched, ({ accountId }) => accountId),
  }
}

function isStormy(clusters: number, regions: ReadonlyMap<string, number>, storm: Policy['storm']): boolean {
  return clusters >= storm.clusters || [...regions.values()].some((count) => count >= storm.perRegion)
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count === 0) counts.delete(name)
  else counts.set(name, count)
}

/** Each cluster once, at its first start, oldest first. */
function firstArrivals(arrivals: readonly Arrival[]): Arrival[] {
  const byCluster = new Map<string, Arrival>()
  for (const arrival of arrivals) {
    const known = byCluster.get(arrival.clusterId)
    if (!known || arrival.atMs < known.atMs) byCluster.set(arrival.clusterId, arrival)
  }
  return [...byCluster.values()].sort((a, b) => a.atMs - b.atMs)
}

function countBy(
  arrivals: readonly Arrival[],
  nameOf: (arrival: Arrival) => string,
): { name: string; clusters: number }[] {
  const counts = new Map<string, number>()
  for (const arrival of arrivals) add(counts, nameOf(arrival), 1)
  return [...counts].map(([name, clusters]) => ({ name, clusters })).sort((a, b) => b.clusters - a.clusters)
}

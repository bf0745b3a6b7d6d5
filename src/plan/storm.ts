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
  for (const [index, arrival] of first.entries()) {
    if (arrival.atMs - lastMs >= storm.calm) beganAt = null
    lastMs = arrival.atMs
    while ((first[begin]?.atMs ?? lastMs) <= arrival.atMs - storm.within) begin += 1
    if (beganAt === null && isStormy(first.slice(begin, index + 1), storm)) beganAt = begin
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

function isStormy(span: readonly Arrival[], storm: Policy['storm']): boolean {
  if (span.length >= storm.clusters) return true
  return (countBy(span, ({ region }) => region)[0]?.clusters ?? 0) >= storm.perRegion
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
  for (const arrival of arrivals) counts.set(nameOf(arrival), (counts.get(nameOf(arrival)) ?? 0) + 1)
  return [...counts].map(([name, clusters]) => ({ name, clusters })).sort((a, b) => b.clusters - a.clusters)
}

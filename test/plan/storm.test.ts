import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Arrival } from '../../src/model/arrival.ts'
import { stormAt } from '../../src/plan/storm.ts'

const LIMITS = { clusters: 6, perRegion: 3, within: 100, calm: 250 }

const arrivals = fc.array(
  fc.record({ cluster: fc.nat(40), region: fc.constantFrom('eu-de', 'us-east', 'jp-tok'), atMs: fc.nat(1_000) }),
  { maxLength: 60 },
)

/** When the storm that is on began (ms), counted anew at each arrival; null where none is on. */
function beganAtMs(all: readonly Arrival[], nowMs: number): number | null {
  const first = new Map<string, Arrival>()
  for (const arrival of all.toSorted((a, b) => a.atMs - b.atMs))
    if (!first.has(arrival.clusterId)) first.set(arrival.clusterId, arrival)
  const come = [...first.values()].filter(({ atMs }) => atMs <= nowMs)
  let began: number | null = null
  let lastMs = Number.NEGATIVE_INFINITY
  for (const [index, { atMs }] of come.entries()) {
    if (atMs - lastMs >= LIMITS.calm) began = null
    lastMs = atMs
    const span = come.slice(0, index + 1).filter((other) => other.atMs > atMs - LIMITS.within)
    const isRegional = span.some(
      ({ region }) => span.filter((other) => other.region === region).length >= LIMITS.perRegion,
    )
    if (began === null && (span.length >= LIMITS.clusters || isRegional)) began = span[0]?.atMs ?? null
  }
  return nowMs - lastMs >= LIMITS.calm ? null : began
}

describe('a storm', () => {
  test('is on where, and since when, counting anew at each arrival says so', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(1_300), (found, nowMs) => {
        const all = found.map(({ cluster, region, atMs }) => ({
          clusterId: `c${cluster}`,
          region,
          accountId: 'a',
          atMs,
        }))
        expect(stormAt(all, nowMs, { storm: LIMITS })?.sinceMs ?? null).toBe(beganAtMs(all, nowMs))
      }),
      { numRuns: 500 },
    )
  })
})

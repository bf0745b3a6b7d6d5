import { describe, expect, jest, test } from '@jest/globals'
import PQueue from 'p-queue'
import { type Cell, type KillPoint, nameOf, pointsOf, runCell } from './matrix.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import type { StoreKind } from './world.ts'

/** Every await instead of every one that leaves something else durable: four times as long. */
const IS_ALL = process.env.CRASH_POINTS === 'all'
/** Runs at once: they wait for processes that start, and for probes. */
const CONCURRENCY = 4

jest.setTimeout(IS_ALL ? 3_600_000 : 600_000)

const STORES: readonly StoreKind[] = ['embedded']

async function runAll(scenario: Scenario, points: readonly KillPoint[], store: StoreKind): Promise<Cell[]> {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  return Promise.all(points.map((point) => queue.add(() => runCell(scenario, point, { store }))))
}

/** Points that the process did not come by, run once more: what goes on side by side may pass in another order. */
async function runReached(scenario: Scenario, points: readonly KillPoint[], store: StoreKind): Promise<Cell[]> {
  const cells = await runAll(scenario, points, store)
  const missed = cells.filter(({ isReached }) => !isReached).map(({ point }) => point)
  const again = await runAll(scenario, missed, store)
  return [...cells.filter(({ isReached }) => isReached), ...again]
}

describe.each(STORES)('on the %s store, killed at any point, each effect is committed once', (store) => {
  test.each(SCENARIOS)('$name', async (scenario) => {
    const [calm] = await runAll(scenario, [{ at: 'nowhere' }], store)
    if (!calm) throw new Error('the trace was not recorded')
    expect(calm.faults).toEqual([])
    const points = pointsOf(scenario, calm.passed, { all: IS_ALL })
    expect(points.length).toBeGreaterThan(3)

    const cells = await runReached(scenario, points, store)
    const wrong = cells.filter(({ faults }) => faults.length > 0)
    expect(Object.fromEntries(wrong.map(({ point, faults }) => [nameOf(point), faults]))).toEqual({})
    const missed = cells.filter(({ isReached }) => !isReached).map(({ point }) => nameOf(point))
    expect(missed).toEqual([])
    // An adopted message may be made to say what it says already, which nobody sees.
    expect(Math.max(...cells.map(({ edits }) => edits))).toBeLessThanOrEqual(calm.edits + 2)
  })
})

import { expect } from '@jest/globals'
import type { Lanes } from './lanes.ts'
import { type Cell, type KillPoint, nameOf, pointsOf, runCell } from './matrix.ts'
import type { Scenario } from './scenarios.ts'

/** Every await instead of every one that leaves something else durable: ten times as many. */
export const IS_ALL = process.env.CRASH_POINTS === 'all'
/** Of the store's points in a trace so many may be missed: what goes on side by side passes in another order. */
const MISSED_SHARE = 0.25

/** Runs the scenario once unharmed, then once killed at each of its points that is wanted, and expects every effect once. */
export async function expectOnceAtEach(
  scenario: Scenario,
  { lanes, isWanted = () => true }: { lanes: Lanes; isWanted?: (point: KillPoint) => boolean },
): Promise<void> {
  const run = (point: KillPoint): Promise<Cell> =>
    lanes.run(scenario.ground, (stage) => runCell(scenario, point, stage))
  const calm = await run({ at: 'nowhere' })
  expect(calm.faults).toEqual([])
  const points = pointsOf(scenario, calm.passed, { all: IS_ALL }).filter(isWanted)
  expect(points.length).toBeGreaterThan(0)

  const cells = await Promise.all(points.map(run))
  const wrong = cells.filter(({ faults }) => faults.length > 0)
  expect(Object.fromEntries(wrong.map(({ point, faults }) => [nameOf(point), faults]))).toEqual({})
  const missed = cells.filter(({ isReached }) => !isReached).map(({ point }) => point)
  expect(missed.filter(({ at }) => at === 'upstream')).toEqual([])
  expect(missed.length).toBeLessThanOrEqual(Math.ceil(points.length * MISSED_SHARE))
  // An adopted message may be made to say what it says already, which nobody sees.
  expect(Math.max(...cells.map(({ edits }) => edits))).toBeLessThanOrEqual(calm.edits + 2)
}

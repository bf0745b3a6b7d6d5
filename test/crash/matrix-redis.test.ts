import { afterAll, describe, jest, test } from '@jest/globals'
import { openLanes } from './lanes.ts'
import type { KillPoint } from './matrix.ts'
import { expectOnceAtEach, IS_ALL } from './run-points.ts'
import { SCENARIOS } from './scenarios.ts'

jest.setTimeout(IS_ALL ? 7_200_000 : 600_000)

const lanes = openLanes({ store: 'redis', count: 4, grounds: { orphan: 60 } })
afterAll(() => lanes.close())

/** The points at which most is at stake: the upstream has committed, and nobody knows. All of them where all are asked for. */
function isSampled(point: KillPoint): boolean {
  return IS_ALL || (point.at === 'upstream' && point.isCommitted)
}

describe('on Redis, killed when an upstream has committed, each effect is there once', () => {
  test.concurrent.each(SCENARIOS)('$name', (scenario) => expectOnceAtEach(scenario, { lanes, isWanted: isSampled }))
})

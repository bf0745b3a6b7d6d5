import { describe, jest, test } from '@jest/globals'
import PQueue from 'p-queue'
import type { KillPoint } from './matrix.ts'
import { expectOnceAtEach, IS_ALL } from './run-points.ts'
import { SCENARIOS } from './scenarios.ts'

jest.setTimeout(IS_ALL ? 7_200_000 : 600_000)

/** Many at once: most of the time each waits for the turns and looks of a dead process, which last up to 45 s. */
const queue = new PQueue({ concurrency: 10 })

/** The points at which most is at stake: the upstream has committed, and nobody knows. All of them where all are asked for. */
function isSampled(point: KillPoint): boolean {
  return IS_ALL || (point.at === 'upstream' && point.isCommitted)
}

describe('on Redis, killed when an upstream has committed, each effect is there once', () => {
  test.concurrent.each(SCENARIOS)('$name', (scenario) =>
    expectOnceAtEach(scenario, { store: 'redis', queue, isWanted: isSampled }),
  )
})

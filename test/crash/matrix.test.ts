import { describe, jest, test } from '@jest/globals'
import PQueue from 'p-queue'
import { expectOnceAtEach, IS_ALL } from './run-points.ts'
import { SCENARIOS } from './scenarios.ts'

jest.setTimeout(IS_ALL ? 3_600_000 : 600_000)

/** Runs at once: they start processes, and wait for probes. */
const queue = new PQueue({ concurrency: 4 })

describe('on the embedded store, killed at any point, each effect is committed once', () => {
  test.each(SCENARIOS)('$name', (scenario) => expectOnceAtEach(scenario, { store: 'embedded', queue }))
})

import { afterAll, describe, jest, test } from '@jest/globals'
import { openLanes } from './lanes.ts'
import { expectOnceAtEach, IS_ALL } from './run-points.ts'
import { SCENARIOS } from './scenarios.ts'

jest.setTimeout(IS_ALL ? 3_600_000 : 600_000)

const lanes = openLanes({ store: 'embedded', count: 4, grounds: { orphan: 60 } })
afterAll(() => lanes.close())

describe('on the embedded store, killed at any point, each effect is committed once', () => {
  test.concurrent.each(SCENARIOS)('$name', (scenario) => expectOnceAtEach(scenario, { lanes }))
})

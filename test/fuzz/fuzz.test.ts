import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type Figures, fuzz } from './fuzz.ts'
import { FUZZ_SURFACES } from './surfaces.ts'
import { startTarget, type Target } from './target.ts'

jest.setTimeout(240_000)

/** Cases of each way in; `npm run fuzz` sends ten thousand. */
const RUNS = 60

let target: Target
let figures: Figures[]

beforeAll(async () => {
  target = await startTarget()
  figures = await fuzz(target, { seed: 20_261_122, runs: RUNS })
})
afterAll(() => target.stop())

describe('whatever comes in', () => {
  test.each(FUZZ_SURFACES.map(({ name }) => name))('%s answers what it may, as often as it was asked', (name) => {
    expect(figures.find(({ surface }) => surface === name)?.cases).toBeGreaterThanOrEqual(RUNS)
  })

  test('takes some of it in and refuses some, at every way in but PagerDuty’s: there all that is signed is kept', () => {
    const kinds = figures.map(({ surface, statuses }) => [surface, Object.keys(statuses).length > 1])
    expect(Object.fromEntries(kinds)).toMatchObject({
      Alertmanager: true,
      PagerDuty: false,
      'Slack events': true,
      connections: true,
    })
  })

  test('leaves the books in balance and no fault in the log', async () => {
    expect(await target.isBalanced()).toBe(true)
    expect(target.takeFaults()).toEqual([])
  })
})

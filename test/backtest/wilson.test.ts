import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { wilson } from '../../src/backtest/wilson.ts'

const counts = fc.nat(5_000).chain((trials) => fc.tuple(fc.nat(trials), fc.constant(trials)))

describe('the interval of a share', () => {
  // Source: the formula, by hand.
  test.each([
    [0, 10, 0, 0.2775],
    [8, 10, 0.4902, 0.9433],
    [10, 10, 0.7225, 1],
    [50, 100, 0.4038, 0.5962],
    [0, 0, 0, 1],
  ])('of %i in %i is from %f to %f', (hits, trials, low, high) => {
    const interval = wilson(hits, trials)
    expect(interval.low).toBeCloseTo(low, 4)
    expect(interval.high).toBeCloseTo(high, 4)
  })

  test('holds the share, and lies within 0 and 1', () => {
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        const { low, high } = wilson(hits, trials)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        if (trials === 0) return
        expect(low).toBeLessThanOrEqual(hits / trials)
        expect(high).toBeGreaterThanOrEqual(hits / trials)
      }),
    )
  })

  test('is the mirror image for what was missed', () => {
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        if (trials === 0) return
        expect(wilson(trials - hits, trials).low).toBeCloseTo(1 - wilson(hits, trials).high, 9)
      }),
    )
  })

  test('grows narrower with ten times as many', () => {
    fc.assert(
      fc.property(counts, ([hits, trials]) => {
        if (trials === 0) return
        const [few, many] = [wilson(hits, trials), wilson(hits * 10, trials * 10)]
        expect(many.high - many.low).toBeLessThan(few.high - few.low)
      }),
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../src/model/duration.ts'

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5M', '1h30m', '5m\n', ' 5m', '٥m', '1e3s', '9999999999s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )

  test.each([
    [0, '0 s'],
    [-5_000, '0 s'],
    [45_400, '45 s'],
    [59_999, '60 s'],
    [60_000, '1 min'],
    [4_800_000, '1 h 20 min'],
    [7_200_000, '2 h'],
    [26 * 3_600_000, '26 h'],
    [72 * 3_600_000, '72 h'],
    [7 * 86_400_000, '7 d'],
    [7 * 86_400_000 + 3_600_000, '7 d 1 h'],
  ])('%i ms is told as %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words)
  })

  test('any time is told in words that are never empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e12 }), (ms) => {
        expect(formatDuration(ms)).toMatch(/^\d+ (?:s|min|h|d)(?: \d+ (?:h|min))?$/)
      }),
    )
  })
})

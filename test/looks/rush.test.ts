import { describe, expect, test } from '@jest/globals'
import { Rush } from '../../src/looks/rush.ts'

/** Webhooks that come so many ms apart in a span, with a question after each: the times (ms) at which looks made way. */
function madeWay(
  rush: Rush,
  { fromMs, untilMs, everyMs }: { fromMs: number; untilMs: number; everyMs: number },
): number[] {
  const times: number[] = []
  for (let atMs = fromMs; atMs < untilMs; atMs += everyMs) {
    rush.came(atMs)
    if (rush.isOn(atMs)) times.push(atMs)
  }
  return times
}

describe('looks', () => {
  test.each([
    ['one webhook', { fromMs: 0, untilMs: 1, everyMs: 1 }],
    ['a hundred a second', { fromMs: 0, untilMs: 10_000, everyMs: 10 }],
  ])('do not make way for %s', (_what, span) => {
    expect(madeWay(new Rush(), span)).toEqual([])
  })

  test('make way from the twentieth webhook within a tenth of a second', () => {
    expect(madeWay(new Rush(), { fromMs: 0, untilMs: 30, everyMs: 1 })[0]).toBe(19)
  })

  test('go on a tenth of a second after webhooks stop to pour in', () => {
    const rush = new Rush()
    madeWay(rush, { fromMs: 0, untilMs: 50, everyMs: 1 })
    expect([rush.isOn(149 - 1), rush.isOn(149)]).toEqual([true, false])
  })

  test('make way for three seconds at most, and again only when half of that has passed', () => {
    const times = madeWay(new Rush(), { fromMs: 0, untilMs: 20_000, everyMs: 1 })
    const begins = times.filter((atMs, index) => atMs - 1 !== times[index - 1])
    const ends = times.filter((atMs, index) => atMs + 1 !== times[index + 1])
    expect(begins.slice(0, 2)).toEqual([19, 4_520])
    expect(ends.slice(0, 2)).toEqual([3_018, 6_020])
  })
})

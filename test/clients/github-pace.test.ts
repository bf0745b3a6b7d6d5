import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { GithubPace } from '../../src/clients/github-pace.ts'
import { TransientError } from '../../src/errors.ts'

const MINUTE_MS = 60_000
const NOW = '2026-11-22T12:00:00Z'

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'], now: Date.parse(NOW) })
})

afterEach(() => {
  jest.useRealTimers()
})

function aPace(): GithubPace {
  return new GithubPace({ now: Date.now })
}

/** Asks to create something every 100 ms, and gives when it was allowed (ms from the start). */
async function creationsIn(pace: GithubPace, spanMs: number): Promise<number[]> {
  const startMs = Date.now()
  const madeMs: number[] = []
  const asked: Promise<unknown>[] = []
  for (let ms = 0; ms < spanMs; ms += 500) {
    const one = pace.turn('test', true).then(
      () => madeMs.push(Date.now() - startMs),
      () => undefined,
    )
    asked.push(one)
    await jest.advanceTimersByTimeAsync(500)
  }
  await jest.advanceTimersByTimeAsync(15_000)
  await Promise.all(asked)
  return madeMs
}

describe('what is created on GitHub', () => {
  test('is at most 80 things in any minute and 500 in any hour', async () => {
    const madeMs = await creationsIn(aPace(), 70 * MINUTE_MS)
    const most = (spanMs: number) =>
      Math.max(...madeMs.map((fromMs) => madeMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + spanMs).length))
    expect(most(MINUTE_MS)).toBeLessThanOrEqual(80)
    expect(most(60 * MINUTE_MS)).toBeLessThanOrEqual(500)
    expect(madeMs.length).toBeGreaterThan(400)
  }, 30_000)

  test('holds up no read', async () => {
    const pace = aPace()
    const reads = Array.from({ length: 500 }, () => pace.turn('test', false))
    await expect(Promise.all(reads)).resolves.toHaveLength(500)
  })
})

describe('a limit that GitHub tells', () => {
  const resetIn = (seconds: number) => String(Date.parse(NOW) / 1_000 + seconds)

  test.each<[string, Record<string, string>, Error | null, number | null]>([
    ['by an answer that was refused', {}, new TransientError('rate-limited', 'limited', 17_000), 17_000],
    [
      'by the last call that was left',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetIn(30) },
      null,
      30_000,
    ],
    ['with a reset far away', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetIn(9_999) }, null, 900_000],
    ['with a reset that has passed', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetIn(-5) }, null, 1_000],
    ['with a reset that is no number', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, null, null],
    ['without any header, as an Enterprise Server', {}, null, null],
    ['with calls left', { 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': resetIn(30) }, null, null],
    ['by a failure of another kind', {}, new TransientError('unknown', 'answered 500'), null],
  ])('%s is kept', async (_how, headers, failure, waitMs) => {
    const pace = aPace()
    await pace.learn(new Headers(headers), failure)
    const turn = pace.turn('test', false)
    if (waitMs === null) return expect(turn).resolves.toBeUndefined()
    await expect(turn).rejects.toMatchObject({ code: 'rate-limited', retryAfterMs: waitMs })
    await jest.advanceTimersByTimeAsync(waitMs)
    await expect(pace.turn('test', false)).resolves.toBeUndefined()
  })
})

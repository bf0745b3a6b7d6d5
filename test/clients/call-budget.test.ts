import type { IncomingHttpHeaders } from 'node:http'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import * as fc from 'fast-check'
import { CallBudget, type Spending } from '../../src/clients/call-budget.ts'
import { memoryCounts } from '../../src/clients/call-budget-counts.ts'
import { PagerdutyGate, statedLimit } from '../../src/clients/pagerduty-gate.ts'

const MINUTE_MS = 60_000
const LIMIT = 960
const STATED = { limit: LIMIT, remaining: null, resetSeconds: null }

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
})

afterEach(() => {
  jest.useRealTimers()
})

function aBudget(): CallBudget {
  return new CallBudget({ name: 'test', counts: memoryCounts(), now: Date.now })
}

/** Lets promises settle and time pass until `done`, at most so long (ms of fake time). */
async function passUntil(done: () => boolean, atMostMs = 20 * MINUTE_MS): Promise<void> {
  for (let ms = 0; ms < atMostMs && !done(); ms += 100) await jest.advanceTimersByTimeAsync(100)
}

/** Makes so many calls by a number of loops that repeat what was refused, and returns when each got its turn. */
async function drain(budget: CallBudget, calls: number, spending: (nth: number) => Spending): Promise<number[]> {
  const turnsMs: number[] = []
  let asked = 0
  async function loop(): Promise<void> {
    while (asked < calls) {
      asked += 1
      await budget.turn(spending(asked)).then(
        () => turnsMs.push(Date.now()),
        () => {
          asked -= 1
        },
      )
    }
  }
  const loops = Promise.all(Array.from({ length: 50 }, loop))
  await passUntil(() => turnsMs.length >= calls)
  await loops
  return turnsMs
}

function worstMinute(timesMs: readonly number[]): number {
  let first = 0
  return timesMs.reduce((worst, atMs, last) => {
    while (atMs - (timesMs[first] ?? 0) >= MINUTE_MS) first += 1
    return Math.max(worst, last - first + 1)
  }, 0)
}

/** Spends all of a span that everybody may spend. */
async function spendSpan(budget: CallBudget): Promise<void> {
  budget.learn(STATED)
  await Promise.all(Array.from({ length: 30 }, () => budget.turn('read')))
}

describe('the calls of a minute', () => {
  test('are not held back while no limit was told', async () => {
    expect((await drain(aBudget(), 3_000, () => 'read')).every((atMs, _n, all) => atMs === all[0])).toBe(true)
  })

  test.each<[string, (nth: number) => Spending]>([
    ['reads alone', () => 'read'],
    ['what cases need together', (nth) => (nth % 2 ? 'snooze' : nth % 4 ? 'note' : 'acknowledge')],
  ])('are never more than the limit, and hardly fewer: %s', async (_what, spending) => {
    const budget = aBudget()
    budget.learn(STATED)
    const turnsMs = await drain(budget, 4_800, spending)
    expect(worstMinute(turnsMs)).toBeLessThanOrEqual(LIMIT)
    const spentMs = (turnsMs.at(-1) ?? 0) - (turnsMs[0] ?? 0)
    expect(spentMs).toBeLessThanOrEqual(1.15 * (4_800 / LIMIT) * MINUTE_MS)
  })

  test('become fewer where PagerDuty says that other programs use them', async () => {
    const budget = aBudget()
    budget.learn({ limit: LIMIT, remaining: 300, resetSeconds: 60 })
    const turnsMs = await drain(budget, 200, () => 'read')
    // 300 left for a minute are ten in two seconds, of which the reserve takes its part.
    expect((turnsMs.at(-1) ?? 0) - (turnsMs[0] ?? 0)).toBeGreaterThanOrEqual(40_000)
  })

  test('are over where none is left, until the count begins anew', async () => {
    const budget = aBudget()
    const startMs = Date.now()
    budget.learn({ limit: LIMIT, remaining: 0, resetSeconds: 7 })
    const [turnMs] = await drain(budget, 1, () => 'read')
    expect((turnMs ?? 0) - startMs).toBeGreaterThanOrEqual(7_000)
  })
})

describe('under scarcity', () => {
  test('a call of a higher rank goes before those that came earlier', async () => {
    const budget = aBudget()
    await spendSpan(budget)
    const order: Spending[] = []
    const asked: Spending[] = [
      'read',
      'read',
      'acknowledge',
      'note',
      'snooze',
      'snooze',
      'page-note',
      'page-note',
      'wake',
    ]
    const all = asked.map((spending) => budget.turn(spending).then(() => order.push(spending)))
    await passUntil(() => order.length === asked.length)
    await Promise.all(all)
    expect(order).toEqual([
      ...['wake', 'page-note', 'page-note', 'snooze', 'snooze', 'note', 'acknowledge', 'read', 'read'],
    ])
  })

  test('calls of one rank go in the order they came', async () => {
    const budget = aBudget()
    await spendSpan(budget)
    const order: number[] = []
    const all = Array.from({ length: 50 }, (_none, nth) => budget.turn('note').then(() => order.push(nth)))
    await passUntil(() => order.length === 50)
    await Promise.all(all)
    expect(order).toEqual(Array.from({ length: 50 }, (_none, nth) => nth))
  })

  test.each<Spending>(['snooze', 'page-note', 'wake'])(
    'a %s gets its turn at once where the others have spent theirs',
    async (spending) => {
      const budget = aBudget()
      await spendSpan(budget)
      const waiting = budget.turn('read')
      const startMs = Date.now()
      await budget.turn(spending)
      expect(Date.now()).toBe(startMs)
      await passUntil(() => false, 3_000)
      await waiting
    },
  )

  test('a call that would wait too long is not sent, and told when to ask again', async () => {
    const budget = aBudget()
    await budget.close(5 * MINUTE_MS)
    await expect(budget.turn('snooze')).rejects.toMatchObject({
      name: 'TransientError',
      code: 'rate-limited',
      retryAfterMs: 5 * MINUTE_MS,
    })
  })

  test('a call that does not get its turn in its time goes away, and the others stay', async () => {
    const budget = aBudget()
    budget.learn({ limit: 6, remaining: null, resetSeconds: null })
    await budget.turn('acknowledge')
    const reads = Array.from({ length: 5 }, () =>
      budget.turn('read').then(
        () => 'sent',
        (error: unknown) => error,
      ),
    )
    let ended: unknown[] = []
    void Promise.all(reads).then((all) => {
      ended = all
    })
    await passUntil(() => ended.length > 0)
    // One in ten seconds: the second of them would come after its time.
    expect(ended[0]).toBe('sent')
    expect(ended.slice(1)).toMatchObject(Array(4).fill({ code: 'rate-limited', retryAfterMs: expect.any(Number) }))
  })
})

describe('while PagerDuty refuses calls', () => {
  test('nothing is sent but four calls of wakes in two seconds', async () => {
    const budget = aBudget()
    await budget.close(MINUTE_MS)
    const startMs = Date.now()
    const probesMs: number[] = []
    const others: unknown[] = []
    const wakes = Array.from({ length: 9 }, () => budget.turn('wake').then(() => probesMs.push(Date.now() - startMs)))
    for (const spending of ['page-note', 'snooze', 'note', 'read'] as const)
      void budget.turn(spending).catch((error: unknown) => others.push(error))
    await passUntil(() => probesMs.length === 9)
    await Promise.all(wakes)
    const bySpan = probesMs.map((atMs) => Math.floor(atMs / 1_900))
    expect(bySpan).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2])
    expect(others).toMatchObject(Array(4).fill({ code: 'rate-limited' }))
  })
})

describe('headers of any text', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.constantFrom('0', '-1', 'NaN', '1e400', 'Infinity', ' 7 ', '99999999999', '1.5', 'soon', '', '960'),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  )
  const names = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'] as const
  const anyHeaders: fc.Arbitrary<IncomingHttpHeaders> = fc.dictionary(fc.constantFrom(...names), anyText)

  test('state a whole number or nothing', () => {
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const { limit, remaining, resetSeconds } = statedLimit(headers)
        for (const number of [limit, remaining, resetSeconds])
          expect(number === null || (Number.isInteger(number) && number >= 0)).toBe(true)
        expect(limit).not.toBe(0)
        expect(resetSeconds === null || (resetSeconds >= 1 && resetSeconds <= 60)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('of a 429 never let the next call go at once, nor never', async () => {
    await fc.assert(
      fc.asyncProperty(anyHeaders, async (headers) => {
        const gate = new PagerdutyGate({ now: Date.now })
        await gate.learn({ status: 429, headers })
        const startMs = Date.now()
        let endedMs: number | null = null
        const asked = gate.pass('test', 'read', async () => 'sent')
        const ended = asked.then(
          () => 0,
          (error: { retryAfterMs: number }) => error.retryAfterMs,
        )
        void ended.then(() => {
          endedMs = Date.now()
        })
        await passUntil(() => endedMs !== null)
        const waitedMs = (endedMs ?? Number.NaN) - startMs + (await ended)
        expect(waitedMs).toBeGreaterThanOrEqual(1_000)
        expect(waitedMs).toBeLessThanOrEqual(16 * MINUTE_MS)
      }),
      { numRuns: 100 },
    )
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { shapeOf, toFigure } from '../../src/figures/case-figure.ts'
import { toFigures } from '../../src/figures/figures.ts'
import { FiguresReader } from '../../src/figures/figures-reader.ts'
import type { Case } from '../../src/model/case.ts'
import type { Plan, Receipt } from '../../src/model/plan.ts'
import { aCase, anAlert, busyJudgement, humanJudgement, NOW_MS } from '../support/builders.ts'

const DAY_MS = 86_400_000
/** The plan of an ended case tells of its end. */
const OVER: Plan = { headline: 'Resolved (was: Needs you: x)', outcomeKey: 'x', actions: [], refusals: [] }
const ENDED = { state: 'resolved', plan: OVER } as const

const TAKEN_OVER = { by: 'Ann', what: 'acknowledged', atMs: NOW_MS }

function receipt(action: Receipt['action'], result: Receipt['result'], afterMs = 1_000): Receipt {
  return { action, result, why: null, link: null, at: new Date(NOW_MS + afterMs).toISOString() }
}

const SNOOZED = { receipts: [receipt('snooze', 'updated')] }
const WOKEN = [receipt('snooze', 'updated'), receipt('wake', 'updated')]

describe('a case', () => {
  test.each<[string, Partial<Case>, string]>([
    ['snoozed for real counts as a page avoided', { receipts: [receipt('snooze', 'updated')] }, 'avoided'],
    ['whose snooze was found standing does too', { receipts: [receipt('snooze', 'adopted')] }, 'avoided'],
    ['woken again counts as woken', { receipts: WOKEN }, 'woken'],
    ['that rang after its snooze counts as woken', { ...SNOOZED, state: 'handed-over' }, 'woken'],
    ['that rang after its snooze and ended does too', { ...SNOOZED, ...ENDED, endedAs: 'handed-over' }, 'woken'],
    [
      'that ended while it was snoozed counts as a page avoided',
      { ...SNOOZED, ...ENDED, endedAs: 'snoozed' },
      'avoided',
    ],
    ['snoozed in shadow only would have been', { receipts: [receipt('snooze', 'would')] }, 'would-snooze'],
    ['left with people is handed over', { state: 'handed-over' }, 'handed-over'],
    ['that ended after people were asked is handed over', { ...ENDED, endedAs: 'handed-over' }, 'handed-over'],
    ['that ended before a verdict ended early', { ...ENDED, endedAs: 'gathering' }, 'ended-early'],
    ['still being judged is open', { state: 'waiting' }, 'open'],
  ])('%s', (_name, change, result) => {
    expect(toFigure(aCase({ receipts: [], plan: null, ...change })).result).toBe(result)
  })

  test.each<[string, Partial<Case>, string | null]>([
    ['that was never snoozed for real has none', { receipts: [receipt('snooze', 'would')] }, null],
    ['that stayed quiet is quiet', { state: 'snoozed' }, 'quiet'],
    ['that a person took over is taken over', { state: 'handed-over', takenOver: TAKEN_OVER }, 'taken-over'],
    ['that was woken is woken, whoever has it now', { receipts: WOKEN, takenOver: TAKEN_OVER }, 'woken'],
    ['that was left with people at its end rang', { ...ENDED, endedAs: 'handed-over' }, 'rang'],
  ])('after its snooze: one %s', (_name, change, afterSnooze) => {
    const subject = aCase({ receipts: [receipt('snooze', 'updated')], plan: null, ...change })
    expect(toFigure(subject).afterSnooze).toBe(afterSnooze)
  })

  test('is of the reason that needs a person, where one alert has such', () => {
    const alerts = [anAlert({ judgement: busyJudgement() }), anAlert({ judgement: humanJudgement('no-error-text') })]
    expect(toFigure(aCase({ alerts })).reason).toBe('no-error-text')
  })

  test('is timed to the first thing done, a message in Slack apart', () => {
    const receipts = [
      receipt('slack', 'created', 500),
      receipt('note', 'created', 9_000),
      receipt('acknowledge', 'updated', 4_000),
    ]
    expect(toFigure(aCase({ openedAtMs: NOW_MS, receipts })).toActionMs).toBe(4_000)
    expect(toFigure(aCase({ receipts: [] })).toActionMs).toBeNull()
  })
})

describe('the shape of an error text', () => {
  test.each([
    ['key 12ab34cd56ef78ab90cd not found after 30 s', 'key 98ff34cd56ef78ab90c1 not found after 45 s'],
    [
      'crn:v1:bluemix:public:kms:eu-de:a/1:2:key:3 is locked',
      'crn:v1:bluemix:public:kms:us-south:a/9:8:key:7 is locked',
    ],
    ['ring "alpha" is gone at 2026-11-22T12:00:00Z', 'ring "beta" is gone at 2026-11-23T01:02:03.456Z'],
  ])('%s is that of %s', (one, other) => {
    expect(shapeOf(one)).toBe(shapeOf(other))
  })

  test('of different failures differs', () => {
    expect(shapeOf('key is locked')).not.toBe(shapeOf('key is disabled'))
  })

  test('never holds a digit, whatever the text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => expect(shapeOf(text)).not.toMatch(/\d/)))
  })
})

describe('figures', () => {
  const figure = {
    caseId: 'c',
    openedAtMs: NOW_MS,
    reason: 'busy',
    result: 'avoided',
    afterSnooze: 'quiet',
    toActionMs: 1_000,
    unknownShapes: [],
  } as const

  test('of no case at all are empty days', () => {
    const figures = toFigures([], { fromMs: NOW_MS - DAY_MS, untilMs: NOW_MS, isComplete: true })
    expect(figures).toMatchObject({ cases: 0, toAction: null, unknownTexts: [] })
    expect(figures.days.map(({ day }) => day)).toEqual(['2026-11-21', '2026-11-22'])
  })

  test('leave out what began outside of their span', () => {
    const all = [-2, -1, 0, 1].map((hours) => ({ ...figure, openedAtMs: NOW_MS + hours * 3_600_000 }))
    expect(toFigures(all, { fromMs: NOW_MS - 3_600_000, untilMs: NOW_MS + 1, isComplete: true }).cases).toBe(2)
  })

  test('say how long half and nine of ten took', () => {
    const all = Array.from({ length: 10 }, (_, at) => ({ ...figure, toActionMs: (at + 1) * 1_000 }))
    const { toAction } = toFigures(all, { fromMs: NOW_MS, untilMs: NOW_MS + 1, isComplete: true })
    expect(toAction).toEqual({ median: 5, p90: 9 })
  })

  test('count unknown texts by shape, most frequent first, with a case to look at', () => {
    const all = [
      { ...figure, caseId: 'a', unknownShapes: ['x'] },
      { ...figure, caseId: 'b', unknownShapes: ['y'] },
      { ...figure, caseId: 'c', unknownShapes: ['y'] },
    ]
    const { unknownTexts } = toFigures(all, { fromMs: NOW_MS, untilMs: NOW_MS + 1, isComplete: true })
    expect(unknownTexts).toEqual([
      { shape: 'y', cases: 2, example: 'b' },
      { shape: 'x', cases: 1, example: 'a' },
    ])
  })

  test('of days add up to those of the span', () => {
    const when = fc.integer({ min: NOW_MS - 9 * DAY_MS, max: NOW_MS + DAY_MS })
    fc.assert(
      fc.property(fc.array(when), (times) => {
        const all = times.map((openedAtMs) => ({ ...figure, openedAtMs }))
        const figures = toFigures(all, { fromMs: NOW_MS - 7 * DAY_MS, untilMs: NOW_MS, isComplete: true })
        expect(figures.days.reduce((sum, { cases }) => sum + cases, 0)).toBe(figures.cases)
      }),
    )
  })
})

describe('the reader of figures', () => {
  function storeOf(count: number) {
    const asked: (string | undefined)[] = []
    const cases = Array.from({ length: count }, (_, at) => aCase({ id: `c${at}`, openedAtMs: NOW_MS - at * 60_000 }))
    return {
      asked,
      async listCases({ cursor, limit }: { cursor?: string; limit: number }) {
        asked.push(cursor)
        const from = Number(cursor ?? 0)
        const next = from + limit
        return { cases: cases.slice(from, next), nextCursor: next < cases.length ? String(next) : null }
      },
    }
  }

  test('goes through every page of the span and no further', async () => {
    const store = storeOf(3_000)
    const figures = await new FiguresReader(store, () => NOW_MS).ofDays(1)
    expect(figures).toMatchObject({ cases: 721, isComplete: true })
    expect(store.asked).toHaveLength(8)
  })

  test('gives each case of a span, and none of the moment at which it ends', async () => {
    const span = { fromMs: NOW_MS - 3 * 60_000, untilMs: NOW_MS }
    const { figures, cases } = await new FiguresReader(storeOf(10), () => NOW_MS).ofSpan(span)
    expect(cases.map(({ caseId }) => caseId)).toEqual(['c1', 'c2', 'c3'])
    expect(figures.cases).toBe(3)
  })

  test('says so where there are more than it counts', async () => {
    const figures = await new FiguresReader(storeOf(6_000), () => NOW_MS).ofDays(30)
    expect(figures).toMatchObject({ cases: 5_000, isComplete: false })
  })

  test('answers again from what it read, for a minute', async () => {
    const store = storeOf(10)
    let nowMs = NOW_MS
    const reader = new FiguresReader(store, () => nowMs)
    await reader.ofDays(7)
    await reader.ofDays(7)
    expect(store.asked).toHaveLength(1)
    nowMs += 61_000
    await reader.ofDays(7)
    expect(store.asked).toHaveLength(2)
  })
})

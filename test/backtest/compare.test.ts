import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compare, type Decision, type Seen } from '../../src/backtest/compare.ts'
import { tally } from '../../src/backtest/tally.ts'
import { HOUR_MS, NOW_MS } from '../support/builders.ts'

const UNTIL = NOW_MS + 2 * HOUR_MS
const SNOOZE: Decision = { kind: 'snooze', reason: 'busy', atMs: NOW_MS, untilMs: UNTIL }
const PAGE: Decision = { kind: 'page', reason: 'no-error-text', why: 'judged no-error-text', atMs: NOW_MS }

function seen({
  workAt = [],
  resolvedAt = UNTIL,
  impactingAt = [],
  knownTo = UNTIL + HOUR_MS,
}: {
  workAt?: number[]
  resolvedAt?: number | null
  impactingAt?: number[]
  knownTo?: number
} = {}): Seen {
  const work = workAt.map((atMs) => ({ who: 'Ada', what: 'escalated it', atMs }))
  const outcome = { work, wasQuieted: false, resolvedAtMs: resolvedAt }
  return { outcome, impactingAtMs: impactingAt, knownToMs: knownTo }
}

describe('a decision beside what people did', () => {
  test.each<[string, Decision, Seen, string]>([
    ['both quiet', SNOOZE, seen(), 'agree'],
    ['work before the snooze', SNOOZE, seen({ workAt: [NOW_MS - 1] }), 'agree'],
    ['work within the snooze', SNOOZE, seen({ workAt: [NOW_MS + 1] }), 'harmful'],
    ['work at the very end of the snooze', SNOOZE, seen({ workAt: [UNTIL] }), 'harmful'],
    ['work after the snooze, when it rang again', SNOOZE, seen({ workAt: [UNTIL + 1] }), 'agree'],
    ['a customer hit within the snooze', SNOOZE, seen({ impactingAt: [NOW_MS + 1] }), 'harmful'],
    ['a snooze that is not over yet', SNOOZE, seen({ resolvedAt: null, knownTo: UNTIL - 1 }), 'undecided'],
    ['harm in a snooze that is not over yet', SNOOZE, seen({ workAt: [NOW_MS + 1], knownTo: NOW_MS + 2 }), 'harmful'],
    ['a snooze of what ended by itself since', SNOOZE, seen({ resolvedAt: NOW_MS + 9, knownTo: NOW_MS + 9 }), 'agree'],
    ['a page on which people worked', PAGE, seen({ workAt: [NOW_MS + 1] }), 'agree'],
    ['a page that people ignored', PAGE, seen(), 'needless'],
    ['a page that is open still', PAGE, seen({ resolvedAt: null }), 'undecided'],
    ['what can not be decided', { kind: 'undecidable', why: 'x' }, seen(), 'undecided'],
  ])('%s', (_title, decision, after, kind) => {
    expect(compare(decision, after).kind).toBe(kind)
  })

  test('says who did what when a snooze was harmful', () => {
    expect(compare(SNOOZE, seen({ workAt: [NOW_MS + 1_000] }))).toMatchObject({
      why: ['Ada escalated it at 2026-11-22T12:00:01.000Z'],
    })
  })
})

const ms = fc.integer({ min: NOW_MS - HOUR_MS, max: NOW_MS + 4 * HOUR_MS })
const reason = fc.constantFrom('busy', 'orphaned-key-registration', 'no-error-text')
const decision: fc.Arbitrary<Decision> = fc.oneof(
  fc.record({ kind: fc.constant('snooze' as const), reason, atMs: ms, untilMs: ms.map((at) => at + HOUR_MS) }),
  fc.record({ kind: fc.constant('page' as const), reason, why: fc.string(), atMs: ms }),
  fc.record({ kind: fc.constant('undecidable' as const), why: fc.string() }),
)
const history = fc
  .record({
    workAt: fc.array(ms, { maxLength: 3 }),
    resolvedAt: fc.option(ms),
    impactingAt: fc.array(ms, { maxLength: 2 }),
    knownTo: ms,
  })
  .map(seen)

describe('any decision beside any history', () => {
  test('is harmful exactly where we would have snoozed and something happened inside that time', () => {
    fc.assert(
      fc.property(decision, history, (ours, after) => {
        const happened = [...after.outcome.work.map(({ atMs }) => atMs), ...after.impactingAtMs]
        const isHarmful = ours.kind === 'snooze' && happened.some((atMs) => atMs > ours.atMs && atMs <= ours.untilMs)
        expect(compare(ours, after).kind === 'harmful').toBe(isHarmful)
      }),
    )
  })

  test('is needless only for a page that nobody worked on', () => {
    fc.assert(
      fc.property(decision, history, (ours, after) => {
        if (compare(ours, after).kind !== 'needless') return
        expect(ours.kind).toBe('page')
        expect(after.outcome.work).toEqual([])
      }),
    )
  })

  test('is counted once: by its reason, or as undecided', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(decision, history), { maxLength: 30 }), (pairs) => {
        const all = pairs.map(([ours, after], index) => {
          const comparison = compare(ours, after)
          return { id: `Q${index}`, number: index, url: '', title: '', comparison }
        })
        const { reasons, judged, undecided, harmful } = tally(all)
        expect(judged + undecided.length).toBe(all.length)
        expect(harmful).toHaveLength(reasons.reduce((sum, one) => sum + one.harmful, 0))
        for (const one of reasons) {
          expect(one.agree + one.harmful + one.needless).toBe(one.n)
          expect(one.harmful).toBeLessThanOrEqual(one.snoozed)
          expect(one.snoozed).toBeLessThanOrEqual(one.n)
        }
      }),
    )
  })

  test('puts the newest harmful snooze first', () => {
    const all = [1, 3, 2].map((hour) => ({
      id: `Q${hour}`,
      number: hour,
      url: '',
      title: '',
      comparison: compare(
        { kind: 'snooze', reason: 'busy', atMs: NOW_MS + hour * HOUR_MS, untilMs: NOW_MS + 5 * HOUR_MS },
        seen({ workAt: [NOW_MS + 4 * HOUR_MS] }),
      ),
    }))
    expect(tally(all).harmful.map(({ id }) => id)).toEqual(['Q3', 'Q2', 'Q1'])
  })
})

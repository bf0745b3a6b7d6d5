import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { budgetObjection, type ClusterUsage, countInSpan, describeUsage, silenceWith } from '../../src/plan/budget.ts'
import { CLUSTER_ID, HOUR_MS, NOW_MS } from '../support/builders.ts'

const POLICY = DEFAULT_POLICY
const AT = { policy: POLICY, nowMs: NOW_MS }

/** Snoozes as [hours from now that they begin, hours that they last]. */
function usageOf(...spans: [number, number][]): ClusterUsage {
  const snoozes = spans.map(([from, hours]) => ({
    budget: 'busySnoozes',
    fromMs: NOW_MS + from * HOUR_MS,
    untilMs: NOW_MS + (from + hours) * HOUR_MS,
  }))
  return { clusterId: CLUSTER_ID, snoozes, cases: 1 }
}

describe('the silence that a snooze would make', () => {
  test.each<[string, [number, number][], number]>([
    ['alone, its own time', [], 2],
    ['with a past one, both', [[-10, 2]], 4],
    ['with one that reaches into the span, the part inside', [[-50, 12]], 12],
    ['with one before the span, its own time', [[-60, 12]], 2],
    ['with one that stands, what has passed of it', [[-1, 2]], 3],
    ['with one that was ended at once, its own time', [[-5, 0]], 2],
  ])('%s', (_name, spans, hours) => {
    expect(silenceWith(usageOf(...spans), POLICY, NOW_MS, 7_200)).toBe(hours * HOUR_MS)
  })

  test('is at least the snooze and grows with what was used', () => {
    const span = fc.tuple(fc.integer({ min: -60, max: 0 }), fc.integer({ min: 0, max: 12 }))
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 5 }),
        span,
        fc.integer({ min: 1, max: 43_200 }),
        (spans, more, seconds) => {
          const before = silenceWith(usageOf(...spans), POLICY, NOW_MS, seconds)
          expect(before).toBeGreaterThanOrEqual(seconds * 1_000)
          expect(silenceWith(usageOf(...spans, more), POLICY, NOW_MS, seconds)).toBeGreaterThanOrEqual(before)
        },
      ),
    )
  })
})

describe('the count of snoozes', () => {
  test.each<[string, [number, number][], number]>([
    ['none', [], 0],
    ['one inside the span', [[-23.9, 2]], 1],
    ['one that began exactly a span ago', [[-24, 2]], 0],
    [
      'one renewed counts twice',
      [
        [-4, 2],
        [-2, 2],
      ],
      2,
    ],
  ])('%s', (_name, spans, count) => {
    expect(countInSpan(usageOf(...spans), 'busySnoozes', POLICY, NOW_MS)).toBe(count)
  })

  test('of another budget is apart', () => {
    expect(countInSpan(usageOf([-1, 2]), 'orphanSnoozes', POLICY, NOW_MS)).toBe(0)
  })
})

describe('the budgets', () => {
  const wish = { seconds: 7_200, budget: 'busySnoozes' as const }

  test('one cluster of several that is over its budget objects for all', () => {
    const spent = { ...usageOf([-5, 2], [-3, 2]), clusterId: 'second' }
    const usage = { clusters: [usageOf(), spent], snoozesLastHour: 0 }
    expect(budgetObjection(usage, wish, AT)).toBe('cluster second was snoozed 2 times in 24 h, at most 2')
  })

  test('a budget of none allows none', () => {
    const none = { ...POLICY, budgets: { ...POLICY.budgets, snoozesPerHour: 0 } }
    expect(budgetObjection({ clusters: [], snoozesLastHour: 0 }, wish, { policy: none, nowMs: NOW_MS })).toMatch(
      /at most 0/,
    )
  })

  test('no sequence of snoozes that they allow makes more silence than they say, in any span', () => {
    const step = fc.record({ waitHours: fc.integer({ min: 0, max: 20 }), isOrphan: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const usage: ClusterUsage = { clusterId: CLUSTER_ID, snoozes: [], cases: 1 }
        let nowMs = NOW_MS
        for (const { waitHours, isOrphan } of steps) {
          nowMs += waitHours * HOUR_MS
          const last = usage.snoozes.at(-1)
          if (last && last.untilMs > nowMs) nowMs = last.untilMs
          const asked = isOrphan
            ? { seconds: 43_200, budget: 'orphanSnoozes' as const }
            : { seconds: 7_200, budget: 'busySnoozes' as const }
          if (budgetObjection({ clusters: [usage], snoozesLastHour: 0 }, asked, { policy: POLICY, nowMs })) continue
          usage.snoozes.push({ budget: asked.budget, fromMs: nowMs, untilMs: nowMs + asked.seconds * 1_000 })
          const endMs = nowMs + asked.seconds * 1_000
          const sinceMs = endMs - POLICY.budgets.silence.spanMs
          const silentMs = usage.snoozes.reduce(
            (sum, one) => sum + Math.max(0, one.untilMs - Math.max(one.fromMs, sinceMs)),
            0,
          )
          expect(silentMs).toBeLessThanOrEqual(POLICY.budgets.silence.amountMs)
        }
      }),
    )
  })

  test('are told with the snooze that is about to be made', () => {
    expect(describeUsage(usageOf(), wish, AT)).toBe('snooze 1 of 2, silent 2 h of at most 26 h')
    expect(describeUsage(usageOf([-3, 2]), wish, AT)).toBe('snooze 2 of 2, silent 4 h of at most 26 h')
  })
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import type { Rail } from '../../src/model/plan.ts'
import { authorizeSnooze, type SnoozeRequest, STALE_AFTER_MS } from '../../src/plan/rails.ts'
import { anIncident, CLUSTER_ID, NOW_MS } from '../support/builders.ts'
import { aRequest, HUMAN_ACT, ofIncident, REFUSED, used, withLabels } from './rail-cases.ts'

describe('each rail on its own', () => {
  test.each(REFUSED)('refuses: $name', ({ change, rail, why }) => {
    const { permit, refusals } = authorizeSnooze(aRequest(change))
    expect(permit).toBeNull()
    expect(refusals).toEqual([{ action: 'snooze', rail, why: expect.stringMatching(why) }])
  })

  test.each<{ name: string; change: Partial<SnoozeRequest> }>([
    { name: 'nothing against it', change: {} },
    { name: 'an incident of priority P3', change: ofIncident({ priority: 'P3' }) },
    { name: 'an incident of priority P10', change: ofIncident({ priority: 'P10' }) },
    { name: 'an acknowledged incident of ours', change: ofIncident({ status: 'acknowledged' }) },
    { name: 'evidence of exactly two minutes', change: { evidenceAtMs: NOW_MS - STALE_AFTER_MS } },
    { name: 'the second busy snooze of a day', change: used({ budget: 'busySnoozes', hoursAgo: 20, hours: 2 }) },
    {
      name: 'busy snoozes older than a day',
      change: used(
        { budget: 'busySnoozes', hoursAgo: 24, hours: 2 },
        { budget: 'busySnoozes', hoursAgo: 25, hours: 2 },
      ),
    },
    {
      name: 'snoozes of another budget',
      change: used(
        { budget: 'orphanSnoozes', hoursAgo: 5, hours: 1 },
        { budget: 'orphanSnoozes', hoursAgo: 3, hours: 1 },
      ),
    },
    {
      name: 'silence that just fits',
      change: used(
        { budget: 'orphanSnoozes', hoursAgo: 40, hours: 12 },
        { budget: 'orphanSnoozes', hoursAgo: 25, hours: 12 },
      ),
    },
    { name: 'nineteen snoozes in the hour', change: { usage: { ...aRequest().usage, snoozesLastHour: 19 } } },
    {
      name: 'a cluster with four cases',
      change: { usage: { clusters: [{ clusterId: CLUSTER_ID, snoozes: [], cases: 4 }], snoozesLastHour: 0 } },
    },
  ])('gives a permit with $name', ({ change }) => {
    expect(authorizeSnooze(aRequest(change))).toEqual({ permit: {}, refusals: [] })
  })
})

describe('a snooze by hand', () => {
  const POLICY_RAILS: readonly Rail[] = ['storm', 'snooze-budget', 'flapping', 'awaiting-approval']

  test.each(REFUSED.filter(({ rail }) => POLICY_RAILS.includes(rail)))('passes: $name', ({ change }) => {
    expect(authorizeSnooze(aRequest({ ...change, byHand: 'Grace' })).permit).not.toBeNull()
  })

  test.each(REFUSED.filter(({ rail }) => !POLICY_RAILS.includes(rail)))('still meets: $name', ({ change, rail }) => {
    expect(authorizeSnooze(aRequest({ ...change, byHand: 'Grace' })).refusals).toMatchObject([{ rail }])
  })

  test('is not kept from the one who acted, in whatever case their name is written', () => {
    const request = aRequest({ ...ofIncident({ humanActs: [HUMAN_ACT] }), byHand: 'ADA' })
    expect(authorizeSnooze(request).permit).not.toBeNull()
  })
})

describe('all rails together', () => {
  const MODE_RAILS: readonly Rail[] = ['shadow', 'awaiting-approval', 'paused']

  test('a permit is given only when none objects, every objection is kept, and the mode is told apart', () => {
    fc.assert(
      fc.property(fc.subarray(REFUSED), (faults) => {
        // Later faults replace fields of earlier ones: each field's last fault is the one that must be told.
        const request: SnoozeRequest = Object.assign(aRequest(), ...faults.map(({ change }) => change))
        const authorization = authorizeSnooze(request)
        const expected = REFUSED.filter(({ change }) =>
          Object.entries(change).every(([field, value]) => Reflect.get(request, field) === value),
        ).map(({ rail }) => rail)
        expect(authorization.permit === null).toBe(faults.length > 0)
        const told = authorization.refusals.map(({ rail }) => rail)
        expect(told).toEqual(expect.arrayContaining(expected))
        expect(new Set(told)).toEqual(new Set(expected))
        if (authorization.permit === null) {
          expect(authorization.isModeOnly).toBe(told.every((rail) => MODE_RAILS.includes(rail)))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('random labels, priorities, times and counts give a permit only where all of them allow it', () => {
    const label = fc.constantFrom(undefined, 'false', 'true', 'warning', 'critical', '')
    fc.assert(
      fc.property(
        fc.record({
          impact: label,
          severity: label,
          truncated: fc.constantFrom(0, 0, 1),
          status: fc.constantFrom('triggered' as const, 'acknowledged' as const, 'resolved' as const),
          priority: fc.constantFrom(null, 'P1', 'P3'),
          ageMs: fc.integer({ min: 0, max: 2 * STALE_AFTER_MS }),
          cases: fc.integer({ min: 0, max: 8 }),
          mode: fc.constantFrom('live' as const, 'live' as const, 'shadow' as const, 'approve' as const),
          paused: fc.boolean(),
        }),
        (at) => {
          const { permit } = authorizeSnooze(
            aRequest({
              ...withLabels({ tip_customer_impacting: at.impact, severity: at.severity }),
              truncatedAlerts: at.truncated,
              incident: anIncident({ status: at.status, priority: at.priority }),
              evidenceAtMs: NOW_MS - at.ageMs,
              usage: { clusters: [{ clusterId: CLUSTER_ID, snoozes: [], cases: at.cases }], snoozesLastHour: 0 },
              mode: at.mode,
              paused: at.paused,
            }),
          )
          const isAllowed =
            at.impact === 'false' &&
            at.severity === 'warning' &&
            at.truncated === 0 &&
            at.status !== 'resolved' &&
            at.priority !== 'P1' &&
            at.ageMs <= STALE_AFTER_MS &&
            at.cases <= DEFAULT_POLICY.budgets.cases.count &&
            at.mode === 'live' &&
            !at.paused
          expect(permit !== null).toBe(isAllowed)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

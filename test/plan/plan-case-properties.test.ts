import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { planCase } from '../../src/plan/plan-case.ts'
import {
  anAlert,
  anIncident,
  aSnooze,
  busyJudgement,
  HOUR_MS,
  humanJudgement,
  MINUTE_MS,
  NOW_MS,
  waitingJudgement,
} from '../support/builders.ts'
import { hostileSituation } from './hostile.ts'
import { situated } from './situations.ts'

describe('for any situation', () => {
  test('hostile words make no error, and no snooze without a permit is real', () => {
    fc.assert(
      fc.property(hostileSituation, (situation) => {
        const { plan, snooze } = planCase(situation)
        expect(plan.actions.some((action) => action.action === 'snooze')).toBe(snooze !== null)
      }),
      { numRuns: 200 },
    )
  })

  test('a case that is woken or handed over is never quieted by the same plan', () => {
    const judgement = fc.constantFrom(
      busyJudgement(),
      humanJudgement('kms-update-failed'),
      humanJudgement('no-error-text'),
      waitingJudgement(NOW_MS + MINUTE_MS),
      null,
    )
    const situations = fc
      .record({
        judgements: fc.array(judgement, { maxLength: 4 }),
        isStanding: fc.boolean(),
        endsInMs: fc.integer({ min: -HOUR_MS, max: 2 * HOUR_MS }),
        heldForMs: fc.option(fc.integer({ min: 0, max: 90_000 })),
        status: fc.constantFrom('triggered' as const, 'acknowledged' as const, 'resolved' as const),
        mode: fc.constantFrom('live' as const, 'shadow' as const, 'approve' as const),
        paused: fc.boolean(),
        hasIncident: fc.boolean(),
        isTaken: fc.boolean(),
      })
      .map((at) =>
        situated(
          {
            alerts: at.judgements.map((one, number) => anAlert({ fingerprint: `f${number}`, judgement: one })),
            snooze: at.isStanding ? aSnooze({ untilMs: NOW_MS + at.endsInMs, fingerprints: ['f0', 'f1'] }) : null,
            takenOver: at.isTaken ? { by: 'Ada', what: 'wake', atMs: NOW_MS } : null,
          },
          {
            incident: at.hasIncident ? anIncident({ status: at.status }) : null,
            heldSinceMs: at.heldForMs === null ? null : NOW_MS - at.heldForMs,
            mode: at.mode,
            paused: at.paused,
          },
        ),
      )
    fc.assert(
      fc.property(situations, (situation) => {
        const { plan, state, snooze, nextLookMs } = planCase(situation)
        const kinds = plan.actions.map(({ action }) => action)
        if (kinds.includes('wake') || state === 'handed-over') {
          expect(kinds).not.toContain('snooze')
          expect(kinds).not.toContain('acknowledge')
          expect(snooze).toBeNull()
        }
        for (const action of plan.actions) {
          if (action.action !== 'snooze' || action.permit === null) continue
          expect({ mode: situation.mode, paused: situation.paused }).toEqual({ mode: 'live', paused: false })
          expect(situation.incident?.status).not.toBe('resolved')
          expect(situation.subject.alerts.every(({ judgement: one }) => one?.verdict.reason === 'busy')).toBe(true)
        }
        if (state === 'gathering' || state === 'snoozed') expect(nextLookMs).not.toBeNull()
        expect(new Set(plan.actions.map(({ key }) => key)).size).toBe(plan.actions.length)
      }),
      { numRuns: 1_000 },
    )
  })
})

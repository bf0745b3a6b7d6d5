import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { CaseAlert } from '../../src/model/case.ts'
import type { Judgement } from '../../src/model/verdict.ts'
import { joinJudgements } from '../../src/plan/join.ts'
import { anAlert, aVerdict, busyJudgement, humanJudgement, NOW_MS, waitingJudgement } from '../support/builders.ts'

const ORPHANED: Judgement = {
  kind: 'verdict',
  verdict: aVerdict('orphaned-key-registration', {
    kind: 'issue-then-snooze',
    seconds: 43_200,
    budget: 'orphanSnoozes',
  }),
}

function alertsOf(...judgements: (Judgement | null)[]): CaseAlert[] {
  return judgements.map((judgement, at) => anAlert({ fingerprint: `f${at}`, judgement }))
}

describe('what the alerts of a case ask for together', () => {
  test.each([
    ['one busy alert is snoozed', [busyJudgement()], { kind: 'snooze', seconds: 7_200, budget: 'busySnoozes' }],
    [
      'the shortest snooze rules',
      [ORPHANED, busyJudgement()],
      { kind: 'snooze', seconds: 7_200, budget: 'busySnoozes' },
    ],
    [
      'orphaned alone is snoozed long',
      [ORPHANED, ORPHANED],
      { kind: 'snooze', seconds: 43_200, budget: 'orphanSnoozes' },
    ],
    [
      'a wait goes before a snooze',
      [busyJudgement(), waitingJudgement(NOW_MS + 5)],
      { kind: 'waiting', untilMs: NOW_MS + 5 },
    ],
    [
      'the longest wait is waited for',
      [waitingJudgement(NOW_MS + 5), waitingJudgement(NOW_MS + 9)],
      { kind: 'waiting', untilMs: NOW_MS + 9 },
    ],
    ['an alert that is not judged yet waits', [busyJudgement(), null], { kind: 'waiting', untilMs: NOW_MS }],
    ['no alert at all is nobody to quiet', [], { kind: 'human', because: [] }],
  ])('%s', (_name, judgements, joined) => {
    expect(joinJudgements(alertsOf(...judgements), NOW_MS)).toMatchObject(joined)
  })

  test('one alert for a person forbids the snooze and the wait of all, and is named', () => {
    const alerts = alertsOf(busyJudgement(), humanJudgement('unrecognised-error'), waitingJudgement(NOW_MS + 5), null)
    expect(joinJudgements(alerts, NOW_MS)).toEqual({ kind: 'human', because: [alerts[1]] })
  })

  test('a case is never snoozed longer than its strictest alert, nor where one of them asks for no snooze', () => {
    const judgement = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 604_800 }).map(busyJudgement) },
      { weight: 2, arbitrary: fc.constant(ORPHANED) },
      { weight: 1, arbitrary: fc.constantFrom(humanJudgement('busy'), waitingJudgement(NOW_MS + 1), null) },
    )
    fc.assert(
      fc.property(fc.array(judgement, { maxLength: 6 }), (judgements) => {
        const joined = joinJudgements(alertsOf(...judgements), NOW_MS)
        const asked = judgements.map((one) => {
          const remedy = one?.kind === 'verdict' ? one.verdict.remedy : null
          return remedy && remedy.kind !== 'human' ? remedy.seconds : 0
        })
        if (joined.kind === 'snooze') expect(joined.seconds).toBe(Math.min(...asked))
        else expect(asked.length === 0 || asked.includes(0)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('one more alert never makes a snooze longer, nor one where there was none', () => {
    const judgement = fc.oneof(
      fc.integer({ min: 1, max: 604_800 }).map(busyJudgement),
      fc.constantFrom(humanJudgement('busy'), waitingJudgement(NOW_MS + 1), null, ORPHANED),
    )
    const seconds = (alerts: CaseAlert[]) => {
      const joined = joinJudgements(alerts, NOW_MS)
      return joined.kind === 'snooze' ? joined.seconds : 0
    }
    fc.assert(
      fc.property(fc.array(judgement, { minLength: 1, maxLength: 5 }), judgement, (judgements, more) => {
        const alerts = alertsOf(...judgements)
        expect(seconds([...alerts, ...alertsOf(more)])).toBeLessThanOrEqual(seconds(alerts))
      }),
    )
  })
})

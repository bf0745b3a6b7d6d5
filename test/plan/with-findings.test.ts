import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { CaseAlert } from '../../src/model/case.ts'
import type { Action } from '../../src/model/plan.ts'
import { planCase } from '../../src/plan/plan-case.ts'
import type { Situation } from '../../src/plan/situation.ts'
import { withTextsOf } from '../../src/plan/with-findings.ts'
import { anAlert, aSituation, humanJudgement } from '../support/builders.ts'
import { hostileSituation, withHostileFindings } from './hostile.ts'
import { NEAR_END, situated, snoozed } from './situations.ts'

function withoutTexts(action: Action): object {
  switch (action.action) {
    case 'note':
      return { ...action, content: '' }
    case 'issue':
      return { ...action, body: '', comment: { ...action.comment, body: '' } }
    case 'slack':
      return { ...action, text: '', blocks: [] }
    default:
      return action
  }
}

const plain = fc.constantFrom(
  aSituation(),
  aSituation({ mode: 'shadow' }),
  snoozed({}),
  snoozed(NEAR_END),
  situated({ alerts: [anAlert({ judgement: humanJudgement('kms-update-failed') })] }),
)

function withAlerts(situation: Situation, change: (alert: CaseAlert) => CaseAlert): Situation {
  return { ...situation, subject: { ...situation.subject, alerts: situation.subject.alerts.map(change) } }
}

function withoutFindings({ findings: _, ...alert }: CaseAlert): CaseAlert {
  return alert
}

describe('what further sources say', () => {
  test('changes nothing of a plan but the texts of note and issue', () => {
    fc.assert(
      fc.property(fc.oneof(plain, hostileSituation), withHostileFindings, (situation, toTold) => {
        const told = withAlerts(situation, toTold)
        const before = planCase(withAlerts(situation, withoutFindings))
        const after = planCase(told)
        expect({ ...after, plan: { ...after.plan, actions: after.plan.actions.map(withoutTexts) } }).toEqual({
          ...before,
          plan: { ...before.plan, actions: before.plan.actions.map(withoutTexts) },
        })
        expect(withTextsOf(before.plan, after.plan)).toEqual({ ...before.plan, actions: after.plan.actions })
      }),
    )
  })

  test('of an action that another plan does not have is not taken over', () => {
    const { plan } = planCase(aSituation())
    const other = { ...plan, actions: plan.actions.map((action) => ({ ...action, key: `${action.key}/other` })) }
    expect(withTextsOf(plan, other)).toEqual(plan)
  })
})

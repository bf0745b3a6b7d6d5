import { describe, expect, test } from '@jest/globals'
import type { Case } from '../../src/model/case.ts'
import type { Rail } from '../../src/model/plan.ts'
import { OFFER_LASTS_MS } from '../../src/plan/offer.ts'
import { planCase } from '../../src/plan/plan-case.ts'
import type { Situation } from '../../src/plan/situation.ts'
import { stageOf } from '../../src/plan/stage.ts'
import type { Storm } from '../../src/plan/storm.ts'
import {
  aCase,
  anAlert,
  anIncident,
  aSituation,
  aSnooze,
  humanJudgement,
  labelsOf,
  NOTHING_DONE,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'
import { OURS } from './situations.ts'

const ASKED: Partial<Situation> = { mode: 'approve', isInteractive: true }
const DONE_ONCE = { ...NOTHING_DONE, acknowledges: 1, snoozes: 1 }

function asked(subject: Partial<Case> = {}, change: Partial<Situation> = {}): Situation {
  return aSituation({ ...ASKED, ...change, subject: aCase(subject) })
}

/** The hash of the plan that people are first asked about. */
function firstHash(): string {
  return planCase(asked()).plan.offer?.hash ?? ''
}

function approvedAt(atMs: number, hash = firstHash()): Partial<Case> {
  return { approval: { hash, by: 'slack:U0ADA (ada)', atMs }, offer: { hash, atMs, declinedBy: null } }
}

function buttonsIn(situation: Situation): unknown {
  const slack = planCase(situation).plan.actions.find((action) => action.action === 'slack')
  const row = slack?.blocks.find(({ type }) => type === 'actions')
  return Array.isArray(row?.elements) ? row.elements.map(({ action_id }) => action_id) : []
}

function permitted({ plan }: ReturnType<typeof planCase>): boolean {
  return plan.actions.some((action) => action.action === 'snooze' && action.permit !== null)
}

function urgencyIn(situation: Situation): string | undefined {
  return planCase(situation).plan.actions.find((action) => action.action === 'slack')?.urgency
}

describe('the message of a case', () => {
  const declined = { hash: firstHash(), atMs: NOW_MS, declinedBy: 'ada' }
  test.each<[string, Situation, string | undefined]>([
    ['that asks people goes first', asked(), 'ask'],
    ['whose page stays with people goes next', aSituation({ subject: humanCase() }), 'page'],
    ['whose plan nobody approved goes next, too', asked({ offer: declined }), 'page'],
    ['that is snoozed can wait', aSituation(), undefined],
    ['that somebody has can wait', asked({ takenOver: { by: 'Ada', what: 'acknowledge', atMs: NOW_MS } }), undefined],
  ])('%s', (_, situation, urgency) => {
    expect(urgencyIn(situation)).toBe(urgency)
  })
})

function humanCase(): Case {
  return aCase({ alerts: [anAlert({ judgement: humanJudgement('kms-update-failed') })] })
}

describe('a plan in approve mode', () => {
  test('waits for 15 min, is refused by awaiting-approval alone, and asks by its message', () => {
    const { plan, nextLookMs } = planCase(asked())
    expect(plan.offer).toMatchObject({ atMs: NOW_MS, untilMs: NOW_MS + OFFER_LASTS_MS })
    expect(plan.refusals.map(({ rail }): Rail => rail)).toEqual(['awaiting-approval'])
    expect(plan.approvedBy).toBeUndefined()
    expect(nextLookMs).toBe(NOW_MS + OFFER_LASTS_MS)
    expect(buttonsIn(asked())).toEqual(['kp_approve', 'kp_not-now', 'kp_hand-over', 'kp_wrong-verdict'])
  })

  test('keeps its hash, its offer and its span at every later look', () => {
    const { plan, snooze } = planCase(asked())
    const later = asked(
      { offer: { hash: firstHash(), atMs: NOW_MS, declinedBy: null }, snooze, state: 'snoozed' },
      { nowMs: NOW_MS + 60_000, evidenceAtMs: NOW_MS + 50_000 },
    )
    const again = planCase(later)
    expect(again.plan.offer).toEqual(plan.offer)
    expect(again.snooze).toEqual(snooze)
  })

  test.each<[string, Partial<Situation>]>([
    ['another incident', { incident: anIncident({ id: 'Q2INCIDENT' }) }],
    ['a second snooze', { done: DONE_ONCE }],
    [
      'another reason',
      { subject: aCase({ alerts: [anAlert({ judgement: { kind: 'verdict', verdict: otherReason() } })] }) },
    ],
    [
      'one more alert',
      { subject: aCase({ alerts: [anAlert(), anAlert({ fingerprint: 'b', labels: labelsOf(OTHER_CLUSTER_ID) })] }) },
    ],
    ['another case', { subject: aCase({ id: 'case-2' }) }],
  ])('has another hash with %s', (_what, change) => {
    const hash = planCase(aSituation({ ...ASKED, ...change })).plan.offer?.hash
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(hash).not.toBe(firstHash())
  })

  test.each<[string, Partial<Case>]>([
    ['nobody approved in time', { offer: { hash: firstHash(), atMs: NOW_MS - OFFER_LASTS_MS, declinedBy: null } }],
    ['somebody said not now', { offer: { hash: firstHash(), atMs: NOW_MS, declinedBy: 'slack:U0EVE (eve)' } }],
  ])('is left to people, without another offer, when %s', (_what, subject) => {
    const decision = planCase(asked(subject))
    expect(decision.plan.offer).toBeUndefined()
    expect(decision.state).toBe('handed-over')
    expect(decision.plan.headline).toMatch(/^Needs you: judged busy, not snoozed/)
    expect(buttonsIn(asked(subject))).not.toContain('kp_approve')
  })

  test.each<[string, Partial<Situation>]>([
    ['shadow', { mode: 'shadow' }],
    ['a pause', { paused: true }],
    ['no way for a press to reach us', { isInteractive: false }],
  ])('asks nobody in %s', (_what, change) => {
    expect(planCase(asked({}, change)).plan.offer).toBeUndefined()
  })
})

describe('an approval', () => {
  test('lets exactly its plan be carried out', () => {
    const decision = planCase(asked(approvedAt(NOW_MS - 1_000)))
    expect(permitted(decision)).toBe(true)
    expect(decision.plan).toMatchObject({ approvedBy: 'slack:U0ADA (ada)', refusals: [] })
  })

  test('still does after our own acknowledgement, so that what was begun is completed', () => {
    const decision = planCase(
      asked(approvedAt(NOW_MS - 1_000), {
        incident: OURS,
        heldSinceMs: NOW_MS - 500,
        done: { ...NOTHING_DONE, acknowledges: 1 },
      }),
    )
    expect(permitted(decision)).toBe(true)
  })

  test.each<[string, Partial<Case>, Partial<Situation>]>([
    ['of another plan', approvedAt(NOW_MS, 'f'.repeat(64)), {}],
    ['of a plan whose first snooze was made', approvedAt(NOW_MS), { done: DONE_ONCE }],
    ['older than 15 min', approvedAt(NOW_MS - OFFER_LASTS_MS - 1), {}],
    ['while paused', approvedAt(NOW_MS), { paused: true }],
    ['in shadow', approvedAt(NOW_MS), { mode: 'shadow' }],
    [
      'of an incident that a person acted on',
      approvedAt(NOW_MS),
      { incident: anIncident({ humanActs: [{ who: 'Ada', what: 'acknowledge', atMs: NOW_MS }] }) },
    ],
    ['of an incident that was shared meanwhile', approvedAt(NOW_MS), { incident: anIncident({ sharedWhy: 'x' }) }],
    ['with priority P1', approvedAt(NOW_MS), { incident: anIncident({ priority: 'P1' }) }],
    ['in a storm', approvedAt(NOW_MS), { storm: aStorm() }],
    ['on old evidence', approvedAt(NOW_MS), { evidenceAtMs: NOW_MS - 121_000 }],
    [
      'beside a case of the same cluster that needs people',
      approvedAt(NOW_MS),
      { kin: [anAlert({ judgement: humanJudgement('unrecognised-error') })] },
    ],
  ])('%s permits nothing', (_what, subject, change) => {
    expect(permitted(planCase(asked(subject, change)))).toBe(false)
  })

  test('that stands keeps what is owed to it', () => {
    const decision = planCase(asked({ snooze: aSnooze(), state: 'snoozed' }, { incident: OURS, done: DONE_ONCE }))
    expect(decision).toMatchObject({ state: 'snoozed', plan: { approvedBy: expect.any(String) } })
  })

  test('is asked for anew when its snooze has ended, and not before', () => {
    const nearEnd = { snooze: aSnooze({ untilMs: NOW_MS + 60_000 }), state: 'snoozed' as const }
    const before = planCase(asked(nearEnd, { incident: OURS, done: DONE_ONCE }))
    expect(before).toMatchObject({ snooze: nearEnd.snooze, nextLookMs: nearEnd.snooze.untilMs })
    const after = planCase(asked({ state: 'snoozed' }, { done: DONE_ONCE }))
    expect(after.plan.offer).toBeDefined()
  })
})

describe('the stage of a case', () => {
  test.each([
    ['live', {}, 'live'],
    ['live', { busy: 'approve' }, 'approve'],
    ['live', { busy: 'shadow', 'unrecognised-error': 'approve' }, 'shadow'],
    ['approve', { busy: 'live' }, 'approve'],
    ['shadow', { busy: 'live' }, 'shadow'],
    ['live', { 'no-error-text': 'shadow' }, 'live'],
  ] as const)('in mode %s with the stages %j is %s', (mode, stages, expected) => {
    const alerts = [anAlert(), anAlert({ judgement: humanJudgement('unrecognised-error') })]
    expect(stageOf(mode, alerts, { stages })).toBe(expected)
  })
})

function otherReason() {
  return {
    classification: 'eu-fr2-migration' as const,
    reason: 'migration-blocked' as const,
    message: 'It is blocked.',
    remedy: { kind: 'snooze' as const, seconds: 7_200, budget: 'migrationSnoozes' as const },
    evidence: [],
    ruledOut: [],
  }
}

function aStorm(): Storm {
  return { sinceMs: NOW_MS, endsAtMs: NOW_MS + 1, clusters: 30, regions: [], accounts: [] }
}

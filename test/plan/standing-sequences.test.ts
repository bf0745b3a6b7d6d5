import { describe, expect, test } from '@jest/globals'
import type { Case } from '../../src/model/case.ts'
import { type Decision, planCase } from '../../src/plan/plan-case.ts'
import { anAlert, aSnooze, CLUSTER_ID, humanJudgement, labelsOf, MINUTE_MS, NOW_MS } from '../support/builders.ts'
import { NEAR_END, NEW_ALERT, situated, snoozed } from './situations.ts'

const KMS_FAILED = [anAlert({ judgement: humanJudgement('kms-update-failed') })]
const UNREADABLE = [anAlert({ judgement: humanJudgement('etcd-unavailable') })]
const BY_HAND = { by: 'operator ada', what: 'snooze', atMs: NOW_MS }

function noteKey({ plan }: Decision): string | undefined {
  return plan.actions.find(({ action }) => action === 'note')?.key
}

/** What a decision leaves on the case. */
function leftBy({ state, plan, told }: Decision): Partial<Case> {
  return { snooze: null, state, plan, ...(told ? { told } : {}) }
}

describe('one change has one note', () => {
  test.each([
    ['a wake', snoozed({ alerts: KMS_FAILED })],
    ['an end that nobody renews', snoozed({ ...NEAR_END, alerts: UNREADABLE })],
  ])('also when the case is looked at again after %s', (_name, situation) => {
    const first = planCase(situation)
    expect(noteKey(first)).toBeDefined()
    const { alerts } = situation.subject
    const later = planCase(snoozed({ ...leftBy(first), alerts }))
    expect(noteKey(later)).toBe(noteKey(first))
  })

  test('also when a channel is away for a while after a wake, and says the same when it is back', () => {
    const woken = planCase(snoozed({ alerts: KMS_FAILED }))
    const waiting = [
      anAlert({
        judgement: {
          ...humanJudgement('evidence-unavailable'),
          kind: 'waiting',
          untilMs: NOW_MS + 1,
          awaited: 'evidence',
        },
      }),
    ]
    const away = planCase(snoozed({ ...leftBy(woken), alerts: waiting }))
    expect({ state: away.state, note: noteKey(away) }).toEqual({ state: 'gathering', note: undefined })
    const back = planCase(snoozed({ ...leftBy(woken), ...leftBy(away), alerts: KMS_FAILED }))
    expect(noteKey(back)).toBe(noteKey(woken))
  })
})

describe('a snooze that a rail refuses', () => {
  const impacting = [anAlert({ labels: { ...labelsOf(CLUSTER_ID), tip_customer_impacting: 'true' } })]
  const first = planCase(situated({ alerts: impacting }))
  const alsoTruncated = { alerts: impacting, truncatedAlerts: 1 }

  test.each([
    ['another rail objects as well', leftBy(first), alsoTruncated],
    ['one of two rails objects no more', leftBy(planCase(situated(alsoTruncated))), { alerts: impacting }],
  ])('is told once, though %s', (_name, before, now) => {
    expect(before.plan?.headline).toMatch(/^Needs you: judged busy, not snoozed, customer-impacting/)
    const later = planCase(situated({ ...before, ...now }))
    expect(noteKey(later)).toBe(noteKey(first))
    expect(later.plan.headline).toBe(first.plan.headline)
  })

  test('is told once in the same words, whatever else has made it', () => {
    const { told } = first
    if (!told) throw new Error('people were told nothing')
    const before = { ...leftBy(first), told: { ...told, key: 'of-another-making' } }
    expect(planCase(situated({ ...before, alerts: impacting })).plan.outcomeKey).toBe('of-another-making/0')
    const joined = [...impacting, anAlert(NEW_ALERT)]
    expect(planCase(situated({ ...before, alerts: joined })).plan.outcomeKey).not.toMatch(/another/)
  })

  test('is told in Slack with the rails that object now', () => {
    const slackKey = (changed: Partial<Case>) =>
      planCase(situated({ ...leftBy(first), ...changed })).plan.actions.flatMap((action) =>
        action.action === 'slack' ? [action.contentKey] : [],
      )
    expect(slackKey(alsoTruncated)).not.toEqual(slackKey({ alerts: impacting }))
  })

  test('is told anew when what people were told of holds no more', () => {
    const later = planCase(situated({ ...leftBy(first), truncatedAlerts: 1 }))
    expect(later.plan.headline).toMatch(/truncated/)
    expect(noteKey(later)).not.toBe(noteKey(first))
  })
})

describe('a further alert that is left to people', () => {
  test('is noted anew when its verdict changes, though the words of the first one stay', () => {
    const [known] = KMS_FAILED
    if (!known) throw new Error('there is no alert')
    const with2nd = (reason: 'etcd-unavailable' | 'migration-blocked') => ({
      alerts: [known, anAlert({ ...NEW_ALERT, judgement: humanJudgement(reason) })],
    })
    const before = planCase(situated(with2nd('etcd-unavailable')))
    const after = planCase(situated({ ...leftBy(before), ...with2nd('migration-blocked') }))
    expect(after.plan.headline).toBe(before.plan.headline)
    expect(noteKey(after)).not.toBe(noteKey(before))
  })
})

describe('evidence that can not be had', () => {
  const left = planCase(situated({ alerts: KMS_FAILED }))
  const doubt = (change = {}) => anAlert({ judgement: humanJudgement('evidence-unavailable'), ...change })

  test('is no news of a page that people have for a reason that is known', () => {
    const { state, plan, told } = planCase(situated({ ...leftBy(left), alerts: [doubt()] }))
    expect({ state, headline: plan.headline, told }).toEqual({
      state: 'handed-over',
      headline: left.plan.headline,
      told: undefined,
    })
    expect(noteKey({ ...left, plan })).toBe(noteKey(left))
  })

  test.each([
    ['where people were told nothing', {}, [doubt()]],
    ['of an alert that they were not told of', leftBy(left), [doubt(), doubt(NEW_ALERT)]],
  ])('is told %s', (_name, before, alerts) => {
    const { plan, told } = planCase(situated({ ...before, alerts }))
    expect(plan.headline).toMatch(/^Needs you: evidence-unavailable/)
    expect(told?.headline).toBe(plan.headline)
  })

  test('is told after another snooze', () => {
    const done = { acknowledges: 1, snoozes: 1, wakes: 0, notes: 1 }
    expect(planCase(situated({ ...leftBy(left), alerts: [doubt()] }, { done })).plan.headline).toMatch(
      /evidence-unavailable/,
    )
  })
})

describe('near the end of a snooze', () => {
  test('an incident that can not be read just now is read again before the end', () => {
    const { state, nextLookMs, snooze } = planCase(snoozed(NEAR_END, { incident: null, isStillLooking: false }))
    expect({ state, nextLookMs, snooze }).toEqual({
      state: 'snoozed',
      nextLookMs: NOW_MS + 30_000,
      snooze: NEAR_END.snooze,
    })
  })
})

describe('an alert that joined a snooze and was judged busy', () => {
  test('does not end it by doubt later', () => {
    const joined = planCase(snoozed({ alerts: [anAlert(), anAlert(NEW_ALERT)] })).snooze
    const doubt = anAlert({ ...NEW_ALERT, judgement: humanJudgement('evidence-unavailable') })
    expect(planCase(snoozed({ snooze: joined, alerts: [anAlert(), doubt] })).state).toBe('snoozed')
  })
})

describe('evidence that grew old before the write', () => {
  test('is gathered again, not left to people for good', () => {
    const { nextLookMs, plan } = planCase(situated({}, { evidenceAtMs: NOW_MS - 3 * MINUTE_MS }))
    expect(plan.refusals.map(({ rail }) => rail)).toEqual(['stale-evidence'])
    expect(nextLookMs).toBe(NOW_MS + 5_000)
  })
})

describe('a snooze by hand', () => {
  test('stands against a verdict that the operator knew, and its note is owed', () => {
    const { state, plan } = planCase(snoozed({ takenOver: BY_HAND, alerts: KMS_FAILED }))
    expect({ state, actions: plan.actions.map(({ action }) => action) }).toEqual({
      state: 'snoozed',
      actions: ['note', 'slack'],
    })
  })

  test('is told from one that a person made in PagerDuty: that case is theirs', () => {
    const { state, plan } = planCase(snoozed({ takenOver: { ...BY_HAND, by: 'Ada' } }))
    expect({ state, headline: plan.headline }).toEqual({ state: 'handed-over', headline: 'Handed over: Ada has it' })
  })

  test.each([
    ['customer impact', [anAlert({ labels: { ...labelsOf(CLUSTER_ID), tip_customer_impacting: 'true' } })]],
    [
      'a failing alert that joined',
      [...KMS_FAILED, anAlert({ ...NEW_ALERT, judgement: humanJudgement('kms-update-failed') })],
    ],
  ])('is woken by %s', (_name, alerts) => {
    const snooze = aSnooze({ untilMs: NOW_MS + 90 * MINUTE_MS })
    expect(planCase(snoozed({ takenOver: BY_HAND, alerts, snooze })).plan.actions.map(({ action }) => action)).toEqual([
      'wake',
      'note',
      'slack',
    ])
  })
})

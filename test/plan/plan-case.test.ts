import { describe, expect, test } from '@jest/globals'
import { planCase } from '../../src/plan/plan-case.ts'
import type { Situation } from '../../src/plan/situation.ts'
import {
  anAlert,
  anIncident,
  aSnooze,
  CLUSTER_ID,
  HOUR_MS,
  humanJudgement,
  MINUTE_MS,
  NOTHING_DONE,
  NOW_MS,
  waitingJudgement,
} from '../support/builders.ts'
import { type Row, testDecisions } from './decision-rows.ts'
import { NEAR_END, NEW_ALERT, OURS, situated, snoozed } from './situations.ts'

const ROWS: Row[] = [
  {
    name: 'a case whose alert is still looked into gathers, and says so in Slack after half a minute',
    situation: situated({ alerts: [anAlert({ judgement: waitingJudgement(NOW_MS + MINUTE_MS) })] }),
    state: 'gathering',
    headline: 'Gathering, verdict by 2026-11-22T12:01:00.000Z',
    actions: ['slack'],
    nextLookMs: NOW_MS + MINUTE_MS,
  },
  {
    name: 'in the first half minute Slack is not told yet',
    situation: situated({
      openedAtMs: NOW_MS - 10_000,
      alerts: [anAlert({ judgement: waitingJudgement(NOW_MS + MINUTE_MS) })],
    }),
    state: 'gathering',
    headline: /^Gathering/,
    actions: [],
    nextLookMs: NOW_MS + 20_000,
  },
  {
    name: 'an incident that we hold is given back when the evidence changes to a wait',
    situation: situated(
      { alerts: [anAlert({ judgement: waitingJudgement(NOW_MS + MINUTE_MS) })] },
      { heldSinceMs: NOW_MS - 5_000, incident: OURS },
    ),
    state: 'handed-over',
    headline: /^Needs you: the evidence changed/,
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'a verdict for a person is noted and told, and nothing is quieted',
    situation: situated({ alerts: [anAlert({ judgement: humanJudgement('unrecognised-error') })] }),
    state: 'handed-over',
    headline: 'Needs you: unrecognised-error: It is unrecognised-error.',
    actions: ['note', 'slack'],
    nextLookMs: null,
  },
  {
    name: 'a busy cluster is acknowledged, snoozed, noted and told, and looked at five minutes before the end',
    situation: situated({}),
    state: 'snoozed',
    headline: 'Snoozed 2 h: cluster busy with another KMS action',
    actions: ['acknowledge', 'snooze', 'note', 'slack'],
    nextLookMs: NOW_MS + 115 * MINUTE_MS,
  },
  {
    name: 'an incident that is acknowledged already is not acknowledged again',
    situation: situated({}, { incident: OURS }),
    state: 'snoozed',
    headline: /^Snoozed 2 h/,
    actions: ['snooze', 'note', 'slack'],
  },
  {
    name: 'one alert for a person forbids the snooze of a busy one beside it',
    situation: situated({
      alerts: [anAlert(), anAlert({ ...NEW_ALERT, judgement: humanJudgement('unrecognised-error') })],
    }),
    state: 'handed-over',
    headline: /^Needs you: unrecognised-error/,
    actions: ['note', 'slack'],
  },
  {
    name: 'a rail that objects leaves the page with people and is told',
    situation: situated({ truncatedAlerts: 3 }),
    state: 'handed-over',
    headline: /^Needs you: judged busy, not snoozed, truncated-group: Alertmanager left 3 alerts out/,
    actions: ['note', 'slack'],
    rails: ['truncated-group'],
  },
  {
    name: 'a person who acted on the incident keeps it',
    situation: situated({}, { incident: anIncident({ humanActs: [{ who: 'Ada', what: 'annotate', atMs: NOW_MS }] }) }),
    state: 'handed-over',
    headline: /human-engaged: Ada acted/,
    actions: ['note', 'slack'],
    rails: ['human-engaged'],
  },
  {
    name: 'without an incident yet the snooze waits for it',
    situation: situated({}, { incident: null }),
    state: 'waiting',
    headline: 'Waiting for the PagerDuty incident, to be snoozed 2 h: cluster busy with another KMS action',
    actions: ['slack'],
    nextLookMs: NOW_MS + 30_000,
  },
  {
    name: 'an incident is looked for less and less often, at whole milliseconds',
    situation: situated({ openedAtMs: NOW_MS - 10_001 }, { incident: null }),
    state: 'waiting',
    headline: /^Waiting for the PagerDuty incident/,
    actions: [],
    nextLookMs: NOW_MS + 5_001,
  },
  {
    name: 'an incident not found in fifteen minutes is told, and looked for more seldom',
    situation: situated({}, { incident: null, isStillLooking: false }),
    state: 'handed-over',
    headline: /^Needs you: judged busy, not snoozed, incident-not-found/,
    actions: ['slack'],
    rails: ['incident-not-found'],
    nextLookMs: NOW_MS + 5 * MINUTE_MS,
  },
  {
    name: 'a verdict for a person without an incident says that there is none',
    situation: situated(
      { alerts: [anAlert({ judgement: humanJudgement('no-error-text') })] },
      { incident: null, isStillLooking: false },
    ),
    state: 'handed-over',
    headline: /^Needs you: no-error-text/,
    actions: ['slack'],
    rails: ['incident-not-found'],
  },
  {
    name: 'an incident that is resolved while its alerts fire gets nothing',
    situation: situated({}, { incident: anIncident({ status: 'resolved' }) }),
    state: 'handed-over',
    headline: /incident-resolved/,
    actions: ['slack'],
    rails: ['incident-resolved'],
  },
  {
    name: 'shadow keeps the plan and says what it would do',
    situation: situated({}, { mode: 'shadow' }),
    state: 'snoozed',
    headline: 'Would snooze 2 h: cluster busy with another KMS action',
    actions: ['acknowledge', 'snooze', 'note', 'slack'],
    rails: ['shadow'],
  },
  {
    name: 'approve keeps the plan and waits for approval',
    situation: situated({}, { mode: 'approve' }),
    state: 'snoozed',
    headline: /^Would snooze/,
    actions: ['acknowledge', 'snooze', 'note', 'slack'],
    rails: ['awaiting-approval'],
  },
  {
    name: 'a pause keeps the plan, counts no snooze and waits for its end',
    situation: situated({}, { paused: true }),
    state: 'waiting',
    headline: /^Would snooze/,
    actions: ['acknowledge', 'snooze', 'note', 'slack'],
    rails: ['paused'],
    nextLookMs: null,
  },
]

describe('what to do about a case', () => {
  testDecisions(ROWS)
})

function snoozeOf(situation: Situation) {
  return planCase(situation).plan.actions.find((action) => action.action === 'snooze')
}

describe('a planned snooze', () => {
  test('carries a permit in live, an absolute end and the clusters it quiets', () => {
    expect(snoozeOf(situated({}))).toMatchObject({
      key: 'snooze/Q1INCIDENT/1',
      seconds: 7_200,
      untilMs: NOW_MS + 2 * HOUR_MS,
      budget: 'busySnoozes',
      clusterIds: [CLUSTER_ID],
      permit: {},
    })
    expect(planCase(situated({})).snooze).toMatchObject({ isReal: true, number: 1, fingerprints: ['0123456789abcdef'] })
  })

  test.each([
    ['shadow', { mode: 'shadow' as const }],
    ['approve', { mode: 'approve' as const }],
    ['a pause', { paused: true }],
  ])('carries none in %s', (_name, change) => {
    expect(snoozeOf(situated({}, change))).toMatchObject({ permit: null })
    expect(planCase(situated({}, change)).snooze?.isReal ?? false).toBe(false)
  })

  test('a renewal has a key and a number of its own', () => {
    expect(snoozeOf(snoozed(NEAR_END))).toMatchObject({ key: 'snooze/Q1INCIDENT/2' })
  })

  test('the wake of a snooze that was only decided is not real', () => {
    const alerts = [anAlert({ judgement: humanJudgement('kms-update-failed') })]
    const decision = planCase(snoozed({ alerts, snooze: aSnooze({ isReal: false }) }, { mode: 'shadow' }))
    expect(decision.plan.actions[0]).toMatchObject({ action: 'wake', isReal: false })
  })
})

describe('a note', () => {
  const noteKeys = (situation: Situation) =>
    planCase(situation)
      .plan.actions.filter(({ action }) => action === 'note')
      .map(({ key }) => key)

  test('has the same key for the same outcome at another time, and another key for another outcome', () => {
    const human = (reason: 'no-error-text' | 'unrecognised-error') => [anAlert({ judgement: humanJudgement(reason) })]
    const first = noteKeys(situated({ alerts: human('no-error-text') }))
    expect(noteKeys(situated({ alerts: human('no-error-text') }, { nowMs: NOW_MS + MINUTE_MS }))).toEqual(first)
    expect(noteKeys(situated({ alerts: human('unrecognised-error') }))).not.toEqual(first)
  })

  test('is written anew for the same verdict after a snooze', () => {
    const alerts = [anAlert({ judgement: humanJudgement('no-error-text') })]
    const before = noteKeys(situated({ alerts }))
    const after = noteKeys(situated({ alerts }, { done: { ...NOTHING_DONE, acknowledges: 1, snoozes: 1 } }))
    expect(after).not.toEqual(before)
  })
})

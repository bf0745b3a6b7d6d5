import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Case } from '../../src/model/case.ts'
import type { Action, Plan } from '../../src/model/plan.ts'
import { type Decision, planCase } from '../../src/plan/plan-case.ts'
import type { Situation } from '../../src/plan/situation.ts'
import {
  aCase,
  anAlert,
  anIncident,
  aSituation,
  aSnooze,
  busyJudgement,
  CLUSTER_ID,
  HOUR_MS,
  humanJudgement,
  labelsOf,
  MINUTE_MS,
  NOTHING_DONE,
  NOW_MS,
  OTHER_CLUSTER_ID,
  waitingJudgement,
} from '../support/builders.ts'
import { hostileSituation } from './hostile.ts'

const OURS = anIncident({ status: 'acknowledged', unacknowledgeAtMs: NOW_MS + HOUR_MS })

function situated(subject: Partial<Case>, change: Partial<Situation> = {}): Situation {
  return aSituation({ subject: aCase(subject), ...change })
}

/** A case with a real snooze that stands for another hour. */
function snoozed(subject: Partial<Case>, change: Partial<Situation> = {}): Situation {
  const done = { ...NOTHING_DONE, acknowledges: 1, snoozes: 1 }
  return situated({ state: 'snoozed', snooze: aSnooze(), incidents: [OURS], ...subject }, { incident: OURS, done, ...change })
}

const NEW_ALERT = {
  fingerprint: 'new',
  labels: labelsOf(OTHER_CLUSTER_ID),
  firstReceivedAtMs: NOW_MS - MINUTE_MS,
}
const NEAR_END = { snooze: aSnooze({ untilMs: NOW_MS + 4 * MINUTE_MS }) }

interface Row {
  name: string
  situation: Situation
  state: Decision['state']
  headline: string | RegExp
  actions: Action['action'][]
  rails?: string[]
  nextLookMs?: number | null
}

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
  {
    name: 'a standing snooze is left alone',
    situation: snoozed({}),
    state: 'snoozed',
    headline: 'Snoozed 2 h: cluster busy with another KMS action',
    actions: ['note', 'slack'],
    nextLookMs: NOW_MS + 55 * MINUTE_MS,
  },
  {
    name: 'a channel that can not be read does not wake a standing snooze',
    situation: snoozed({ alerts: [anAlert({ judgement: humanJudgement('evidence-unavailable') })] }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
  },
  {
    name: 'an error text that is gone does not wake a standing snooze',
    situation: snoozed({ alerts: [anAlert({ judgement: humanJudgement('no-error-text') })] }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
  },
  {
    name: 'a kms_update failure wakes it',
    situation: snoozed({ alerts: [anAlert({ judgement: humanJudgement('kms-update-failed') })] }),
    state: 'handed-over',
    headline: 'Needs you: woken, kms-update-failed: It is kms-update-failed.',
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'an error text that no longer says busy wakes it',
    situation: snoozed({ alerts: [anAlert({ judgement: humanJudgement('unrecognised-error') })] }),
    state: 'handed-over',
    headline: /^Needs you: woken, unrecognised-error/,
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'customer impact wakes it',
    situation: snoozed({ alerts: [anAlert({ labels: { ...labelsOf(CLUSTER_ID), tip_customer_impacting: 'true' } })] }),
    state: 'handed-over',
    headline: /^Needs you: woken, customer-impacting/,
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'a new alert for a person wakes it, doubt included',
    situation: snoozed({ alerts: [anAlert(), anAlert({ ...NEW_ALERT, judgement: humanJudgement('evidence-unavailable') })] }),
    state: 'handed-over',
    headline: /^Needs you: woken, evidence-unavailable/,
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'a new alert that is not judged busy in time wakes it',
    situation: snoozed({ alerts: [anAlert(), anAlert({ ...NEW_ALERT, judgement: null })] }),
    state: 'handed-over',
    headline: `Needs you: woken, alert ${OTHER_CLUSTER_ID} joined and is not judged busy`,
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'a new alert is given 45 seconds for its error text',
    situation: snoozed({
      alerts: [anAlert(), anAlert({ ...NEW_ALERT, firstReceivedAtMs: NOW_MS - 10_000, judgement: waitingJudgement(NOW_MS + HOUR_MS) })],
    }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
    nextLookMs: NOW_MS + 35_000,
  },
  {
    name: 'a new alert that is busy too lets it stand',
    situation: snoozed({ alerts: [anAlert(), anAlert(NEW_ALERT)] }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
  },
  {
    name: 'five minutes before its end it is renewed by the same verdict',
    situation: snoozed(NEAR_END),
    state: 'snoozed',
    headline: /^Snoozed 2 h/,
    actions: ['snooze', 'note', 'slack'],
    nextLookMs: NOW_MS + 115 * MINUTE_MS,
  },
  {
    name: 'near its end without budget it is not renewed and the note says why',
    situation: snoozed(NEAR_END, {
      usage: {
        clusters: [{ clusterId: CLUSTER_ID, cases: 1, snoozes: [2, 4].map((hours) => ({ budget: 'busySnoozes', fromMs: NOW_MS - hours * HOUR_MS, untilMs: NOW_MS })) }],
        snoozesLastHour: 0,
      },
    }),
    state: 'handed-over',
    headline: /not snoozed, snooze-budget/,
    actions: ['note', 'slack'],
    rails: ['snooze-budget'],
  },
  {
    name: 'near its end a wait lets it ring by itself',
    situation: snoozed({ ...NEAR_END, alerts: [anAlert({ judgement: waitingJudgement(NOW_MS + 4 * MINUTE_MS) })] }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
    nextLookMs: NOW_MS + 4 * MINUTE_MS,
  },
  {
    name: 'near its end doubt is for a person, and nobody is woken before the end',
    situation: snoozed({ ...NEAR_END, alerts: [anAlert({ judgement: humanJudgement('no-error-text') })] }),
    state: 'handed-over',
    headline: /^Needs you: no-error-text/,
    actions: ['note', 'slack'],
  },
  {
    name: 'a snooze that is over is judged like a new case',
    situation: snoozed({ snooze: aSnooze({ untilMs: NOW_MS }), alerts: [anAlert({ judgement: humanJudgement('no-error-text') })] }),
    state: 'handed-over',
    headline: /^Needs you: no-error-text/,
    actions: ['note', 'slack'],
  },
  {
    name: 'a snooze that does not come to stand is given up and the page given back',
    situation: situated({}, { incident: OURS, heldSinceMs: NOW_MS - 41_000 }),
    state: 'handed-over',
    headline: 'Needs you: judged busy, not snoozed, the snooze could not be completed',
    actions: ['wake', 'note', 'slack'],
  },
  {
    name: 'an incident that we hold for less is snoozed still',
    situation: situated({}, { incident: OURS, heldSinceMs: NOW_MS - 39_000 }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['snooze', 'note', 'slack'],
  },
  {
    name: 'a case that somebody took is left to them',
    situation: situated({ takenOver: { by: 'Ada', what: 'acknowledge', atMs: NOW_MS } }),
    state: 'handed-over',
    headline: 'Handed over: Ada has it',
    actions: ['slack'],
    nextLookMs: null,
  },
  {
    name: 'a snoozed case that somebody woke by hand is woken',
    situation: snoozed({ takenOver: { by: 'operator ada', what: 'wake', atMs: NOW_MS } }),
    state: 'handed-over',
    headline: 'Needs you: woken, operator ada asked for it',
    actions: ['wake', 'note', 'slack'],
  },
]

function actionsOf(plan: Plan): string[] {
  return plan.actions.map(({ action }) => action)
}

describe('what to do about a case', () => {
  test.each(ROWS)('$name', ({ situation, state, headline, actions, rails = [], nextLookMs }) => {
    const decision = planCase(situation)
    if (typeof headline === 'string') expect(decision.plan.headline).toBe(headline)
    else expect(decision.plan.headline).toMatch(headline)
    expect({ state: decision.state, actions: actionsOf(decision.plan) }).toEqual({ state, actions })
    expect(decision.plan.refusals.map(({ rail }) => rail)).toEqual(rails)
    if (nextLookMs !== undefined) expect(decision.nextLookMs).toBe(nextLookMs)
  })
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
    planCase(situation).plan.actions.filter(({ action }) => action === 'note').map(({ key }) => key)

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

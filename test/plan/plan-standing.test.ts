import { describe } from '@jest/globals'
import {
  anAlert,
  anIncident,
  aSnooze,
  CLUSTER_ID,
  HOUR_MS,
  humanJudgement,
  labelsOf,
  MINUTE_MS,
  NOW_MS,
  OTHER_CLUSTER_ID,
  waitingJudgement,
} from '../support/builders.ts'
import { type Row, testDecisions } from './decision-rows.ts'
import { NEAR_END, NEW_ALERT, OURS, situated, snoozed } from './situations.ts'

const ROWS: Row[] = [
  {
    name: 'a standing snooze is left alone',
    situation: snoozed({}),
    state: 'snoozed',
    headline: 'Snoozed 2 h: cluster busy with another KMS action',
    actions: ['note', 'slack'],
    nextLookMs: NOW_MS + 55 * MINUTE_MS,
  },
  {
    name: 'a snooze that PagerDuty ended early is not said to stand: it rings, and nothing quiets it before that end',
    situation: snoozed(
      {},
      { incident: anIncident({ readAtMs: NOW_MS + 2 * MINUTE_MS }), nowMs: NOW_MS + 2 * MINUTE_MS },
    ),
    state: 'handed-over',
    headline: /^Needs you: it rings, the snooze until .* has ended early/,
    actions: ['note', 'slack'],
    nextLookMs: NOW_MS + HOUR_MS,
  },
  {
    name: 'a read that is hardly younger than the snooze ends nothing',
    situation: snoozed({}, { incident: anIncident({ readAtMs: NOW_MS - HOUR_MS + 30_000 }) }),
    state: 'snoozed',
    headline: /^Snoozed/,
    actions: ['note', 'slack'],
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
    situation: snoozed({
      alerts: [anAlert(), anAlert({ ...NEW_ALERT, judgement: humanJudgement('evidence-unavailable') })],
    }),
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
      alerts: [
        anAlert(),
        anAlert({ ...NEW_ALERT, firstReceivedAtMs: NOW_MS - 10_000, judgement: waitingJudgement(NOW_MS + HOUR_MS) }),
      ],
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
        clusters: [
          {
            clusterId: CLUSTER_ID,
            cases: 1,
            snoozes: [2, 4].map((hours) => ({
              budget: 'busySnoozes',
              fromMs: NOW_MS - hours * HOUR_MS,
              untilMs: NOW_MS,
            })),
          },
        ],
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
    situation: snoozed({
      snooze: aSnooze({ untilMs: NOW_MS }),
      alerts: [anAlert({ judgement: humanJudgement('no-error-text') })],
    }),
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
    name: 'an incident that was given back is not acknowledged a second time',
    situation: situated({}, { isGivenBack: true }),
    state: 'handed-over',
    headline: 'Needs you: judged busy, not snoozed, the snooze could not be completed',
    actions: ['note', 'slack'],
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

describe('while a snooze stands, or somebody has the case', () => {
  testDecisions(ROWS)
})

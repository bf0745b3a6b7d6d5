import { humanAcknowledges, priorityOne } from './acts.ts'
import type { Expectation, Scenario } from './scenario.ts'
import { BUSY, errorText, masterOperation } from './slack-acts.ts'

/** A page that stays with people has a note and nothing else. */
const NOTED = { state: 'handed-over', effects: ['note'] } as const satisfies Partial<Expectation>

/** Alerts whose page stays with a person, by what was found. */
const BY_VERDICT: readonly Scenario[] = [
  {
    name: 'kms-update-failed',
    title: 'busy, but a kms_update of the cluster failed',
    given: [masterOperation('kms_update failed: timed out', { secondsAgo: 3_600 }), errorText(BUSY)],
    expect: { ...NOTED, reasons: ['kms-update-failed'], noteIncludes: ['armada-deploy-operation-failures'] },
  },
  {
    name: 'no-cluster',
    title: 'no label or text names a cluster',
    alerts: [{ labels: { CRN: null } }],
    expect: { ...NOTED, reasons: ['cluster-unidentified'] },
  },
  {
    name: 'two-clusters',
    title: 'two clusters in one group, one busy, one with an error that nobody knows',
    given: [errorText(BUSY), errorText('unexpected end of key event stream', { cluster: 1 })],
    alerts: [{}, {}],
    expect: {
      ...NOTED,
      reasons: ['busy', 'unrecognised-error'],
      noteIncludes: ['Needs you', 'unexpected end of key event stream'],
    },
  },
  {
    name: 'unrecognised-error',
    title: 'an error text that nobody knows',
    given: [errorText('unexpected end of key event stream')],
    expect: { ...NOTED, reasons: ['unrecognised-error'], noteIncludes: ['unexpected end of key event stream'] },
  },
  {
    name: 'no-error-text',
    title: 'no error text comes',
    expect: { ...NOTED, reasons: ['no-error-text'], noteIncludes: ['#armada-kp-events-alerts'] },
  },
]

/** Alerts judged busy that a rail keeps ringing. */
const BY_RAIL: readonly Scenario[] = [
  {
    name: 'customer-impacting',
    title: 'busy, but customers are affected',
    given: [errorText(BUSY)],
    alerts: [{ labels: { tip_customer_impacting: 'true' } }],
    expect: {
      ...NOTED,
      reasons: ['busy'],
      refusals: ['customer-impacting'],
      noteIncludes: ['engage the squad by its escalation policy'],
    },
  },
  {
    name: 'severity-critical',
    title: 'busy, but the severity is critical',
    given: [errorText(BUSY)],
    alerts: [{ labels: { severity: 'critical' } }],
    expect: { ...NOTED, reasons: ['busy'], refusals: ['severity'], noteIncludes: ['severity'] },
  },
  {
    name: 'priority-one',
    title: 'busy, but somebody gave the incident priority P1',
    given: [priorityOne, errorText(BUSY)],
    incident: 'already',
    // Who sets a priority by hand is at work on the incident: both rails hold.
    expect: { ...NOTED, reasons: ['busy'], refusals: ['severity'], noteIncludes: ['P1'] },
  },
  {
    name: 'human-first',
    title: 'busy, but a person acknowledged first',
    given: [humanAcknowledges, errorText(BUSY)],
    incident: 'already',
    expect: { ...NOTED, reasons: ['busy'], refusals: ['human-engaged'], noteIncludes: ['Ada Example'] },
  },
]

export const LEFT_RINGING: readonly Scenario[] = [...BY_VERDICT, ...BY_RAIL]

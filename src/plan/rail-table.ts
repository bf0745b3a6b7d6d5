import type { Rail } from '../model/plan.ts'

/** A rail as people read it: when it refuses, and whether a setting or the mode can lift it. */
export interface RailSentence {
  when: string
  liftedBy: 'nothing' | 'policy' | 'mode'
}

/** What each rail refuses, for the decision table. Source: PRODUCT.md section 4, Rails. */
export const RAIL_SENTENCES: Readonly<Record<Rail, RailSentence>> = {
  'customer-impacting': { when: '`tip_customer_impacting` of an alert is anything but `false`', liftedBy: 'nothing' },
  severity: {
    when: 'the severity is anything but `warning`, or the incident has priority P1 or P2',
    liftedBy: 'nothing',
  },
  'human-engaged': {
    when: 'a user other than us acknowledged, snoozed, reassigned, escalated or noted the incident',
    liftedBy: 'nothing',
  },
  'shared-incident': {
    when: 'the incident also holds an alert of another key, a responder request, a conference bridge or a status update',
    liftedBy: 'nothing',
  },
  'incident-weakly-matched': { when: 'the incident was found by its text, not by its key', liftedBy: 'nothing' },
  'truncated-group': { when: 'Alertmanager left alerts of the group out of its message', liftedBy: 'nothing' },
  'stale-evidence': { when: 'the evidence is too old at the write: it is gathered again', liftedBy: 'nothing' },
  'incident-resolved': { when: 'the incident is resolved in PagerDuty', liftedBy: 'nothing' },
  'incident-not-found': { when: 'no open incident with the key of the group was found in time', liftedBy: 'policy' },
  'snooze-budget': {
    when: 'the cluster had its snoozes or its silence, or all clusters had their snoozes of the hour',
    liftedBy: 'policy',
  },
  flapping: { when: 'the cluster opened more cases than the policy allows', liftedBy: 'policy' },
  storm: { when: 'too many clusters fail at once', liftedBy: 'policy' },
  'awaiting-approval': {
    when: 'in approve mode, or where the stage of a reason asks for it, nobody has approved the plan',
    liftedBy: 'mode',
  },
  shadow: { when: 'in shadow mode everything is decided and nothing is written outside', liftedBy: 'mode' },
  paused: { when: 'the responder is paused', liftedBy: 'mode' },
}

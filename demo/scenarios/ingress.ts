import { onIncident } from './acts.ts'
import { SNOOZED } from './quieted.ts'
import type { Scenario } from './scenario.ts'
import { BUSY, errorText } from './slack-acts.ts'

/** Ways in which alerts come, other than one whole message of Alertmanager. */
export const INGRESS: readonly Scenario[] = [
  {
    name: 'pagerduty-only',
    title: 'busy; Alertmanager never told us, only PagerDuty did',
    given: [errorText(BUSY)],
    incident: 'alone',
    expect: SNOOZED,
  },
  {
    name: 'pagerduty-only-ends',
    title: 'busy; only PagerDuty told us, and somebody resolves the incident there',
    given: [errorText(BUSY)],
    incident: 'alone',
    expect: SNOOZED,
    next: [
      {
        webhook: 'nothing',
        given: [onIncident((pagerduty, id) => pagerduty.humanResolves(id))],
        expect: { ...SNOOZED, state: 'resolved' },
      },
    ],
  },
  {
    name: 'truncated-group',
    title: 'busy, but Alertmanager left three alerts of the group out',
    given: [errorText(BUSY)],
    truncatedAlerts: 3,
    expect: { state: 'handed-over', reasons: ['busy'], refusals: ['truncated-group'], effects: ['note'] },
  },
  {
    name: 'shared-incident',
    title: "busy, but the incident also holds another team's alert",
    given: [onIncident((pagerduty, id) => pagerduty.mergeForeignAlert(id, 'another-team')), errorText(BUSY)],
    incident: 'already',
    expect: { state: 'handed-over', reasons: ['busy'], refusals: ['shared-incident'], effects: ['note'] },
  },
]

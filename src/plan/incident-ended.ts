import { firingAlerts } from '../model/case.ts'
import type { Decision } from './decision.ts'
import { slackAction } from './outcome.ts'
import type { Situation } from './situation.ts'

/**
 * What to do when the incident of a decided case is resolved in PagerDuty while alerts of the group still fire: Slack
 * says so and PagerDuty is left alone. Null while that is not so. Source: PRODUCT.md section 4, Re-judging.
 */
export function planIncidentEnded(situation: Situation): Decision | null {
  const { incident, subject } = situation
  if (incident?.status !== 'resolved' || firingAlerts(subject).length === 0) return null
  if (subject.state !== 'snoozed' && subject.state !== 'handed-over') return null
  const outcome = {
    headline: 'Resolved in PagerDuty, but the alerts still fire: nobody is rung for them',
    key: `incident-resolved/${incident.id}`,
    refusals: [
      { action: 'snooze' as const, rail: 'incident-resolved' as const, why: 'the incident is resolved in PagerDuty' },
    ],
  }
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: [slackAction(situation, outcome)],
      refusals: outcome.refusals,
    },
    state: 'handed-over',
    nextLookMs: null,
    snooze: null,
  }
}

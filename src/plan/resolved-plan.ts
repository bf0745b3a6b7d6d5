import type { Policy } from '../config/policy.ts'
import type { Case } from '../model/case.ts'
import type { Plan } from '../model/plan.ts'
import { slackMessage } from './slack-message.ts'

/** The plan of a case whose group resolved: its Slack message says so and keeps the evidence; PagerDuty is left alone. */
export function resolvedPlan(subject: Case, context: { policy: Policy; publicUrl: string | null }): Plan {
  const before = subject.plan?.headline
  const headline = `Resolved${before ? ` (was: ${before})` : ''}`
  const outcome = { headline, refusals: [] }
  // Only a case that Slack was told of has a message to edit.
  const actions = subject.slack
    ? [
        {
          action: 'slack' as const,
          key: `slack/${subject.id}`,
          why: headline,
          contentKey: `resolved/${subject.flaps}`,
          ...slackMessage({ ...context, subject }, outcome),
        },
      ]
    : []
  return { headline, outcomeKey: `resolved/${subject.flaps}`, actions, refusals: [] }
}

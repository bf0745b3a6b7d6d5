import { firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import type { Action, Plan, Rail } from '../model/plan.ts'
import { noteAction } from './outcome.ts'
import { authorizeSnooze } from './rails.ts'
import type { Situation } from './situation.ts'

/** What an operator asks for by hand. */
export interface HandSnooze {
  by: string
  reason: string
  seconds: number
  /** Other names of the one who asks: what they did themselves to the incident is no objection. */
  names?: readonly string[]
}

/** The plan of a snooze by hand, or the first rail in code that forbids it. Source: PRODUCT.md section 3, `/snooze`. */
export function planSnoozeByHand(situation: Situation, wish: HandSnooze): { plan: Plan } | { rail: Rail } {
  const { incident, subject, nowMs } = situation
  const authorization = authorizeSnooze({
    ...situation,
    seconds: wish.seconds,
    budget: 'busySnoozes',
    firing: [...firingAlerts(subject), ...situation.kin],
    truncatedAlerts: subject.truncatedAlerts,
    byHand: wish.by,
    byHandNames: wish.names ?? [],
  })
  if (!authorization.permit || !incident) return { rail: authorization.refusals[0]?.rail ?? 'incident-not-found' }
  const number = situation.done.snoozes + 1
  const untilMs = nowMs + wish.seconds * 1_000
  const headline = `Snoozed ${formatDuration(wish.seconds * 1_000)} by ${wish.by}: ${wish.reason}`
  const outcome = { headline, key: `by-hand/${number}`, refusals: [] }
  const acknowledge: Action[] =
    incident.status === 'triggered'
      ? [
          {
            action: 'acknowledge',
            key: `acknowledge/${incident.id}/${situation.done.acknowledges + 1}`,
            why: headline,
            incidentId: incident.id,
          },
        ]
      : []
  return {
    plan: {
      headline,
      outcomeKey: outcome.key,
      refusals: [],
      approvedBy: wish.by,
      actions: [
        ...acknowledge,
        {
          action: 'snooze',
          key: `snooze/${incident.id}/${number}`,
          why: headline,
          incidentId: incident.id,
          seconds: wish.seconds,
          untilMs,
          budget: 'byHand',
          clusterIds: situation.usage.clusters.map(({ clusterId }) => clusterId),
          permit: authorization.permit,
        },
        noteAction(situation, outcome, { untilMs }),
      ],
    },
  }
}

import { createHash } from 'node:crypto'
import { type Case, firingAlerts } from '../model/case.ts'
import type { Action, Plan } from '../model/plan.ts'

/**
 * Identity of what an approval is given for: the outcome, every effect with its parameters, and why. It stays the same while
 * the plan is carried out: an acknowledgement only serves its snooze, and an issue that was opened keeps its key.
 */
export function offerHash({ outcomeKey, actions }: Plan, subject: Case): string {
  const alerts = firingAlerts(subject).map(({ fingerprint, judgement }) => [fingerprint, judgement?.verdict.reason])
  return sha256([subject.id, outcomeKey, actions.flatMap(toCanonical), alerts.sort()])
}

/** Identity of an outcome that asks nobody: what its buttons were shown with. */
export function outcomeHash({ outcomeKey }: Plan, subject: Case): string {
  return sha256([subject.id, outcomeKey])
}

function toCanonical(action: Action): unknown[] {
  switch (action.action) {
    case 'snooze':
      return [[action.action, action.key, action.incidentId, action.seconds, action.budget]]
    case 'note':
    case 'wake':
      return [[action.action, action.key, action.incidentId]]
    case 'issue':
      return [[action.action, action.key, action.repository, action.clusterId]]
    case 'acknowledge':
    case 'slack':
      return []
    default:
      return action satisfies never
  }
}

function sha256(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

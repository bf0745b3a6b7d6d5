import type { EscalationPolicy, PagerdutyUser } from './account.ts'
import type { Act, IncidentRecord } from './incident.ts'
import { toUserReference } from './reference.ts'
import { REFUSALS } from './refusal.ts'
import type { IncidentStore } from './store.ts'

/** Rings everybody the incident is assigned to, and starts the time until the next level. */
export function ring(store: IncidentStore, incident: IncidentRecord, at: Date): void {
  const seconds = store.settings.escalationTimeoutSeconds
  const escalates = seconds !== null && incident.assignedVia === 'escalation_policy'
  incident.escalateAt = escalates && hasNextLevel(incident) ? new Date(at.getTime() + seconds * 1000) : null
  for (const { user } of incident.assignees) {
    const act: Act = { actor: { kind: 'timeout' }, at }
    store.record(incident, act, 'ring', { user: user.id, level: incident.level })
    store.addLog(incident, act, {
      type: 'notify',
      summary: `Notified ${user.name}`,
      channel: { type: 'auto', notification: { type: 'push_notification', status: 'success', address: user.email } },
      fields: { user: toUserReference(user, store.webBaseUrl) },
    })
  }
  store.touch(incident, at)
}

/** Makes the incident triggered without a ring: an acknowledgement or a snooze ends with it. */
export function clearAcknowledgement(incident: IncidentRecord, { actor, at }: Act): void {
  if (incident.status !== 'triggered') {
    incident.status = 'triggered'
    incident.statusChangedAt = at
    incident.statusChangedBy = actor
  }
  incident.acknowledgements = []
  incident.snoozedBy = null
  incident.unacknowledgeAt = null
}

/** Gives the incident to these people. It is theirs to acknowledge: a snooze of somebody else ends. */
export function reassign(store: IncidentStore, incident: IncidentRecord, users: PagerdutyUser[], act: Act): void {
  refuseResolved(incident)
  if (users.length === 0) throw REFUSALS.invalidInput('Assignments cannot be empty')
  clearAcknowledgement(incident, act)
  incident.assignees = users.map((user) => ({ user, at: act.at }))
  incident.assignedVia = 'direct_assignment'
  logAssignment(store, incident, act, { to: users.map(({ id }) => id) })
}

/** Starts an escalation policy from its first level. */
export function assignPolicy(store: IncidentStore, incident: IncidentRecord, policy: EscalationPolicy, act: Act): void {
  refuseResolved(incident)
  clearAcknowledgement(incident, act)
  incident.policy = policy
  incident.level = 1
  incident.assignedVia = 'escalation_policy'
  incident.assignees = toAssignees(policy, 1, act.at)
  logAssignment(store, incident, act, { policy: policy.id, to: incident.assignees.map(({ user }) => user.id) })
}

/** Rings another level of the policy. @throws Refusal 1006 if the policy has no such level */
export function escalate(store: IncidentStore, incident: IncidentRecord, level: number, act: Act): void {
  refuseResolved(incident)
  if (level < 1 || level > incident.policy.levels.length) throw REFUSALS.cannotEscalate()
  clearAcknowledgement(incident, act)
  incident.level = level
  incident.assignedVia = 'escalation_policy'
  incident.assignees = toAssignees(incident.policy, level, act.at)
  store.record(incident, act, 'escalate', { level })
  store.addLog(incident, act, {
    type: 'escalate',
    summary: `Escalated to level ${level}`,
    fields: assigneeFields(store, incident),
  })
  if (!hasNextLevel(incident)) {
    store.addLog(
      incident,
      { actor: { kind: 'timeout' }, at: act.at },
      {
        type: 'exhaust_escalation_path',
        summary: 'The last level of the escalation policy was reached',
      },
    )
  }
  ring(store, incident, act.at)
  store.announce(incident, act, 'incident.escalated')
}

export function toAssignees(policy: EscalationPolicy, level: number, at: Date): { user: PagerdutyUser; at: Date }[] {
  const user = policy.levels[level - 1]
  return user ? [{ user, at }] : []
}

export function refuseResolved(incident: IncidentRecord): void {
  if (incident.status === 'resolved') throw REFUSALS.alreadyResolved()
}

function logAssignment(
  store: IncidentStore,
  incident: IncidentRecord,
  act: Act,
  detail: Record<string, unknown>,
): void {
  const names = incident.assignees.map(({ user }) => user.name).join(', ')
  store.record(incident, act, 'reassign', detail)
  store.addLog(incident, act, {
    type: 'assign',
    summary: `Assigned to ${names}`,
    fields: assigneeFields(store, incident),
  })
  ring(store, incident, act.at)
  store.announce(incident, act, 'incident.reassigned')
}

function assigneeFields(store: IncidentStore, incident: IncidentRecord): Record<string, unknown> {
  return { assignees: incident.assignees.map(({ user }) => toUserReference(user, store.webBaseUrl)) }
}

function hasNextLevel(incident: IncidentRecord): boolean {
  return incident.level < incident.policy.levels.length
}

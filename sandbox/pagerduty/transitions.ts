import { clearAcknowledgement, refuseResolved, ring, toAssignees } from './assignment.ts'
import { type Act, type Actor, type AlertRecord, type IncidentRecord, isSameUser } from './incident.ts'
import { toTimestamp } from './reference.ts'
import { REFUSALS } from './refusal.ts'
import type { IncidentStore } from './store.ts'

/** Seven days. Source: POST /incidents/{id}/snooze. */
const MAX_SNOOZE_SECONDS = 604_800

/** Opens an incident for an alert and rings the first level. */
export function openIncident(store: IncidentStore, alert: Omit<AlertRecord, 'id'>, act: Act): IncidentRecord {
  const incident = store.create(alert.summary, act)
  store.addAlert(incident, alert)
  incident.assignees = toAssignees(incident.policy, incident.level, act.at)
  store.record(incident, act, 'incident', { key: alert.key, title: incident.title })
  store.addLog(incident, act, {
    type: 'trigger',
    summary: 'Triggered through the API.',
    channel: { type: 'api', summary: alert.summary, incident_key: alert.key, details: alert.details },
    fields: { event_details: { description: alert.summary } },
  })
  ring(store, incident, act.at)
  store.announce(incident, act, 'incident.triggered')
  return incident
}

/** A second acknowledgement by the same user changes nothing, but is put on the ledger so that doubled calls are seen. */
export function acknowledge(store: IncidentStore, incident: IncidentRecord, act: Act): void {
  refuseResolved(incident)
  if (isRepeatedAcknowledge(incident, act.actor)) {
    if (store.settings.refusesRepeatedAcknowledge) throw REFUSALS.alreadyAcknowledged()
    store.record(incident, act, 'acknowledge', { repeated: true })
    return
  }
  const seconds = store.settings.acknowledgementTimeoutSeconds
  setStatus(incident, 'acknowledged', act)
  incident.acknowledgements = incident.acknowledgements.filter(({ actor }) => toActorId(actor) !== toActorId(act.actor))
  incident.acknowledgements.push({ actor: act.actor, at: act.at })
  // Somebody else's acknowledgement ends a snooze and starts the service's own timeout.
  incident.snoozedBy = null
  incident.escalateAt = null
  incident.unacknowledgeAt = seconds === null ? null : new Date(act.at.getTime() + seconds * 1000)
  store.record(incident, act, 'acknowledge')
  store.addLog(incident, act, {
    type: 'acknowledge',
    summary: `Acknowledged by ${toActorName(act.actor)}.`,
    fields: seconds === null ? {} : { acknowledgement_timeout: seconds },
  })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.acknowledged')
}

/** @throws Refusal 1001, 1012 or 1013 */
export function snooze(store: IncidentStore, incident: IncidentRecord, seconds: unknown, act: Act): void {
  refuseResolved(incident)
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SNOOZE_SECONDS) {
    throw REFUSALS.invalidSnooze()
  }
  if (incident.status !== 'acknowledged') throw REFUSALS.notAcknowledged()
  const until = new Date(act.at.getTime() + seconds * 1000)
  incident.unacknowledgeAt = until
  incident.snoozedBy = act.actor.kind === 'user' ? act.actor.user : null
  store.record(incident, act, 'snooze', { seconds, until: until.toISOString() })
  store.addLog(incident, act, {
    type: 'snooze',
    summary: `Snoozed for ${seconds} seconds by ${toActorName(act.actor)}.`,
    channel: { type: act.actor.kind === 'user' ? act.actor.via : 'api', duration: seconds },
    fields: { changed_actions: [{ type: 'unacknowledge', at: toTimestamp(until) }] },
  })
  store.touch(incident, act.at)
}

/** Ends an acknowledgement, snoozed or not, and rings whoever the incident is assigned to anew. */
export function unacknowledge(store: IncidentStore, incident: IncidentRecord, act: Act): void {
  refuseResolved(incident)
  const effect = act.actor.kind === 'timeout' ? 'unacknowledge' : 'trigger'
  if (incident.status === 'triggered') {
    store.record(incident, act, effect, { repeated: true })
    return
  }
  clearAcknowledgement(incident, act)
  store.record(incident, act, effect)
  store.addLog(incident, act, {
    type: 'unacknowledge',
    summary: act.actor.kind === 'timeout' ? 'Unacknowledged due to timeout.' : 'Unacknowledged.',
  })
  ring(store, incident, act.at)
  store.announce(incident, act, 'incident.unacknowledged')
}

export function resolve(store: IncidentStore, incident: IncidentRecord, act: Act): void {
  refuseResolved(incident)
  setStatus(incident, 'resolved', act)
  incident.resolvedAt = act.at
  incident.acknowledgements = []
  incident.assignees = []
  incident.snoozedBy = null
  incident.unacknowledgeAt = null
  incident.escalateAt = null
  for (const alert of incident.alerts) {
    if (alert.status === 'resolved') continue
    alert.status = 'resolved'
    alert.resolvedAt = act.at
  }
  store.record(incident, act, 'resolve')
  store.addLog(incident, act, { type: 'resolve', summary: `Resolved by ${toActorName(act.actor)}.` })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.resolved')
}

export function isRepeatedAcknowledge(incident: IncidentRecord, actor: Actor): boolean {
  if (incident.status !== 'acknowledged') return false
  if (incident.snoozedBy !== null && !isSameUser(actor, incident.snoozedBy)) return false
  return incident.acknowledgements.some((entry) => toActorId(entry.actor) === toActorId(actor))
}

function setStatus(incident: IncidentRecord, status: IncidentRecord['status'], { actor, at }: Act): void {
  if (incident.status === status) return
  incident.status = status
  incident.statusChangedAt = at
  incident.statusChangedBy = actor
}

function toActorId(actor: Actor): string {
  return actor.kind === 'user' ? actor.user.id : actor.kind
}

function toActorName(actor: Actor): string {
  return actor.kind === 'user' ? actor.user.name : 'the service'
}

import type { PagerdutyUser, PriorityName } from './account.ts'
import { refuseResolved } from './assignment.ts'
import type { Act, IncidentRecord, NoteRecord } from './incident.ts'
import { toIncidentReference, toPriorityReference, toTimestamp, toUserReference } from './reference.ts'
import { REFUSALS } from './refusal.ts'
import type { IncidentStore } from './store.ts'
import { toEventNote } from './webhook-event.ts'

/** Source: POST /incidents/{id}/notes. */
const MAX_NOTES = 2_000

/** Adds a note; a resolved incident takes notes too. @throws Refusal 2001 if it is empty or one too many */
export function addNote(
  store: IncidentStore,
  incident: IncidentRecord,
  note: { user: PagerdutyUser; content: string },
  act: Act,
): NoteRecord {
  if (note.content.trim() === '') throw REFUSALS.invalidInput('Content cannot be empty')
  if (incident.notes.length >= MAX_NOTES) throw REFUSALS.invalidInput(`At most ${MAX_NOTES} notes per incident`)
  const record = store.addNote(incident, { ...note, createdAt: act.at })
  store.record(incident, act, 'note', { content: note.content })
  store.addLog(incident, act, {
    type: 'annotate',
    summary: `Note added by ${note.user.name}.`,
    channel: { type: 'note', summary: note.content },
  })
  store.touch(incident, act.at)
  const reference = toIncidentReference(incident, store.webBaseUrl)
  store.announce(incident, act, 'incident.annotated', toEventNote(incident, record, reference))
  return record
}

export function setPriority(store: IncidentStore, incident: IncidentRecord, priority: PriorityName, act: Act): void {
  refuseResolved(incident)
  incident.priority = priority
  store.record(incident, act, 'priority', { priority })
  store.addLog(incident, act, {
    type: 'priority_change',
    summary: `Changed the priority to ${priority}`,
    fields: { priority: toPriorityReference(priority, store.webBaseUrl) },
  })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.priority_updated')
}

export function requestResponder(
  store: IncidentStore,
  incident: IncidentRecord,
  request: { requester: PagerdutyUser; target: PagerdutyUser; message: string },
  act: Act,
): void {
  refuseResolved(incident)
  incident.responderRequests.push({ ...request, at: act.at })
  store.record(incident, act, 'responder-request', { target: request.target.id })
  store.addLog(incident, act, {
    type: 'responder_request',
    summary: `${request.requester.name} requested ${request.target.name}`,
    fields: { responders: [{ user: toUserReference(request.target, store.webBaseUrl) }], message: request.message },
  })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.responder.added', {
    type: 'incident_responder',
    incident: toIncidentReference(incident, store.webBaseUrl),
    user: toUserReference(request.target, store.webBaseUrl),
    message: request.message,
    state: 'pending',
  })
}

export function publishStatusUpdate(
  store: IncidentStore,
  incident: IncidentRecord,
  update: { user: PagerdutyUser; message: string },
  act: Act,
): void {
  incident.statusUpdates.push({ ...update, at: act.at })
  store.record(incident, act, 'status-update', { message: update.message })
  store.addLog(incident, act, {
    type: 'status_update',
    summary: `Status update by ${update.user.name}`,
    fields: { message: update.message },
  })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.status_update_published', {
    type: 'incident_status_update',
    id: `${incident.id}-${incident.statusUpdates.length}`,
    incident: toIncidentReference(incident, store.webBaseUrl),
    message: update.message,
    trimmed: false,
    created_at: toTimestamp(act.at),
  })
}

export function setConferenceBridge(
  store: IncidentStore,
  incident: IncidentRecord,
  bridge: { conference_number?: string; conference_url?: string },
  act: Act,
): void {
  refuseResolved(incident)
  incident.conferenceBridge = bridge
  store.record(incident, act, 'conference-bridge', { ...bridge })
  store.touch(incident, act.at)
  store.announce(incident, act, 'incident.conference_bridge.updated')
}

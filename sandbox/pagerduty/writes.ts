import { z } from 'zod'
import { type PagerdutyUser, POLICIES, PRIORITIES, SERVICE, toPriorityId, USERS } from './account.ts'
import { addNote, setConferenceBridge, setPriority } from './annotations.ts'
import { assignPolicy, escalate, reassign } from './assignment.ts'
import type { Act, IncidentRecord } from './incident.ts'
import { REFUSALS, Refusal } from './refusal.ts'
import { toIncident, toNote } from './render.ts'
import type { IncidentStore } from './store.ts'
import { acknowledge, isRepeatedAcknowledge, resolve, snooze, unacknowledge } from './transitions.ts'

/** Source: PUT /incidents. */
const MAX_BULK = 250

const reference = z.object({ id: z.string(), type: z.string() })

const incidentUpdate = z.object({
  type: z.enum(['incident', 'incident_reference']),
  status: z.enum(['triggered', 'acknowledged', 'resolved']).optional(),
  title: z.string().min(1).optional(),
  resolution: z.string().optional(),
  urgency: z.enum(['high', 'low']).optional(),
  escalation_level: z.int().optional(),
  escalation_policy: reference.optional(),
  assignments: z.array(z.object({ assignee: reference })).optional(),
  priority: reference.nullable().optional(),
  conference_bridge: z
    .object({ conference_number: z.string().exactOptional(), conference_url: z.string().exactOptional() })
    .optional(),
  service: reference.optional(),
})
type IncidentUpdate = z.infer<typeof incidentUpdate>

const singleBody = z.object({ incident: incidentUpdate })
const bulkBody = z.object({ incidents: z.array(incidentUpdate.extend({ id: z.string() })).min(1) })
const noteBody = z.object({ note: z.object({ content: z.string() }) })
const snoozeBody = z.object({ duration: z.unknown() })

/** PUT /incidents/{id} */
export function updateIncident(store: IncidentStore, incident: IncidentRecord, body: unknown, act: Act) {
  const { incident: update } = parseBody(singleBody, body)
  checkUpdate(store, incident, update, act)
  applyUpdate(store, incident, update, act)
  return { incident: show(store, incident) }
}

/** PUT /incidents: everything is checked before anything is done, so that one wrong item refuses all. */
export function updateIncidents(store: IncidentStore, body: unknown, act: Act) {
  const raw = z.object({ incidents: z.array(z.unknown()) }).safeParse(body)
  if (raw.success && raw.data.incidents.length > MAX_BULK) throw REFUSALS.tooLarge()
  const { incidents: updates } = parseBody(bulkBody, body)
  const pairs = updates.map((update) => ({ incident: requireBulkItem(store, update.id), update }))
  for (const { incident, update } of pairs) {
    try {
      checkUpdate(store, incident, update, act)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal(error.status, error.code, error.message, [...error.errors, `Incident ${incident.id}`])
    }
  }
  for (const { incident, update } of pairs) applyUpdate(store, incident, update, act)
  return {
    incidents: pairs.map(({ incident }) => show(store, incident)),
    limit: pairs.length,
    offset: 0,
    more: false,
    total: null,
  }
}

/** POST /incidents/{id}/notes */
export function createNote(store: IncidentStore, incident: IncidentRecord, body: unknown, act: Act) {
  const { note } = parseBody(noteBody, body)
  const record = addNote(store, incident, { user: requireUser(act), content: note.content }, act)
  return { note: toNote(record, store.webBaseUrl) }
}

/** POST /incidents/{id}/snooze */
export function snoozeIncident(store: IncidentStore, incident: IncidentRecord, body: unknown, act: Act) {
  snooze(store, incident, parseBody(snoozeBody, body).duration, act)
  return { incident: show(store, incident) }
}

/** Refuses what `applyUpdate` could not carry out to its end. */
function checkUpdate(store: IncidentStore, incident: IncidentRecord, update: IncidentUpdate, act: Act): void {
  if (incident.status === 'resolved') throw REFUSALS.alreadyResolved()
  const { refusesRepeatedAcknowledge } = store.settings
  if (update.status === 'acknowledged' && refusesRepeatedAcknowledge && isRepeatedAcknowledge(incident, act.actor)) {
    throw REFUSALS.alreadyAcknowledged()
  }
  if (update.assignments) toAssignedUsers(update.assignments)
  const policy = update.escalation_policy ? toPolicy(update.escalation_policy.id) : incident.policy
  const level = update.escalation_level
  if (level !== undefined && (level < 1 || level > policy.levels.length)) throw REFUSALS.cannotEscalate()
  if (update.priority) toPriority(update.priority.id)
  if (update.service && update.service.id !== SERVICE.id) throw REFUSALS.invalidInput('Service not found')
}

function applyUpdate(store: IncidentStore, incident: IncidentRecord, update: IncidentUpdate, act: Act): void {
  if (update.title !== undefined || update.urgency !== undefined) {
    incident.title = update.title ?? incident.title
    incident.urgency = update.urgency ?? incident.urgency
    store.record(incident, act, 'update', { title: update.title, urgency: update.urgency })
    store.touch(incident, act.at)
  }
  if (update.priority) setPriority(store, incident, toPriority(update.priority.id), act)
  if (update.conference_bridge) setConferenceBridge(store, incident, update.conference_bridge, act)
  if (update.escalation_policy) assignPolicy(store, incident, toPolicy(update.escalation_policy.id), act)
  if (update.escalation_level !== undefined) escalate(store, incident, update.escalation_level, act)
  if (update.assignments) reassign(store, incident, toAssignedUsers(update.assignments), act)
  switch (update.status) {
    case 'acknowledged':
      acknowledge(store, incident, act)
      break
    case 'triggered':
      unacknowledge(store, incident, act)
      break
    case 'resolved':
      if (update.resolution) addNote(store, incident, { user: requireUser(act), content: update.resolution }, act)
      resolve(store, incident, act)
      break
    case undefined:
      break
  }
}

function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw REFUSALS.invalidInput(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
}

/** An incident unknown to the bulk route is invalid input: that route has no 404. */
function requireBulkItem(store: IncidentStore, id: string): IncidentRecord {
  try {
    return store.require(id)
  } catch {
    throw REFUSALS.invalidInput(`Incident ${id} not found`)
  }
}

function requireUser({ actor }: Act): PagerdutyUser {
  if (actor.kind !== 'user') throw REFUSALS.unknownRequester('a user must act')
  return actor.user
}

function toAssignedUsers(assignments: NonNullable<IncidentUpdate['assignments']>): PagerdutyUser[] {
  if (assignments.length === 0) throw REFUSALS.invalidInput('Assignments cannot be empty')
  return assignments.map(({ assignee }) => {
    const user = USERS.find(({ id }) => id === assignee.id)
    if (!user) throw REFUSALS.invalidInput(`Assignee ${assignee.id} not found`)
    return user
  })
}

function toPolicy(id: string) {
  const policy = POLICIES.find((known) => known.id === id)
  if (!policy) throw REFUSALS.invalidInput('Escalation policy not found')
  return policy
}

function toPriority(id: string) {
  const priority = PRIORITIES.find((name) => toPriorityId(name) === id)
  if (!priority) throw REFUSALS.invalidInput('Priority not found')
  return priority
}

function show(store: IncidentStore, incident: IncidentRecord) {
  return toIncident(incident, { web: store.webBaseUrl, include: new Set(), settings: store.settings })
}

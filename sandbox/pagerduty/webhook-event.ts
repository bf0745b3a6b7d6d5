import type { Act, IncidentRecord } from './incident.ts'
import {
  type Reference,
  toAgentReference,
  toPolicyReference,
  toPriorityReference,
  toServiceReference,
  toTimestamp,
  toUserReference,
} from './reference.ts'

/** The `event` member of a v3 webhook. */
export interface PagerdutyEvent {
  id: string
  event_type: string
  resource_type: 'incident'
  /** UTC ISO 8601, with milliseconds. */
  occurred_at: string
  /** Absent people, that is timeouts, are `null`. */
  agent: Reference | null
  client: { name: string } | null
  data: Record<string, unknown>
}

export interface EventFields {
  id: string
  type: string
  data: Record<string, unknown> | undefined
  web: string
}

/** Returns an event about an incident. There is none for a snooze: only its end is told, as `incident.unacknowledged`. */
export function toIncidentEvent(incident: IncidentRecord, act: Act, fields: EventFields): PagerdutyEvent {
  return {
    id: fields.id,
    event_type: fields.type,
    resource_type: 'incident',
    occurred_at: act.at.toISOString(),
    agent: act.actor.kind === 'timeout' ? null : toAgentReference(act.actor, fields.web),
    client: null,
    data: fields.data ?? toEventIncident(incident, fields.web),
  }
}

/** Here the number is `number` and the assigned are `assignees`; alerts and details are missing, as in PagerDuty. */
function toEventIncident(incident: IncidentRecord, web: string): Record<string, unknown> {
  return {
    id: incident.id,
    type: 'incident',
    self: `https://api.pagerduty.com/incidents/${incident.id}`,
    html_url: `${web}/incidents/${incident.id}`,
    number: incident.number,
    status: incident.status,
    incident_key: null,
    created_at: toTimestamp(incident.createdAt),
    reopened_at: null,
    title: incident.title,
    service: toServiceReference(web),
    assignees: incident.assignees.map(({ user }) => toUserReference(user, web)),
    escalation_policy: toPolicyReference(incident.policy, web),
    teams: [],
    priority: incident.priority && toPriorityReference(incident.priority, web),
    urgency: incident.urgency,
    conference_bridge: incident.conferenceBridge,
    resolve_reason: null,
    incident_type: { name: 'incident_default' },
  }
}

/** How much of a note a webhook carries, in characters; longer ones are marked `trimmed`. */
const MAX_EVENT_NOTE_CHARS = 4_000

/** Returns the `data` of `incident.annotated`: the incident's id is one level down. */
export function toEventNote(
  incident: IncidentRecord,
  note: { id: string; content: string },
  incidentReference: Reference,
): Record<string, unknown> {
  return {
    id: note.id,
    type: 'incident_note',
    incident: { ...incidentReference, id: incident.id },
    content: note.content.slice(0, MAX_EVENT_NOTE_CHARS),
    trimmed: note.content.length > MAX_EVENT_NOTE_CHARS,
  }
}

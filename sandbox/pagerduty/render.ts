import type { PagerdutySettings, PagerdutyUser } from './account.ts'
import { toPolicy, toService, toUser } from './account-objects.ts'
import type { Actor, AlertRecord, IncidentRecord, LogRecord, NoteRecord } from './incident.ts'
import {
  toAgentReference,
  toIncidentReference,
  toIntegrationReference,
  toPolicyReference,
  toPriorityReference,
  toReference,
  toServiceReference,
  toTimestamp,
  toUserReference,
} from './reference.ts'

/** How objects are shown: where links point, and what `include[]` asks for whole instead of as a reference. */
export interface View {
  web: string
  include: ReadonlySet<string>
  settings: PagerdutySettings
}

/** Returns an incident as REST v2 shows it. One that has alerts, as all have here, has no incident key of its own. */
export function toIncident(incident: IncidentRecord, view: View): Record<string, unknown> {
  const { web, include } = view
  const triggered = incident.alerts.filter(({ status }) => status === 'triggered').length
  return {
    ...toIncidentReference(incident, web),
    type: 'incident',
    incident_number: incident.number,
    title: incident.title,
    created_at: toTimestamp(incident.createdAt),
    updated_at: toTimestamp(incident.updatedAt),
    status: incident.status,
    incident_key: null,
    service: include.has('services') ? toService(view) : toServiceReference(web),
    assignments: incident.assignees.map(({ user, at }) => ({
      at: toTimestamp(at),
      assignee: include.has('assignees') ? toUser(user, web) : toUserReference(user, web),
    })),
    assigned_via: incident.assignedVia,
    last_status_change_at: toTimestamp(incident.statusChangedAt),
    last_status_change_by: toAgent(incident.statusChangedBy, view, 'agents'),
    resolved_at: incident.resolvedAt && toTimestamp(incident.resolvedAt),
    first_trigger_log_entry: toFirstTrigger(incident, view),
    alert_counts: { all: incident.alerts.length, triggered, resolved: incident.alerts.length - triggered },
    is_mergeable: incident.status !== 'resolved',
    incident_type: { name: 'incident_default' },
    escalation_policy: include.has('escalation_policies')
      ? toPolicy(incident.policy, view)
      : toPolicyReference(incident.policy, web),
    teams: [],
    pending_actions: toPendingActions(incident),
    acknowledgements: incident.acknowledgements.map(({ actor, at }) => ({
      at: toTimestamp(at),
      acknowledger: toAgent(actor, view, 'acknowledgers'),
    })),
    priority: incident.priority && toPriorityReference(incident.priority, web),
    resolve_reason: null,
    conference_bridge: incident.conferenceBridge,
    incidents_responders: incident.responderRequests.map((request) => toResponder(incident, request, web)),
    responder_requests: incident.responderRequests.map((request) => ({
      incident: toIncidentReference(incident, web),
      requester: toUserReference(request.requester, web),
      requested_at: toTimestamp(request.at),
      message: request.message,
      responder_request_targets: [
        {
          responder_request_target: {
            type: 'user',
            id: request.target.id,
            incidents_responders: [toResponder(incident, request, web)],
          },
        },
      ],
    })),
    urgency: incident.urgency,
    ...(include.has('custom_fields') && { custom_fields: [] }),
  }
}

export function toAlert(alert: AlertRecord, incident: IncidentRecord, view: View): Record<string, unknown> {
  const { web, include } = view
  return {
    ...toReference('alert', 'alerts', { id: alert.id, name: alert.summary }, web),
    self: `https://api.pagerduty.com/incidents/${incident.id}/alerts/${alert.id}`,
    created_at: toTimestamp(alert.createdAt),
    resolved_at: alert.resolvedAt && toTimestamp(alert.resolvedAt),
    status: alert.status,
    alert_key: alert.key,
    service: toServiceReference(web),
    first_trigger_log_entry: toFirstTrigger(incident, view),
    body: { type: 'alert_body', contexts: alert.contexts, details: alert.details },
    incident: include.has('incidents') ? toIncident(incident, view) : toIncidentReference(incident, web),
    suppressed: false,
    severity: alert.severity,
    integration: toIntegrationReference(web),
  }
}

export function toNote(note: NoteRecord, web: string): Record<string, unknown> {
  return {
    id: note.id,
    user: toUserReference(note.user, web),
    channel: { summary: 'The PagerDuty website or APIs' },
    content: note.content,
    created_at: toTimestamp(note.createdAt),
    updated_at: toTimestamp(note.createdAt),
  }
}

/** Returns a line of the timeline. What is in its channel, the seconds of a snooze too, needs `include[]=channels`. */
export function toLogEntry(entry: LogRecord, view: View): Record<string, unknown> {
  const { web, include } = view
  return {
    ...toReference(`${entry.type}_log_entry`, 'log_entries', { id: entry.id, name: entry.summary }, web),
    html_url: `${web}/incidents/${entry.incident.id}/log_entries/${entry.id}`,
    created_at: toTimestamp(entry.at),
    agent: toAgentReference(entry.actor, web),
    channel: include.has('channels') ? entry.channel : { type: entry.channel.type },
    service: include.has('services') ? toService(view) : toServiceReference(web),
    incident: include.has('incidents') ? toIncident(entry.incident, view) : toIncidentReference(entry.incident, web),
    teams: [],
    contexts: [],
    event_details: {},
    ...entry.fields,
  }
}

/** The end of a snooze and of an acknowledgement are the same action: nothing tells them apart here. */
function toPendingActions(incident: IncidentRecord): { type: string; at: string }[] {
  const { unacknowledgeAt, escalateAt } = incident
  return [
    ...(unacknowledgeAt ? [{ type: 'unacknowledge', at: toTimestamp(unacknowledgeAt) }] : []),
    ...(escalateAt ? [{ type: 'escalate', at: toTimestamp(escalateAt) }] : []),
  ]
}

function toFirstTrigger(incident: IncidentRecord, view: View): Record<string, unknown> | null {
  const first = incident.log[0]
  if (!first) return null
  const entry = toLogEntry(first, { ...view, include: new Set(['channels']) })
  if (view.include.has('first_trigger_log_entries')) return entry
  const { id, type, summary, self, html_url } = entry
  return { id, type: `${String(type)}_reference`, summary, self, html_url }
}

function toAgent(actor: Actor, view: View, inclusion: string): Record<string, unknown> {
  if (actor.kind !== 'user') return { ...toAgentReference(actor, view.web) }
  return view.include.has(inclusion) ? toUser(actor.user, view.web) : { ...toUserReference(actor.user, view.web) }
}

function toResponder(
  incident: IncidentRecord,
  request: { requester: PagerdutyUser; target: PagerdutyUser; message: string; at: Date },
  web: string,
): Record<string, unknown> {
  return {
    state: 'pending',
    user: toUserReference(request.target, web),
    incident: toIncidentReference(incident, web),
    updated_at: toTimestamp(request.at),
    message: request.message,
    requester: toUserReference(request.requester, web),
    requested_at: toTimestamp(request.at),
  }
}

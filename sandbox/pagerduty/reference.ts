import { INTEGRATION, type PagerdutyUser, type PriorityName, SERVICE, toPriorityId } from './account.ts'
import type { Actor, IncidentRecord } from './incident.ts'

export interface Reference {
  id: string
  type: string
  summary: string
  self: string
  html_url: string
}

const API_BASE_URL = 'https://api.pagerduty.com'

/** Returns PagerDuty's short form of an object; `collection` is its place in the API and on the website. */
export function toReference(type: string, collection: string, object: { id: string; name: string }, web: string) {
  return {
    id: object.id,
    type,
    summary: object.name,
    self: `${API_BASE_URL}/${collection}/${object.id}`,
    html_url: `${web}/${collection}/${object.id}`,
  } satisfies Reference
}

export function toUserReference(user: PagerdutyUser, web: string): Reference {
  return toReference('user_reference', 'users', user, web)
}

export function toServiceReference(web: string): Reference {
  return toReference('service_reference', 'services', SERVICE, web)
}

export function toIntegrationReference(web: string): Reference {
  return toReference(
    'events_api_v2_inbound_integration_reference',
    `services/${SERVICE.id}/integrations`,
    INTEGRATION,
    web,
  )
}

export function toPolicyReference(policy: { id: string; name: string }, web: string): Reference {
  return toReference('escalation_policy_reference', 'escalation_policies', policy, web)
}

export function toPriorityReference(priority: PriorityName, web: string): Reference {
  return toReference('priority_reference', 'priorities', { id: toPriorityId(priority), name: priority }, web)
}

export function toIncidentReference(incident: IncidentRecord, web: string): Reference {
  const named = { id: incident.id, name: toIncidentSummary(incident) }
  return toReference('incident_reference', 'incidents', named, web)
}

export function toIncidentSummary(incident: IncidentRecord): string {
  return `[#${incident.number}] ${incident.title}`
}

/** Returns who acted, as `agent` shows it: what a timeout does, the service did. */
export function toAgentReference(actor: Actor, web: string): Reference {
  return actor.kind === 'user' ? toUserReference(actor.user, web) : toServiceReference(web)
}

/** PagerDuty's times have whole seconds. */
export function toTimestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Act, IncidentRecord, Severity } from './incident.ts'
import type { IncidentStore } from './store.ts'
import { acknowledge, openIncident, resolve } from './transitions.ts'

/** Source: Events API v2. */
const MAX_DEDUP_KEY_CHARS = 255
const MAX_SUMMARY_CHARS = 1_024

const severity = z.enum(['critical', 'error', 'warning', 'info'])

const target = { routing_key: z.string().min(1), client_url: z.string().nullish() }

/** The payload is read of a trigger only; Alertmanager sends it with a resolve too. */
export const monitoringEvent = z.discriminatedUnion('event_action', [
  z.object({
    ...target,
    event_action: z.literal('trigger'),
    dedup_key: z
      .string()
      .min(1)
      .max(MAX_DEDUP_KEY_CHARS)
      .default(() => randomUUID().replaceAll('-', '')),
    payload: z.object({
      summary: z.string().min(1),
      source: z.string().min(1),
      severity,
      // Given back as it came: a string, an object, an array or null.
      custom_details: z.unknown().optional(),
    }),
    links: z.array(z.object({ href: z.string(), text: z.string().nullish() })).nullish(),
  }),
  z.object({
    ...target,
    event_action: z.enum(['acknowledge', 'resolve']),
    dedup_key: z.string().min(1).max(MAX_DEDUP_KEY_CHARS),
  }),
])

export interface TriggerFields {
  dedupKey: string
  summary: string
  severity: Severity
  details: unknown
  contexts: readonly unknown[]
}

/** Opens an incident, or merges into the one that is open for this key. Merging rings nobody and keeps title and details. */
export function triggerAlert(store: IncidentStore, fields: TriggerFields, act: Act): IncidentRecord {
  const open = findOpen(store, fields.dedupKey)
  const summary = fields.summary.slice(0, MAX_SUMMARY_CHARS)
  if (!open) {
    const { dedupKey: key, severity: level, details, contexts } = fields
    const alert = { key, summary, severity: level, details, contexts, createdAt: act.at, resolvedAt: null }
    return openIncident(store, { ...alert, status: 'triggered' }, act)
  }
  store.record(open, act, 'alert-merged', { key: fields.dedupKey })
  store.addLog(open, act, {
    type: 'trigger',
    summary: 'Triggered through the API.',
    channel: { type: 'api', summary, incident_key: fields.dedupKey, details: fields.details },
    fields: { event_details: { description: summary } },
  })
  store.touch(open, act.at)
  return open
}

/** Resolves the alert of this key, and the incident with its last alert. Returns the incident, if one was open. */
export function resolveAlert(store: IncidentStore, key: string, act: Act): IncidentRecord | undefined {
  const incident = findOpen(store, key)
  if (!incident) return undefined
  for (const alert of incident.alerts) {
    if (alert.key !== key || alert.status === 'resolved') continue
    alert.status = 'resolved'
    alert.resolvedAt = act.at
  }
  if (incident.alerts.every(({ status }) => status === 'resolved')) resolve(store, incident, act)
  else store.touch(incident, act.at)
  return incident
}

/** Acknowledges as the integration, which is no user. An event for a key that is not open does nothing. */
export function acknowledgeAlert(store: IncidentStore, key: string, act: Act): void {
  const incident = findOpen(store, key)
  if (incident && incident.status === 'triggered') acknowledge(store, incident, act)
}

function findOpen(store: IncidentStore, key: string): IncidentRecord | undefined {
  return store
    .holding(key)
    .findLast(
      (incident) =>
        incident.status !== 'resolved' &&
        incident.alerts.some((alert) => alert.key === key && alert.status === 'triggered'),
    )
}

import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { lookUpIncident } from '../evidence/incident-lookup.ts'
import type { Incident } from '../model/incident.ts'
import type { PastIncident } from './past-incident.ts'

/** The incident as PagerDuty would have shown it at a time (ms), with what people had done to it by then. */
export async function incidentAt(
  past: PastIncident,
  { dedupKey, ownUserId, atMs }: { dedupKey: string; ownUserId: string | null; atMs: number },
): Promise<Incident | null> {
  const log = past.log.filter((entry) => entry.created_at <= atMs)
  const alerts = past.alerts.filter((alert) => (alert.created_at ?? past.createdAtMs) <= atMs)
  const raw = asItStood(past, { atMs, alertCount: alerts.length })
  return lookUpIncident(
    {
      client: { incident: async () => raw, alerts: async () => ({ items: alerts, isComplete: true }) },
      askIncidents: async () => ({
        open: raw.status === 'resolved' ? [] : [raw],
        log: { items: log, isComplete: true },
      }),
    },
    {
      dedupKey,
      boundId: raw.id,
      sinceMs: past.createdAtMs,
      // No address: whoever we are is known by id or not at all.
      own: { email: '', id: ownUserId },
      nowMs: atMs,
    },
  )
}

/** Its record tells of the end; what its log dates later had not happened yet, and is told by the log where it had. */
function asItStood(
  { incident, log }: PastIncident,
  { atMs, alertCount }: { atMs: number; alertCount: number },
): RawIncident {
  const isLaterPriority = log.some((one) => one.type === 'priority_change_log_entry' && one.created_at > atMs)
  const states = log.filter((one) => one.created_at <= atMs).flatMap(({ type }) => STATES[type] ?? [])
  return {
    ...incident,
    status: states.at(-1) ?? 'triggered',
    priority: isLaterPriority ? null : incident.priority,
    alert_counts: { all: alertCount, triggered: alertCount },
    assignments: [],
    acknowledgements: [],
    pending_actions: [],
    conference_bridge: null,
    responder_requests: [],
    incidents_responders: [],
    last_status_change_by: null,
  }
}

const STATES: Readonly<Record<string, RawIncident['status']>> = {
  trigger_log_entry: 'triggered',
  acknowledge_log_entry: 'acknowledged',
  unacknowledge_log_entry: 'triggered',
  resolve_log_entry: 'resolved',
  reopen_log_entry: 'triggered',
}

import { mergeUpdate } from '../cases/merge-update.ts'
import type { RawAlert } from '../clients/pagerduty-schema.ts'
import { toIncidentUpdate } from '../evidence/incident-update.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import type { PastIncident } from './past-incident.ts'

/** The alerts of one incident came within this of its making, in ms: later ones joined a case that was decided. */
const FIRST_ALERTS_MS = 60_000

/** The case that an incident would have made at its beginning. */
export interface CaseThen {
  subject: Case
  isWeaklyMatched: boolean
}

/** The case as the incident's first alerts make it, or null where they are none of ours. */
export function caseOf(past: PastIncident, alertnames: readonly string[]): CaseThen | null {
  const { incident, alerts, createdAtMs } = past
  const first = alerts.filter((alert) => (alert.created_at ?? createdAtMs) <= createdAtMs + FIRST_ALERTS_MS)
  // All of them are over by now; then they fired.
  const firing: RawAlert[] = first.map((alert) => ({ ...alert, status: 'triggered' }))
  const told = toIncidentUpdate(incident, firing, { alertnames, nowMs: createdAtMs })
  const subject = told && mergeUpdate(null, told.update, { receivedAtMs: createdAtMs, mergeWindowMs: 0 })
  return subject ? { subject, isWeaklyMatched: told.update.incident?.isWeaklyMatched ?? false } : null
}

/** The clusters that the case's alerts name, each once. */
export function clustersOf(subject: Case): { clusterId: string; region: string; accountId: string }[] {
  const found = firingAlerts(subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [identity] : []
  })
  return [...new Map(found.map((identity) => [identity.clusterId, identity])).values()]
}

/** When alerts of the incident came that hit customers, after those that it began with (ms). */
export function impactingAtMs(
  { alerts, incident, createdAtMs }: PastIncident,
  alertnames: readonly string[],
): number[] {
  return alerts.flatMap((alert) => {
    const atMs = alert.created_at ?? createdAtMs
    const told = toIncidentUpdate(incident, [{ ...alert, status: 'triggered' }], { alertnames, nowMs: atMs })
    const isImpacting = told?.update.alerts.some(({ labels }) => (labels.tip_customer_impacting ?? 'false') !== 'false')
    return isImpacting ? [atMs] : []
  })
}

import { type Case, newestIncident } from '../model/case.ts'
import type { Incident } from '../model/incident.ts'

/**
 * The case as a further incident of its key leaves it: what stood on the one before is over, and whoever had that one has
 * not got this one, which rings. It is judged as a new one. Unchanged where the incident is no further one.
 */
export function withNewIncident(subject: Case, incident: Incident | null, nowMs: number): Case {
  const before = newestIncident(subject)
  if (!before || !incident || incident.status === 'resolved' || incident.id === before.id) return subject
  const { snooze, takenOver } = subject
  return {
    ...subject,
    state: 'gathering',
    // The same outcome is news on another incident.
    plan: null,
    snooze: null,
    lastSnoozeEndMs: snooze ? Math.min(snooze.untilMs, nowMs) : subject.lastSnoozeEndMs,
    wakeWhy: null,
    // An operator took the case, a person in PagerDuty only their incident.
    takenOver: takenOver?.by.startsWith('operator ') ? takenOver : null,
  }
}

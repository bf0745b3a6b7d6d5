import { type Case, type CaseAlert, firingAlerts } from '../../model/case.ts'
import { outcomeOf } from '../../model/finding.ts'

/** Between two questions, in ms: as long as it has lasted already, within these. */
const SHORTEST_MS = 60_000
const LONGEST_MS = 3_600_000

/**
 * When Key Protect is asked again about an alert (ms): where an issue, or a comment on one, was written while it did not
 * answer. Null where nothing waits for its answer.
 */
export function registrationsDueMs(alert: CaseAlert, { receipts }: Pick<Case, 'receipts'>): number | null {
  const { findings } = alert
  if (findings?.reason !== 'orphaned-key-registration' || outcomeOf(alert, 'key-protect') !== 'unavailable') return null
  const told = receipts.findLast(
    ({ action, result }) =>
      action === 'issue' && (result === 'created' || result === 'updated' || result === 'adopted'),
  )
  if (!told) return null
  const lastedMs = findings.askedAtMs - Date.parse(told.at)
  return findings.askedAtMs + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, lastedMs))
}

/** When a case is to be looked at for that (ms), no sooner than the shortest wait from now; null where it is not. */
export function registrationsLookMs(subject: Case, nowMs: number): number | null {
  const times = firingAlerts(subject).flatMap((alert) => registrationsDueMs(alert, subject) ?? [])
  return times.length === 0 ? null : Math.max(nowMs + SHORTEST_MS, Math.min(...times))
}

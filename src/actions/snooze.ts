import { TransientError } from '../errors.ts'
import { toIncident } from '../evidence/incident-lookup.ts'
import type { Incident } from '../model/incident.ts'
import type { SnoozeAction } from '../model/plan.ts'
import { HOLD_LIMIT_MS } from '../plan/plan-snooze.ts'
import type { SnoozeEntry } from '../store/store.ts'
import type { PagerdutyActing } from './acknowledge.ts'
import { type EffectOutcome, sendOnce } from './effect.ts'

/** A snooze's end may differ from the one asked for by this much (clocks, rounding), in ms. */
export const END_TOLERANCE_MS = 60_000
const LONGEST_SECONDS = 604_800

/**
 * Ensures that an incident which we have acknowledged is snoozed to an absolute end, read back from PagerDuty's answer.
 * `parameters` is kept in the journal, so that a restart knows the snooze that stands.
 * Source: PagerDuty REST API, "Snooze an incident" (duration 1 to 604800 s).
 */
export async function ensureSnoozed(
  acting: PagerdutyActing,
  action: SnoozeAction,
  parameters: Record<string, unknown> & { untilMs: number },
): Promise<EffectOutcome> {
  const nowMs = acting.now()
  const seconds = Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil((parameters.untilMs - nowMs) / 1_000)))
  const spans = action.clusterIds.map(
    (clusterId): SnoozeEntry => ({
      clusterId,
      caseId: acting.caseId,
      budget: action.budget,
      isReal: true,
      fromMs: nowMs,
      untilMs: parameters.untilMs,
    }),
  )
  const outcome = await sendOnce(
    acting,
    { key: action.key, caseId: acting.caseId, action: 'snooze', target: action.incidentId, parameters },
    async () => {
      const { incident, serverNowMs } = await acting.pagerduty.snooze(action.incidentId, seconds)
      const expectedMs = serverNowMs + seconds * 1_000
      const read = toIncident(incident, { dedupKey: incident.incident_key ?? '', nowMs })
      const final = endsAt(read, expectedMs)
        ? read
        : toIncident(await acting.pagerduty.spending('snooze').incident(action.incidentId), { dedupKey: '', nowMs })
      if (!endsAt(final, expectedMs))
        throw new TransientError('unknown', 'PagerDuty snooze: its end could not be read back')
      return { result: 'updated', link: incident.html_url ?? null }
    },
    spans,
  )
  // However long the upstream asks us to wait, the page that we hold is given back in time.
  if (outcome.kind === 'later') return { ...outcome, atMs: Math.min(outcome.atMs, nowMs + HOLD_LIMIT_MS) }
  // 1012 no longer acknowledged, 1001 resolved: the plan rests on a state that is gone.
  if (outcome.kind !== 'refused') return outcome
  await acting.store.withdraw(action.key)
  return { kind: 'changed', receipt: outcome.receipt }
}

/** True when the incident is acknowledged and PagerDuty will trigger it again at about that time. */
export function endsAt(incident: Incident, untilMs: number): boolean {
  return (
    incident.status === 'acknowledged' &&
    incident.unacknowledgeAtMs !== null &&
    Math.abs(incident.unacknowledgeAtMs - untilMs) <= END_TOLERANCE_MS
  )
}

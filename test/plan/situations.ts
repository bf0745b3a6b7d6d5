import type { Case } from '../../src/model/case.ts'
import type { Situation } from '../../src/plan/situation.ts'
import {
  aCase,
  anIncident,
  aSituation,
  aSnooze,
  HOUR_MS,
  labelsOf,
  MINUTE_MS,
  NOTHING_DONE,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'

/** An incident that we have acknowledged. */
export const OURS = anIncident({ status: 'acknowledged', unacknowledgeAtMs: NOW_MS + HOUR_MS })

/** A situation of a case with these fields. */
export function situated(subject: Partial<Case>, change: Partial<Situation> = {}): Situation {
  return aSituation({ subject: aCase(subject), ...change })
}

/** A case with a real snooze that stands for another hour. */
export function snoozed(subject: Partial<Case>, change: Partial<Situation> = {}): Situation {
  const done = { ...NOTHING_DONE, acknowledges: 1, snoozes: 1 }
  return situated(
    { state: 'snoozed', snooze: aSnooze(), incidents: [OURS], ...subject },
    { incident: OURS, done, ...change },
  )
}

/** An alert of another cluster that joined a minute ago. */
export const NEW_ALERT = {
  fingerprint: 'new',
  labels: labelsOf(OTHER_CLUSTER_ID),
  firstReceivedAtMs: NOW_MS - MINUTE_MS,
}
/** A snooze that ends in four minutes: it is time to judge it again. */
export const NEAR_END = { snooze: aSnooze({ untilMs: NOW_MS + 4 * MINUTE_MS }) }

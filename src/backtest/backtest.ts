import type { Arrival } from '../model/arrival.ts'
import { firingAlerts } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import { maskSecrets } from '../model/outside-text.ts'
import { type CaseThen, caseOf, impactingAtMs } from './case-then.ts'
import { type Comparison, compare } from './compare.ts'
import { type DecideDeps, decide } from './decide.ts'
import { humanOutcome } from './human-outcome.ts'
import type { PastIncident } from './past-incident.ts'
import { RecordOfDecisions } from './record-of-decisions.ts'
import type { Judged } from './tally.ts'

export interface BacktestDeps extends Omit<DecideDeps, 'record'> {
  /** Up to when the incidents' histories are known (ms). */
  knownToMs: number
  onProgress?: (done: number, all: number) => void
}

/** An incident and the case that it would have made. */
export interface Replayed {
  past: PastIncident
  then: CaseThen
}

/** The incidents that are ours, in the order of time, each with the case that it would have made. */
export function toReplayed(all: readonly PastIncident[], alertnames: readonly string[]): Replayed[] {
  return all
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
    .flatMap((past) => {
      const then = caseOf(past, alertnames)
      return then ? [{ past, then }] : []
    })
}

/** Each incident with what the responder would have done beside what people did. */
export async function backtest(replayed: readonly Replayed[], deps: BacktestDeps): Promise<Judged[]> {
  const { policy, ownUserId, knownToMs } = deps
  const record = new RecordOfDecisions(policy, replayed.flatMap(arrivalsOf))
  const judged: Judged[] = []
  for (const { past, then } of replayed) {
    const decision = await decide(past, then, { ...deps, record })
    const outcome = humanOutcome(past, ownUserId)
    const seen = { outcome, impactingAtMs: impactingAtMs(past, policy.alertnames), knownToMs }
    judged.push(toJudged(past, compare(decision, seen)))
    deps.onProgress?.(judged.length, replayed.length)
  }
  return judged
}

export function toJudged({ incident }: Pick<PastIncident, 'incident'>, comparison: Comparison): Judged {
  return {
    id: incident.id,
    number: incident.incident_number ?? null,
    url: incident.html_url ?? '',
    title: maskSecrets(incident.title ?? ''),
    comparison,
  }
}

function arrivalsOf({ then }: Replayed): Arrival[] {
  return firingAlerts(then.subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [{ ...identity, atMs: alert.startsAtMs }] : []
  })
}

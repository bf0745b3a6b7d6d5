import type { Decision } from './plan/decision.ts'
import { planIncidentEnded } from './plan/incident-ended.ts'
import { planCase } from './plan/plan-case.ts'
import type { Situation } from './plan/situation.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { NO_TRACING } from './telemetry/tracing.ts'

/** What is to be done in a situation, and whether its incident is over. */
export function decide(
  situation: Situation,
  { tracing = NO_TRACING }: Pick<ReconcileDeps, 'tracing'>,
): Decision & { isIncidentEnded: boolean } {
  return tracing.within('plan', {}, () => {
    const ended = planIncidentEnded(situation)
    const decision = ended ?? planCase(situation)
    tracing.tell({ 'plan.actions': decision.plan.actions.map(({ action }) => action).join(',') })
    return { ...decision, isIncidentEnded: ended !== null }
  })
}

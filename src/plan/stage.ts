import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import type { Plan } from '../model/plan.ts'

/** Modes from the most careful one on. */
const MODES = ['shadow', 'approve', 'live'] as const
export type Mode = (typeof MODES)[number]

/**
 * The mode in which a case is acted on: the mode of the service, or a more careful stage that the policy has for a reason
 * of one of the alerts. A reason without a stage is in the mode of the service.
 */
export function stageOf(mode: Mode, alerts: readonly CaseAlert[], { stages }: Pick<Policy, 'stages'>): Mode {
  const given = alerts.flatMap(({ judgement }) => (judgement ? [stages[judgement.verdict.reason] ?? mode] : []))
  return MODES.find((stage) => stage === mode || given.includes(stage)) ?? mode
}

/**
 * The mode at a write. A plan that somebody approved or asked for by hand waits for no approval and for no stage: these
 * are about what the responder does by itself.
 */
export function modeAtWrite(
  mode: Mode,
  { plan, alerts, policy }: { plan: Plan; alerts: readonly CaseAlert[]; policy: Pick<Policy, 'stages'> },
): Mode {
  if (plan.approvedBy === undefined) return stageOf(mode, alerts, policy)
  return mode === 'approve' ? 'live' : mode
}

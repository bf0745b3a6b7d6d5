import type { Decision } from './decision.ts'
import { digest } from './outcome.ts'
import { forHuman } from './plan-for-human.ts'
import { offerHash } from './plan-hash.ts'
import type { Situation } from './situation.ts'

/** How long people may approve a plan, from when it was first offered, in ms. */
export const OFFER_LASTS_MS = 900_000

/**
 * The decision of a case in mode `approve`: a plan that quiets a page or opens an issue is offered to people, carried out
 * once it is approved, and left alone when nobody does. An approval replaces nothing but the wait for it: `decide` asks every
 * other rail again. Without buttons nobody can approve, and the plan stays a plan.
 */
export function withApproval(situation: Situation, decide: (situation: Situation) => Decision): Decision {
  const decision = decide(situation)
  const { mode, paused, subject, nowMs, isInteractive } = situation
  if (mode !== 'approve' || paused || !isInteractive) return decision
  // What our own acknowledgement holds quiet is no other plan.
  const asked = situation.heldSinceMs === null ? decision : decide({ ...situation, heldSinceMs: null })
  const hash = offerHash(asked.plan, subject)
  if (isApproved(situation, hash)) {
    const approved = decide({ ...situation, mode: 'live' })
    return { ...approved, plan: { ...approved.plan, approvedBy: subject.approval?.by ?? '' } }
  }
  // What stands was approved, or asked for by hand: so are its note and its issue's comment.
  if (decision.snooze?.isReal) return { ...decision, plan: { ...decision.plan, approvedBy: 'its approval' } }
  if (!asksForApproval(decision)) return decision
  const known = subject.offer?.hash === hash ? subject.offer : null
  const atMs = known?.atMs ?? nowMs
  const untilMs = atMs + OFFER_LASTS_MS
  if (known?.declinedBy || nowMs >= untilMs) return lapsed(decision, situation, known?.declinedBy ?? null)
  return {
    ...decision,
    plan: { ...decision.plan, offer: { hash, atMs, untilMs } },
    nextLookMs: Math.min(decision.nextLookMs ?? untilMs, untilMs),
  }
}

/** An approval is spent by the effects that it allowed: each has a key of its own, so that no later plan has its hash. */
function isApproved({ subject, nowMs }: Situation, hash: string): boolean {
  const { approval } = subject
  return approval?.hash === hash && nowMs - approval.atMs <= OFFER_LASTS_MS
}

/** Nobody is asked about a note alone: what it would say stands in the message. */
function asksForApproval({ plan }: Decision): boolean {
  return plan.actions.some(
    (action) =>
      (action.action === 'snooze' && action.permit === null) || (action.action === 'issue' && action.number === null),
  )
}

/** Nobody approved in time, or somebody said no: the page simply stays with people. */
function lapsed(decision: Decision, situation: Situation, declinedBy: string | null): Decision {
  const { plan, snooze } = decision
  if (snooze === null) return decision
  const why = declinedBy === null ? 'nobody approved it in 15 min' : `${declinedBy} said not now`
  const reason = situation.subject.alerts.find(({ status }) => status === 'firing')?.judgement?.verdict.reason
  return forHuman(
    { ...situation, subject: { ...situation.subject, snooze: null } },
    {
      headline: `Needs you: judged ${reason ?? 'to be snoozed'}, not snoozed, ${why}`,
      key: `not-approved/${digest([plan.outcomeKey, why])}`,
      refusals: plan.refusals,
    },
  )
}

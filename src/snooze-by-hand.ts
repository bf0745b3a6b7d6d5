import { adoptLostStates } from './actions/lost-states.ts'
import { adoptStates, standingEffects } from './actions/standing-effects.ts'
import { judge } from './judge.ts'
import { type Case, newestIncident, withReceipts } from './model/case.ts'
import type { Rail } from './model/plan.ts'
import { type HandSnooze, planSnoozeByHand } from './plan/plan-by-hand.ts'
import { carryOut } from './reconcile.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { kinOf, lookUp, situate } from './situate.ts'

/** A snooze by hand that stands, or why it does not: the rail that forbids it, or PagerDuty did not take it. */
export type HandSnoozeOutcome =
  | { kind: 'done'; subject: Case }
  | { kind: 'refused'; rail: Rail }
  | { kind: 'unavailable' }

/** Snoozes a case's incident because an operator asked, past the rails of policy but not those in code. Under the case's lock. */
export async function snoozeByHand(subject: Case, wish: HandSnooze, deps: ReconcileDeps): Promise<HandSnoozeOutcome> {
  const judged = await judge(subject, deps)
  const lookup = await lookUp(judged.subject, deps)
  if (lookup.incident && deps.pagerduty) {
    const ownIds = { id: deps.ownUser.id(), email: deps.pagerduty.from }
    await adoptStates(lookup.incident, await deps.store.effectsOf(subject.id), {
      store: deps.store,
      ownIds,
      now: deps.now,
    })
    await adoptLostStates(lookup.incident, judged.subject, { store: deps.store, ownIds, now: deps.now })
  }
  const kin = await kinOf(judged.subject, { ...deps, judge: (other) => judge(other, deps) })
  const situated = await situate({ ...judged, kin }, lookup, deps)
  // A stage is about what the responder does by itself.
  const situation = { ...situated.situation, mode: (await deps.modeSwitch.read()).mode }
  const planned = planSnoozeByHand(situation, wish)
  if ('rail' in planned) return { kind: 'refused', rail: planned.rail }
  const execution = await carryOut(planned.plan, situation, { upTo: Number.MAX_SAFE_INTEGER, deps })
  const incident = newestIncident(situation.subject)
  const standing = incident ? standingEffects(incident.id, await deps.store.effectsOf(subject.id)).snooze : null
  // It stands where its note alone is owed: the next look writes that.
  if (!execution.isDone && standing?.number !== situation.done.snoozes + 1) return { kind: 'unavailable' }
  const taken = { by: `operator ${wish.by}`, what: 'snooze', atMs: deps.now() }
  return {
    kind: 'done',
    subject: withReceipts(
      { ...situation.subject, snooze: standing, takenOver: taken, plan: planned.plan, state: 'snoozed' },
      execution.receipts,
    ),
  }
}

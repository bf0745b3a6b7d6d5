import { type Case, type CaseSnooze, firingAlerts, type TakeOver } from '../model/case.ts'
import type { Action } from '../model/plan.ts'
import { type Decision, SAY_GATHERING_AFTER_MS } from './decision.ts'
import { joinCase } from './join.ts'
import { withApproval } from './offer.ts'
import { noteAction, slackAction } from './outcome.ts'
import { forHuman, humanOutcome, lookupDelayMs } from './plan-for-human.ts'
import { HOLD_LIMIT_MS, planSnooze } from './plan-snooze.ts'
import { endedEarly, graceEnds, hasEndedEarly, wakeNow, wakeReason, whileSnoozed } from './plan-standing.ts'
import type { Situation } from './situation.ts'
import { withButtons } from './slack-buttons.ts'

export type { Decision } from './decision.ts'

/** A channel that could not be read is asked again after this at the latest, in ms. */
const EVIDENCE_LOOK_MS = 10_000

/** What to do about a case now. Pure and total. Source: PRODUCT.md section 4. */
export function planCase(situation: Situation): Decision {
  return withButtons(withStormManners(withApproval(situation, decide), situation), situation)
}

function decide(situation: Situation): Decision {
  const { subject } = situation
  const joined = joinCase(situation)
  const standing = subject.snooze && stands(subject.snooze, situation) ? subject.snooze : null
  const isOthers = subject.takenOver !== null && subject.takenOver.what !== 'snooze'
  if (standing && !isOthers && hasEndedEarly(situation, standing)) return endedEarly(situation, standing)
  if (subject.takenOver) return takenOver(situation, standing, subject.takenOver)
  if (standing) return whileSnoozed(situation, standing)
  switch (joined.kind) {
    case 'waiting':
      return gathering(situation, joined.untilMs)
    case 'human':
      return forHuman(situation, humanOutcome(joined.because))
    case 'snooze':
      return planSnooze(situation, joined)
  }
}

/**
 * One that was only decided ends where the responder is let act, or where people are asked: it is made then, if all is as
 * it was.
 */
function stands(snooze: CaseSnooze, { nowMs, mode, paused, isInteractive }: Situation): boolean {
  const isOnlyDecided = mode === 'shadow' || paused || (mode === 'approve' && !isInteractive)
  return snooze.untilMs > nowMs && (snooze.isReal || isOnlyDecided)
}

function gathering(situation: Situation, untilMs: number): Decision {
  const { nowMs, subject, heldSinceMs } = situation
  const holdEndsMs = heldSinceMs === null ? null : heldSinceMs + HOLD_LIMIT_MS
  // After a restart the channels are read anew: nothing has changed yet, so the hold has its time.
  if (holdEndsMs !== null && (nowMs > holdEndsMs || !isEvidenceAwaited(subject)))
    return forHuman(situation, {
      headline: 'Needs you: the evidence changed while the incident was being snoozed',
      key: 'held',
      refusals: [],
    })
  const outcome = {
    headline: `Gathering, verdict by ${new Date(untilMs).toISOString()}`,
    key: `gathering/${untilMs}`,
    refusals: [],
  }
  const sayAtMs = subject.openedAtMs + SAY_GATHERING_AFTER_MS
  const isTimeToSay = nowMs >= sayAtMs || subject.slack !== null
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: isTimeToSay ? [slackAction(situation, outcome)] : [],
      refusals: [],
    },
    state: 'gathering',
    nextLookMs: Math.min(
      untilMs,
      // A channel that can be read again tells nobody: looking costs no call.
      ...(isEvidenceAwaited(subject) ? [nowMs + Math.min(EVIDENCE_LOOK_MS, lookupDelayMs(situation))] : []),
      ...(isTimeToSay ? [] : [sayAtMs]),
      ...(holdEndsMs === null ? [] : [holdEndsMs + 1]),
    ),
    snooze: null,
  }
}

/** True when nothing but a channel that can't be read yet keeps the verdict away. */
function isEvidenceAwaited(subject: Case): boolean {
  const waits = firingAlerts(subject).flatMap(({ judgement }) => (judgement?.kind === 'waiting' ? [judgement] : []))
  return waits.length > 0 && waits.every(({ awaited }) => awaited === 'evidence')
}

/** Somebody has the case. What the responder itself holds quiet is given back when they asked for that. */
function takenOver(situation: Situation, standing: CaseSnooze | null, { by, what }: TakeOver): Decision {
  if (what === 'wake' && standing) return wakeNow(situation, standing, `${by} asked for it`)
  if (what === 'snooze' && standing && by.startsWith('operator ')) return heldByOperator(situation, standing, by)
  const actions: Action[] = []
  if (what === 'wake' && situation.heldSinceMs !== null && situation.incident) {
    const { id } = situation.incident
    actions.push({
      action: 'wake',
      key: `wake/${id}/${situation.done.wakes + 1}`,
      why: `${by} asked for it`,
      incidentId: id,
      isReal: true,
    })
  }
  const outcome = { headline: `Handed over: ${by} has it`, key: 'taken-over', refusals: [] }
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: [...actions, slackAction(situation, outcome)],
      refusals: [],
    },
    state: 'handed-over',
    nextLookMs: null,
    snooze: null,
  }
}

/**
 * A snooze made by hand stands until its end, whatever the verdict of the alerts that the operator knew; then the incident
 * rings and the page is with people. Customer impact, or a failing alert that joins, is more than was asked for.
 */
function heldByOperator(situation: Situation, standing: CaseSnooze, by: string): Decision {
  const wake = wakeReason(situation, standing, 'by-hand')
  if (wake) return wakeNow(situation, standing, wake)
  const outcome = { headline: standing.headline, key: `by-hand/${standing.number}`, refusals: [] }
  const isRead = situation.incident?.id === standing.incidentId
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: [
        ...(isRead ? [noteAction(situation, outcome, standing)] : []),
        slackAction(situation, { ...outcome, headline: `${standing.headline} (${by})` }),
      ],
      refusals: [],
    },
    state: 'snoozed',
    nextLookMs: Math.min(standing.untilMs, ...graceEnds(situation, standing)),
    snooze: standing,
  }
}

/**
 * In a storm Slack has one message for all and an incident at most one note; what the storm alone refused is judged again
 * when it ends. A message that is there already is kept true.
 */
function withStormManners(decision: Decision, { storm, subject, done }: Situation): Decision {
  if (!storm) return decision
  const actions = decision.plan.actions.filter(
    ({ action }) => !(action === 'slack' && subject.slack === null) && !(action === 'note' && done.notes > 0),
  )
  const isRefusedByStorm = decision.plan.refusals.some(({ rail }) => rail === 'storm')
  const nextLookMs = isRefusedByStorm
    ? Math.min(decision.nextLookMs ?? storm.endsAtMs, storm.endsAtMs)
    : decision.nextLookMs
  return { ...decision, plan: { ...decision.plan, actions }, nextLookMs }
}

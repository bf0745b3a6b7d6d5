import { type CaseAlert, type CaseSnooze, firingAlerts, judgeAgainAtMs } from '../model/case.ts'
import type { Action } from '../model/plan.ts'
import type { Decision } from './decision.ts'
import { joinCase } from './join.ts'
import { nameOf, noteAction, slackAction } from './outcome.ts'
import { forHuman, humanOutcome, wokenKey } from './plan-for-human.ts'
import { planIssues } from './plan-issue.ts'
import { planSnooze } from './plan-snooze.ts'
import { alertObjections } from './rails.ts'
import type { Situation } from './situation.ts'

/** An incident that could not be read while something is owed to it, or a channel, is looked at again after this, in ms. */
const UNREAD_RETRY_MS = 30_000
/** An alert that joins a snoozed case and is not judged busy by then ends the snooze; leaves time for its error text, in ms. */
const JOINED_ALERT_GRACE_MS = 45_000
/** What is read of an incident so shortly after its snooze may not show that yet, in ms. */
const UNSURE_READ_MS = 60_000

/** While a snooze stands: it is renewed near its end, woken by positive evidence, and left alone by doubt. */
export function whileSnoozed(situation: Situation, standing: CaseSnooze): Decision {
  const { nowMs, subject } = situation
  const firing = firingAlerts(subject)
  const wake = wakeReason(situation, standing, 'judged')
  if (wake) return wakeNow(situation, standing, wake)
  const joined = joinCase(situation)
  if (nowMs >= judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd)) {
    // PagerDuty may answer again before the end: an incident that could not be read just now is read again.
    // Where people approve each snooze the next one is offered when this one has ended.
    const isRenewed = situation.mode !== 'approve' || !standing.isReal
    if (joined.kind === 'snooze' && situation.incident && isRenewed)
      return planSnooze({ ...situation, subject: { ...subject, snooze: null } }, joined)
    if (joined.kind === 'human') return forHuman(situation, humanOutcome(joined.because))
  }
  const outcome = {
    headline: standing.headline,
    key: `snoozed/${standing.number}`,
    refusals: subject.plan?.refusals ?? [],
  }
  // An owed note needs its incident; one that could not be read is read again soon.
  const isRead = situation.incident?.id === standing.incidentId
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: [
        // An alert that joined may be of another deleted cluster.
        ...planIssues(situation).actions,
        ...(isRead ? [noteAction(situation, outcome, standing)] : []),
        slackAction(situation, outcome),
      ],
      refusals: outcome.refusals,
    },
    state: 'snoozed',
    nextLookMs: Math.min(
      ...(isRead && !firing.some(({ facts }) => facts?.deletions?.isCatchingUp) ? [] : [nowMs + UNREAD_RETRY_MS]),
      nowMs >= judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd)
        ? standing.untilMs
        : judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd),
      ...graceEnds(situation, standing),
    ),
    snooze: withJoined(standing, firing),
  }
}

/** An alert that joined and was judged to be quieted too is part of the snooze from then on: a later doubt does not end it. */
function withJoined(standing: CaseSnooze, firing: readonly CaseAlert[]): CaseSnooze {
  const judged = firing.filter(
    ({ judgement }) => judgement?.kind === 'verdict' && judgement.verdict.remedy.kind !== 'human',
  )
  const fingerprints = new Set([...standing.fingerprints, ...judged.map(({ fingerprint }) => fingerprint)])
  return fingerprints.size === standing.fingerprints.length
    ? standing
    : { ...standing, fingerprints: [...fingerprints] }
}

/** When the alerts that joined a standing snooze have to be judged busy (ms), where that is yet to come. */
export function graceEnds({ nowMs, subject }: Situation, { fingerprints }: CaseSnooze): number[] {
  return firingAlerts(subject)
    .filter(({ fingerprint }) => !fingerprints.includes(fingerprint))
    .map(({ firstReceivedAtMs }) => firstReceivedAtMs + JOINED_ALERT_GRACE_MS)
    .filter((ms) => ms > nowMs)
}

/**
 * Why a standing snooze has to end now, or null. Only what is known to be so wakes; what could not be read does not. One
 * made by hand stands against every verdict of the alerts that it was made for.
 */
export function wakeReason(situation: Situation, standing: CaseSnooze, made: 'judged' | 'by-hand'): string | null {
  const firing = firingAlerts(situation.subject)
  const [objection] = alertObjections({ firing, truncatedAlerts: situation.subject.truncatedAlerts })
  if (situation.subject.wakeWhy !== null) return situation.subject.wakeWhy
  if (objection) return `${objection.rail}: ${objection.why}`
  for (const alert of firing) {
    const { judgement } = alert
    const isNew = !standing.fingerprints.includes(alert.fingerprint)
    const isGraceOver = situation.nowMs >= alert.firstReceivedAtMs + JOINED_ALERT_GRACE_MS
    if (isNew && (judgement === null || judgement.kind === 'waiting')) {
      if (isGraceOver) return `alert ${nameOf(alert)} joined and is not judged busy`
      continue
    }
    if (judgement?.kind !== 'verdict' || judgement.verdict.remedy.kind !== 'human') continue
    const { reason, message } = judgement.verdict
    if (isNew || (made === 'judged' && !isDoubtOnly(alert))) return `${reason}: ${message}`
  }
  return null
}

/**
 * True when PagerDuty rings already though our snooze should last: its clock, or somebody of whom it does not tell, has
 * ended it. A read that is hardly younger than the snooze may be older than that.
 */
export function hasEndedEarly({ incident }: Situation, { incidentId, fromMs, isReal }: CaseSnooze): boolean {
  if (!isReal || incident?.id !== incidentId) return false
  return incident.status === 'triggered' && incident.readAtMs > fromMs + UNSURE_READ_MS
}

/** It rings: with people until the snooze would have ended, so that no text of before quiets it again. */
export function endedEarly(situation: Situation, { incidentId, untilMs }: CaseSnooze): Decision {
  const end = new Date(untilMs).toISOString()
  const decision = forHuman(situation, {
    headline: `Needs you: it rings, the snooze until ${end} has ended early in PagerDuty`,
    key: `ended-early/${incidentId}/${untilMs}`,
    refusals: [],
  })
  return { ...decision, nextLookMs: Math.min(decision.nextLookMs ?? untilMs, untilMs) }
}

/** Ends a standing snooze now, so that the incident rings. */
export function wakeNow(situation: Situation, standing: CaseSnooze, why: string): Decision {
  const outcome = {
    headline: `Needs you: woken, ${why}`,
    key: wokenKey(standing, situation.subject),
    refusals: [],
  }
  const decision = forHuman({ ...situation, heldSinceMs: null }, outcome)
  const wake: Action = {
    action: 'wake',
    key: `wake/${standing.incidentId}/${situation.done.wakes + 1}`,
    why,
    incidentId: standing.incidentId,
    isReal: standing.isReal,
  }
  return { ...decision, plan: { ...decision.plan, actions: [wake, ...decision.plan.actions] } }
}

/** The verdict rests on what could not be read or was not said: reason not to renew a snooze, but none to end one. */
function isDoubtOnly({ judgement, facts }: CaseAlert): boolean {
  switch (judgement?.verdict.reason) {
    case 'evidence-unavailable':
    case 'no-error-text':
    case 'etcd-unavailable':
    case 'etcd-not-trusted':
      return true
    case 'migration-undetermined':
      return facts?.errorTexts.messages.every((message) => !message.isListed) ?? false
    case 'deletion-unproven':
      return facts?.deletions?.outcome === 'unavailable'
    // After a restart the deletion that outweighs an older failure may not have been read again yet.
    case 'kms-update-failed':
    case 'master-operation-failed':
      return facts?.deletions?.isCatchingUp ?? false
    default:
      return false
  }
}

import { createHash } from 'node:crypto'
import {
  type CaseAlert,
  type CaseSnooze,
  type CaseState,
  firingAlerts,
  judgeAgainAtMs,
  type TakeOver,
} from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { identifyCluster } from '../model/identity.ts'
import type { Action, Plan, Refusal } from '../model/plan.ts'
import type { SnoozeBudget } from '../model/verdict.ts'
import { joinJudgements } from './join.ts'
import { noteMarker, noteText } from './note.ts'
import { alertObjections, authorizeSnooze } from './rails.ts'
import type { Situation } from './situation.ts'
import { slackMessage } from './slack-message.ts'

/** A case that has no outcome after this long says in Slack that it is being looked at, in ms. Source: PRODUCT.md section 5. */
const SAY_GATHERING_AFTER_MS = 30_000
/** An alert that joins a snoozed case and is not judged busy by then ends the snooze; leaves time for its error text, in ms. */
const JOINED_ALERT_GRACE_MS = 45_000
/** A snooze that is not there this long after our acknowledgement is given up and the page given back, in ms. */
const HOLD_LIMIT_MS = 40_000
/** An incident that was not found in time is looked for this seldom afterwards, in ms. */
const LATE_LOOKUP_MS = 300_000

/** A plan, where the case stands with it, and when to look again (ms). */
export interface Decision {
  plan: Plan
  state: CaseState
  nextLookMs: number | null
  /** The snooze that stands once the plan is done. */
  snooze: CaseSnooze | null
}

interface Outcome {
  headline: string
  /** Identity of the outcome, without the incident. */
  key: string
  refusals: Refusal[]
}

/** What to do about a case now. Pure and total. Source: PRODUCT.md section 4. */
export function planCase(situation: Situation): Decision {
  const { subject, nowMs } = situation
  const joined = joinJudgements(firingAlerts(subject), nowMs)
  const standing = subject.snooze && subject.snooze.untilMs > nowMs ? subject.snooze : null
  if (subject.takenOver) return takenOver(situation, standing, subject.takenOver)
  if (standing) return whileSnoozed(situation, standing)
  switch (joined.kind) {
    case 'waiting':
      return gathering(situation, joined.untilMs)
    case 'human':
      return forHuman(situation, humanOutcome(joined.because))
    case 'snooze':
      return snooze(situation, joined)
  }
}

function gathering(situation: Situation, untilMs: number): Decision {
  const { nowMs, subject } = situation
  if (situation.heldSinceMs !== null)
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
    nextLookMs: isTimeToSay ? untilMs : Math.min(untilMs, sayAtMs),
    snooze: null,
  }
}

function humanOutcome(because: readonly CaseAlert[]): Outcome {
  const [first, ...others] = because
  const verdict = first?.judgement?.verdict
  const more = others.length > 0 ? ` (and ${others.length} more alerts)` : ''
  const names = because.map((alert) => `${nameOf(alert)} ${alert.judgement?.verdict.reason ?? ''}`).sort()
  return {
    headline: `Needs you: ${verdict ? `${verdict.reason}: ${verdict.message}` : 'no alert of the case is judged'}${more}`,
    key: `human/${digest(names)}`,
    refusals: [],
  }
}

function forHuman(situation: Situation, outcome: Outcome): Decision {
  const { incident, subject, isStillLooking, nowMs } = situation
  const refusals = incident || isStillLooking ? outcome.refusals : withNotFound(outcome.refusals, situation)
  // After a snooze the same verdict is news again.
  const told = { ...outcome, key: `${outcome.key}/${situation.done.snoozes}`, refusals }
  const actions: Action[] = []
  if (incident && incident.status !== 'resolved') {
    if (situation.heldSinceMs !== null) {
      actions.push({
        action: 'wake',
        key: `wake/${incident.id}/${situation.done.wakes + 1}`,
        why: 'the incident is acknowledged by us and will not be snoozed: it has to ring again',
        incidentId: incident.id,
        isReal: true,
      })
    }
    actions.push(noteAction(situation, told, null))
  }
  // Slack says it once there is an incident to point at, or after half a minute without one.
  if (incident || subject.slack || nowMs >= subject.openedAtMs + SAY_GATHERING_AFTER_MS)
    actions.push(slackAction(situation, told))
  return {
    plan: { headline: told.headline, outcomeKey: told.key, actions, refusals },
    state: incident || !isStillLooking ? 'handed-over' : 'waiting',
    nextLookMs: incident ? null : nowMs + (isStillLooking ? lookupDelayMs(situation) : LATE_LOOKUP_MS),
    snooze: null,
  }
}

function snooze(situation: Situation, wish: { seconds: number; budget: SnoozeBudget }): Decision {
  const { incident, nowMs, subject, heldSinceMs } = situation
  const reason = firingAlerts(subject)[0]?.judgement?.verdict.reason ?? 'busy'
  const words = `${formatDuration(wish.seconds * 1_000)}: ${snoozeWords(reason)}`
  if (!incident && situation.isStillLooking) {
    const outcome = {
      headline: `Waiting for the PagerDuty incident, to be snoozed ${words}`,
      key: 'waiting-for-incident',
      refusals: [],
    }
    const isTimeToSay = subject.slack !== null || nowMs >= subject.openedAtMs + SAY_GATHERING_AFTER_MS
    return {
      plan: {
        headline: outcome.headline,
        outcomeKey: outcome.key,
        actions: isTimeToSay ? [slackAction(situation, outcome)] : [],
        refusals: [],
      },
      state: 'waiting',
      nextLookMs: nowMs + lookupDelayMs(situation),
      snooze: null,
    }
  }
  const authorization = authorizeSnooze({
    ...situation,
    ...wish,
    firing: firingAlerts(subject),
    truncatedAlerts: subject.truncatedAlerts,
  })
  const hasHeldTooLong = heldSinceMs !== null && nowMs - heldSinceMs > HOLD_LIMIT_MS
  const isOnlyByMode = authorization.permit === null && authorization.isModeOnly
  if (!incident || hasHeldTooLong || (authorization.permit === null && !isOnlyByMode)) {
    const first = authorization.refusals[0]
    const because = hasHeldTooLong
      ? 'the snooze could not be completed'
      : `${first?.rail ?? 'incident-not-found'}: ${first?.why ?? situation.lookupWhy}`
    return forHuman(situation, {
      headline: `Needs you: judged ${reason}, not snoozed, ${because}`,
      key: `refused/${reason}/${digest([...authorization.refusals.map(({ rail }) => rail), String(hasHeldTooLong)])}`,
      refusals: authorization.refusals,
    })
  }
  const number = situation.done.snoozes + 1
  const untilMs = nowMs + wish.seconds * 1_000
  const outcome = {
    headline: `${isOnlyByMode ? 'Would snooze' : 'Snoozed'} ${words}`,
    key: `snoozed/${number}`,
    refusals: authorization.refusals,
  }
  const clusterIds = situation.usage.clusters.map(({ clusterId }) => clusterId)
  const actions: Action[] = []
  if (incident.status === 'triggered') {
    actions.push({
      action: 'acknowledge',
      key: `acknowledge/${incident.id}/${situation.done.acknowledges + 1}`,
      why: 'only an acknowledged incident can be snoozed',
      incidentId: incident.id,
    })
  }
  actions.push(
    {
      action: 'snooze',
      key: `snooze/${incident.id}/${number}`,
      why: outcome.headline,
      incidentId: incident.id,
      seconds: wish.seconds,
      untilMs,
      budget: wish.budget,
      clusterIds,
      permit: authorization.permit,
    },
    noteAction(situation, outcome, { untilMs }),
    slackAction(situation, outcome),
  )
  const isPausedOnly = situation.paused && isOnlyByMode
  return {
    plan: { headline: outcome.headline, outcomeKey: outcome.key, actions, refusals: authorization.refusals },
    state: isPausedOnly ? 'waiting' : 'snoozed',
    nextLookMs: isPausedOnly
      ? null
      : judgeAgainAtMs({ fromMs: nowMs, untilMs }, situation.policy.snooze.judgeBeforeEnd),
    snooze: isPausedOnly
      ? null
      : {
          incidentId: incident.id,
          number,
          fromMs: nowMs,
          untilMs,
          seconds: wish.seconds,
          budget: wish.budget,
          isReal: authorization.permit !== null,
          fingerprints: firingAlerts(subject).map((alert) => alert.fingerprint),
          headline: outcome.headline,
        },
  }
}

/** While a snooze stands: it is renewed near its end, woken by positive evidence, and left alone by doubt. */
function whileSnoozed(situation: Situation, standing: CaseSnooze): Decision {
  const { nowMs, subject } = situation
  const firing = firingAlerts(subject)
  const wake = wakeReason(situation, standing, firing)
  if (wake) return wakeNow(situation, standing, wake)
  const joined = joinJudgements(firing, nowMs)
  if (nowMs >= judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd)) {
    if (joined.kind === 'snooze') return snooze({ ...situation, subject: { ...subject, snooze: null } }, joined)
    if (joined.kind === 'human')
      return forHuman(situation, { ...humanOutcome(joined.because), key: `not-renewed/${standing.untilMs}` })
  }
  const outcome = {
    headline: standing.headline,
    key: `snoozed/${standing.number}`,
    refusals: subject.plan?.refusals ?? [],
  }
  const joinedLateMs = firing
    .filter((alert) => !standing.fingerprints.includes(alert.fingerprint))
    .map((alert) => alert.firstReceivedAtMs + JOINED_ALERT_GRACE_MS)
  return {
    plan: {
      headline: outcome.headline,
      outcomeKey: outcome.key,
      actions: [
        ...(standing.isReal || situation.incident ? [noteAction(situation, outcome, standing)] : []),
        slackAction(situation, outcome),
      ],
      refusals: outcome.refusals,
    },
    state: 'snoozed',
    nextLookMs: Math.min(
      nowMs >= judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd)
        ? standing.untilMs
        : judgeAgainAtMs(standing, situation.policy.snooze.judgeBeforeEnd),
      ...joinedLateMs.filter((ms) => ms > nowMs),
    ),
    snooze: standing,
  }
}

/** Why a standing snooze has to end now, or null. Only what is known to be so wakes; what could not be read does not. */
function wakeReason(situation: Situation, standing: CaseSnooze, firing: readonly CaseAlert[]): string | null {
  const [objection] = alertObjections({ firing, truncatedAlerts: situation.subject.truncatedAlerts })
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
    const isDoubtOnly = reason === 'evidence-unavailable' || reason === 'no-error-text'
    if (isNew || !isDoubtOnly) return `${reason}: ${message}`
  }
  return null
}

function wakeNow(situation: Situation, standing: CaseSnooze, why: string): Decision {
  const outcome = {
    headline: `Needs you: woken, ${why}`,
    key: `woken/${standing.incidentId}/${standing.untilMs}`,
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

/** Somebody has the case. What the responder itself holds quiet is given back when they asked for that. */
function takenOver(situation: Situation, standing: CaseSnooze | null, { by, what }: TakeOver): Decision {
  if (what === 'wake' && standing) return wakeNow(situation, standing, `${by} asked for it`)
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

function withNotFound(refusals: Refusal[], { lookupWhy }: Situation): Refusal[] {
  return refusals.some(({ rail }) => rail === 'incident-not-found')
    ? refusals
    : [...refusals, { action: 'note', rail: 'incident-not-found', why: lookupWhy }]
}

function noteAction(situation: Situation, outcome: Outcome, snoozed: { untilMs: number } | null): Action {
  const incidentId = situation.incident?.id ?? ''
  const marker = noteMarker(incidentId, outcome.key)
  return {
    action: 'note',
    key: `note/${incidentId}/${outcome.key}`,
    why: outcome.headline,
    incidentId,
    content: noteText(situation, { ...outcome, marker, snooze: snoozed }),
    marker,
  }
}

function slackAction(situation: Situation, outcome: Outcome): Action {
  const message = slackMessage(situation, outcome)
  const contentKey = digest([
    outcome.key,
    situation.subject.state === 'resolved' ? 'resolved' : 'open',
    outcome.headline,
  ])
  return { action: 'slack', key: `slack/${situation.subject.id}`, why: outcome.headline, contentKey, ...message }
}

/** The incident usually follows the webhook within seconds: look often at first, seldom later. */
function lookupDelayMs({ nowMs, subject }: Situation): number {
  return Math.min(30_000, Math.max(1_000, (nowMs - subject.openedAtMs) / 4))
}

function snoozeWords(reason: string): string {
  return reason === 'busy' || reason === 'migration-blocked' ? 'cluster busy with another KMS action' : reason
}

function nameOf(alert: CaseAlert): string {
  const identity = identifyCluster(alert)
  return identity.kind === 'identified' ? identity.clusterId : alert.fingerprint
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

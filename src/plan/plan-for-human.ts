import { type Case, type CaseAlert, type CaseSnooze, firingAlerts, type ToldOutcome } from '../model/case.ts'
import type { Action, Refusal } from '../model/plan.ts'
import { type Decision, SAY_GATHERING_AFTER_MS } from './decision.ts'
import { digest, nameOf, noteAction, type Outcome, slackAction } from './outcome.ts'
import { planIssues } from './plan-issue.ts'
import type { Situation } from './situation.ts'

/** An incident that was not found in time is looked for this seldom afterwards, in ms. */
const LATE_LOOKUP_MS = 300_000

/** What people are told when these alerts need one of them. */
export function humanOutcome(because: readonly CaseAlert[]): Outcome {
  const [first, ...others] = because
  const verdict = first?.judgement?.verdict
  const more = others.length > 0 ? ` (and ${others.length} more alerts)` : ''
  const names = because.map((alert) => `${nameOf(alert)} ${alert.judgement?.verdict.reason ?? ''}`).sort()
  return {
    headline: `Needs you: ${verdict ? `${verdict.reason}: ${verdict.message}` : 'no alert of the case is judged'}${more}`,
    key: `human/${digest(names)}`,
    refusals: [],
    isDoubtOnly: because.length > 0 && because.every(isUnavailable),
  }
}

/** The page stays with people: woken if we hold it, noted once, told in Slack. */
export function forHuman(situation: Situation, found: Outcome): Decision {
  const { incident, subject, isStillLooking, nowMs } = situation
  const outcome = toldAlready(situation, found) ?? found
  const issues = planIssues(situation)
  const refused = [...found.refusals, ...issues.refusals]
  const refusals = incident || isStillLooking ? refused : withNotFound(refused, situation)
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
    actions.push(...issues.actions, noteAction(situation, asNoted(told), null))
  }
  // Slack says it once there is an incident to point at, or after half a minute without one.
  if (incident || subject.slack || nowMs >= subject.openedAtMs + SAY_GATHERING_AFTER_MS)
    actions.push({ ...slackAction(situation, told), urgency: 'page' })
  return {
    plan: { headline: told.headline, outcomeKey: told.key, actions, refusals },
    state: incident || !isStillLooking ? 'handed-over' : 'waiting',
    nextLookMs: incident ? issues.lookAgainMs : nowMs + (isStillLooking ? lookupDelayMs(situation) : LATE_LOOKUP_MS),
    snooze: null,
    ...(incident && outcome === found ? { told: toTold(situation, found) } : {}),
  }
}

/** Identity of a wake's outcome: it stays the same for as long as nothing is judged otherwise. */
export function wokenKey({ incidentId, untilMs }: CaseSnooze, subject: Case): string {
  return `woken/${incidentId}/${untilMs}/${judgedKey(subject)}`
}

/**
 * The outcome as its note is known by: a wake is noted once for its snooze. What is judged beside it may differ in the
 * next life of a process that died before it had stored the case, since the channels are read anew then.
 */
function asNoted(told: Outcome): Outcome {
  const [kind, incidentId, untilMs, , snoozes] = told.key.split('/')
  return kind === 'woken' ? { ...told, key: [kind, incidentId, untilMs, snoozes].join('/') } : told
}

/**
 * What people were told before, where nothing else is known since: for as long as the judgements are those it was told of, a
 * wake's outcome, and any in the same words; and whatever it was when the evidence can't be had just now. A restart, or a channel
 * that is away for a while, is no news of a page that they have already.
 */
function toldAlready({ subject, done }: Situation, found: Outcome): Omit<Outcome, 'refusals'> | null {
  const { told } = subject
  if (!told || told.snoozes !== done.snoozes) return null
  const isJudgedSo = told.judged === judgedKey(subject)
  const isSame = isJudgedSo && (told.key.startsWith('woken/') || found.headline === told.headline)
  const isDoubt = found.isDoubtOnly === true
  const isOld = isDoubt && firingAlerts(subject).every((alert) => told.alerts.includes(nameOf(alert)))
  return isSame || isOld ? { key: told.key, headline: told.headline } : null
}

function toTold({ subject, done }: Situation, { key, headline }: Outcome): ToldOutcome {
  const alerts = firingAlerts(subject).map(nameOf)
  return { key, headline, judged: judgedKey(subject), alerts, snoozes: done.snoozes }
}

function isUnavailable({ judgement }: CaseAlert): boolean {
  return judgement?.verdict.reason === 'evidence-unavailable'
}

function judgedKey(subject: Case): string {
  return digest(
    firingAlerts(subject)
      .map((alert) => `${nameOf(alert)} ${alert.judgement?.kind} ${alert.judgement?.verdict.reason}`)
      .sort(),
  )
}

function withNotFound(refusals: Refusal[], { lookupWhy }: Situation): Refusal[] {
  return refusals.some(({ rail }) => rail === 'incident-not-found')
    ? refusals
    : [...refusals, { action: 'note', rail: 'incident-not-found', why: lookupWhy }]
}

/** The incident usually follows the webhook within seconds: look often at first, seldom later. */
export function lookupDelayMs({ nowMs, subject }: Situation): number {
  return Math.min(30_000, Math.max(1_000, Math.round((nowMs - subject.openedAtMs) / 2)))
}

import { firingAlerts, judgeAgainAtMs } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import type { Action, Refusal } from '../model/plan.ts'
import type { SnoozeBudget } from '../model/verdict.ts'
import { type Decision, SAY_GATHERING_AFTER_MS } from './decision.ts'
import { digest, noteAction, slackAction } from './outcome.ts'
import { forHuman, lookupDelayMs } from './plan-for-human.ts'
import { planIssues } from './plan-issue.ts'
import { authorizeSnooze } from './rails.ts'
import type { Situation } from './situation.ts'

/** A snooze that is not there this long after our acknowledgement is given up and the page given back, in ms. */
export const HOLD_LIMIT_MS = 40_000
/** Evidence that grew old before the write is gathered again after this, in ms. */
const STALE_RETRY_MS = 5_000
/** A case whose issue is being opened is looked at again after this at the latest, in ms. */
const ISSUE_LOOK_MS = 30_000

/** Every alert says snooze: done if no rail objects, else the page stays with people and the note says which did. */
export function planSnooze(situation: Situation, wish: { seconds: number; budget: SnoozeBudget }): Decision {
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
    firing: [...firingAlerts(subject), ...situation.kin],
    truncatedAlerts: subject.truncatedAlerts,
    byHand: null,
  })
  // Trying again would ring and silence the same person in turns.
  const hasHeldTooLong = situation.isGivenBack || (heldSinceMs !== null && nowMs - heldSinceMs > HOLD_LIMIT_MS)
  const isOnlyByMode = authorization.permit === null && authorization.isModeOnly
  // What we acknowledged rings nobody: where the mode forbids the snooze now, the page is given back.
  const isHeldInVain = heldSinceMs !== null && authorization.permit === null
  if (!incident || hasHeldTooLong || isHeldInVain || (authorization.permit === null && !isOnlyByMode)) {
    const first = refusalTold(authorization.refusals, situation, reason)
    const because = hasHeldTooLong
      ? 'the snooze could not be completed'
      : `${first?.rail ?? 'incident-not-found'}: ${first?.why ?? situation.lookupWhy}`
    const decision = forHuman(situation, {
      headline: `Needs you: judged ${reason}, not snoozed, ${because}`,
      key: refusedKey(reason, hasHeldTooLong ? 'held' : (first?.rail ?? 'incident-not-found')),
      refusals: authorization.refusals,
    })
    // Old evidence is no judgement: it is gathered again.
    const isStale = authorization.refusals.some(({ rail }) => rail === 'stale-evidence')
    return isStale ? { ...decision, nextLookMs: nowMs + STALE_RETRY_MS } : decision
  }
  const issues = planIssues(situation)
  if (issues.obstacle !== null) {
    return forHuman(situation, {
      headline: `Needs you: judged ${reason}, not snoozed, ${issues.obstacle}`,
      key: `no-issue/${reason}/${digest(situation.issues.clusters.map(({ clusterId, state }) => `${clusterId} ${state}`))}`,
      refusals: authorization.refusals,
    })
  }
  if (issues.isAwaited) {
    const opening = {
      headline: `Opening a GitHub issue first, to be snoozed ${words}`,
      key: `opening-issue/${situation.done.snoozes}`,
      refusals: [],
    }
    return {
      plan: {
        headline: opening.headline,
        outcomeKey: opening.key,
        actions: [...issues.actions, ...(subject.slack === null ? [] : [slackAction(situation, opening)])],
        refusals: [],
      },
      state: 'waiting',
      nextLookMs: nowMs + ISSUE_LOOK_MS,
      snooze: null,
    }
  }
  const number = situation.done.snoozes + 1
  const isAsking = situation.mode === 'approve' && isOnlyByMode && situation.isInteractive === true
  const { fromMs, untilMs } = spanOf(situation, { number, seconds: wish.seconds, isAsking })
  const outcome = {
    headline: `${isOnlyByMode ? 'Would snooze' : 'Snoozed'} ${words}`,
    key: `snoozed/${number}`,
    refusals: [...authorization.refusals, ...issues.refusals],
  }
  const clusterIds = situation.usage.clusters.map(({ clusterId }) => clusterId)
  const actions: Action[] = [...issues.actions]
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
    plan: {
      headline: outcome.headline,
      outcomeKey: isAsking ? `asked/${number}` : outcome.key,
      actions,
      refusals: outcome.refusals,
    },
    state: isPausedOnly ? 'waiting' : 'snoozed',
    nextLookMs: isPausedOnly ? null : judgeAgainAtMs({ fromMs, untilMs }, situation.policy.snooze.judgeBeforeEnd),
    snooze: isPausedOnly
      ? null
      : {
          incidentId: incident.id,
          number,
          fromMs,
          untilMs,
          seconds: wish.seconds,
          budget: wish.budget,
          isReal: authorization.permit !== null,
          fingerprints: firingAlerts(subject).map((alert) => alert.fingerprint),
          headline: outcome.headline,
        },
  }
}

/** What people are told is why: the other rails that object as well may come and go without being news. */
function refusedKey(reason: string, why: string): string {
  return `refused/${reason}/${why}`
}

/** The refusal that people were told of, for as long as it holds; else the first. */
function refusalTold(refusals: readonly Refusal[], { subject }: Situation, reason: string): Refusal | undefined {
  return refusals.find(({ rail }) => subject.told?.key === refusedKey(reason, rail)) ?? refusals[0]
}

/** When a page that we hold has to be given back (ms), null where we hold none. */
export function holdEndMs({ heldSinceMs }: Pick<Situation, 'heldSinceMs'>): number | null {
  return heldSinceMs === null ? null : heldSinceMs + HOLD_LIMIT_MS + 1
}

/** From now on; a snooze that people are being asked about keeps the span of its first look, so that it is counted once. */
function spanOf(
  { nowMs, subject, incident }: Situation,
  { number, seconds, isAsking }: { number: number; seconds: number; isAsking: boolean },
): { fromMs: number; untilMs: number } {
  const asked = subject.snooze
  const isSame = asked?.isReal === false && asked.number === number && asked.incidentId === incident?.id
  return isAsking && isSame ? asked : { fromMs: nowMs, untilMs: nowMs + seconds * 1_000 }
}

function snoozeWords(reason: string): string {
  if (reason === 'orphaned-key-registration') return 'orphaned key registration of a deleted cluster'
  return reason === 'busy' || reason === 'migration-blocked' ? 'cluster busy with another KMS action' : reason
}

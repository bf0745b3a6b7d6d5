import { type ExecuteDeps, type Execution, executePlan } from './actions/execute.ts'
import { sayResolved } from './actions/issue-end.ts'
import { beginOf } from './actions/look-first.ts'
import { adoptLostStates } from './actions/lost-states.ts'
import { adoptStates } from './actions/standing-effects.ts'
import { auditOutcome, countDecision, isNews, withOutcome } from './after-look.ts'
import { closeWithIncident } from './cases/merge-update.ts'
import { withNewIncident } from './cases/new-incident.ts'
import { withTakeOver } from './cases/take-over.ts'
import { decide } from './decide-case.ts'
import { judge } from './judge.ts'
import { mergeDeliveries } from './merge-deliveries.ts'
import { type Case, currentIncident, firingAlerts, withReceipts } from './model/case.ts'
import type { ActionKind, Plan } from './model/plan.ts'
import type { Decision } from './plan/decision.ts'
import { holdEndMs } from './plan/plan-snooze.ts'
import { STALE_AFTER_MS } from './plan/rails.ts'
import { resolvedPlan } from './plan/resolved-plan.ts'
import type { Situation } from './plan/situation.ts'
import { modeAtWrite } from './plan/stage.ts'
import { withTextOf } from './plan/with-findings.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { kinOf, lookUp, type Situated, situate } from './situate.ts'
import { supplement } from './supplement.ts'

export type { ReconcileDeps } from './reconcile-deps.ts'

/** A case whose incident has news that PagerDuty did not show is looked at again after this, in ms. */
const UNREAD_NEWS_RETRY_MS = 30_000
/** What a resolved case owes its issues is looked at again after this while the responder is paused, in ms. */
const PAUSED_RETRY_MS = 60_000
/** An incident read this recently is not read again within the same look, in ms. */
const FRESH_READ_MS = 2_000

/** Effects that PagerDuty shows on the incident itself. */
const STATE_EFFECTS: readonly ActionKind[] = ['acknowledge', 'snooze', 'wake']

/**
 * Takes one alert group through every step from its present state: merge what arrived, gather, classify, plan, act, store.
 * It works from the group's key, never from an event, so repeating it changes nothing. Returns when to look again (ms), or
 * null when nothing is awaited.
 */
export async function reconcile(groupKey: string, deps: ReconcileDeps): Promise<number | null> {
  const newsUpTo = await deps.store.incidentNews(groupKey)
  const merged = await mergeDeliveries(groupKey, deps)
  if (!merged.subject || merged.subject.state === 'resolved') {
    // Whatever people did to the incident, nothing is to be done about a group that is over.
    if (newsUpTo !== null) await deps.store.settleIncidentNews(groupKey, newsUpTo)
    return merged.subject
      ? finish(merged.subject, merged.upTo, deps)
      : tellIssues(await deps.store.latestCase(groupKey), deps)
  }
  let judged = await judge(merged.subject, deps)
  const kin = await kinOf(judged.subject, { ...deps, judge: (other) => judge(other, deps) })
  const cached = await situate(
    { ...judged, kin },
    { incident: currentIncident(judged.subject), why: 'no incident was looked for yet', isStillLooking: true },
    deps,
  )
  const first = decide(cached.situation, deps)
  if (newsUpTo === null && !(await needsIncident(first, cached.situation, deps)))
    return conclude({ ...cached, decision: first }, merged.upTo, deps)
  const lookup = await lookUp(judged.subject, deps, isToRing(first, cached.situation))
  // Ringing needs no reading, and the ladder says so where it can't be climbed.
  if (!lookup.incident && first.plan.actions.some(({ action }) => action === 'wake'))
    return conclude({ ...cached, decision: first }, merged.upTo, deps)
  if (lookup.incident?.status === 'resolved' && isKnownFromIncidentOnly(judged.subject)) {
    const closed = closeWithIncident(judged.subject, deps.now())
    if (newsUpTo !== null) await deps.store.settleIncidentNews(groupKey, newsUpTo)
    return finish(closed, merged.upTo, deps)
  }
  if (lookup.incident && deps.pagerduty) {
    const ownIds = { id: deps.ownUser.id(), email: deps.pagerduty.from }
    await adoptStates(lookup.incident, await deps.store.effectsOf(judged.subject.id), {
      store: deps.store,
      ownIds,
      now: deps.now,
    })
    await adoptLostStates(lookup.incident, judged.subject, { store: deps.store, ownIds, now: deps.now })
  }
  const renewed = withNewIncident(judged.subject, lookup.incident, deps.now())
  if (renewed !== judged.subject) {
    await deps.store.endSnoozes(renewed.id, deps.now())
    judged = await judge(renewed, deps)
  }
  const { issues, neighbours } = cached.situation
  const fresh = await situate(
    { ...judged, kin, subject: withTakeOver(judged.subject, lookup.incident), issues, neighbours },
    lookup,
    deps,
  )
  const decision = decide(fresh.situation, deps)
  if (decision.isIncidentEnded) await deps.store.endSnoozes(judged.subject.id, deps.now())
  const concludedMs = await conclude({ ...fresh, decision }, merged.upTo, deps)
  const nextLookMs = lookup.incident ? concludedMs : earliest(concludedMs, holdEndMs(cached.situation))
  if (newsUpTo === null) return nextLookMs
  // News count as read only when PagerDuty answered: else the look is repeated soon.
  if (!lookup.incident && deps.pagerduty) return earliest(nextLookMs, deps.now() + UNREAD_NEWS_RETRY_MS)
  await deps.store.settleIncidentNews(groupKey, newsUpTo)
  return nextLookMs
}

/** A page that we hold quiet, and that has to ring or to be snoozed soon: PagerDuty is asked however few calls are left. */
function isToRing({ plan }: Decision, { heldSinceMs, subject }: Situation): boolean {
  return heldSinceMs !== null || subject.wakeWhy !== null || plan.actions.some(({ action }) => action === 'wake')
}

/** Alertmanager never told of what fires: the incident alone can say that it is over. */
function isKnownFromIncidentOnly(subject: Case): boolean {
  const firing = firingAlerts(subject)
  return firing.length > 0 && firing.every((alert) => alert.isFromIncident)
}

/** The group is over: nothing more goes to PagerDuty, and Slack keeps the evidence with the end beside it. */
async function finish(subject: Case, upTo: number | null, deps: ReconcileDeps): Promise<number | null> {
  await deps.store.endSnoozes(subject.id, deps.now())
  const plan = resolvedPlan(subject, deps)
  const saved = await deps.store.saveCase(
    { ...subject, plan, snooze: null, updatedAtMs: deps.now() },
    { mergedUpTo: upTo, isSettled: true },
  )
  if (plan.actions.length > 0) deps.outbox.tell(saved.id)
  return tellIssues(saved, deps)
}

/** What the issues of a case that is over are still owed; returns when to try again. */
async function tellIssues(subject: Case | null, deps: ReconcileDeps): Promise<number | null> {
  const { github, store, now, modeSwitch, policy } = deps
  if (subject?.state !== 'resolved' || !github) return null
  const { mode, paused } = await modeSwitch.read()
  if (mode !== 'live') return null
  if (paused) return now() + PAUSED_RETRY_MS
  const { receipts, retryAtMs } = await sayResolved(
    subject,
    {
      ...github,
      store,
      now,
      caseId: subject.id,
      beganAtMs: beginOf(subject),
      probeAfterMs: policy.windows.probe,
      issuesPerHour: policy.budgets.issuesPerHour,
    },
    { repository: github.repository, publicUrl: deps.publicUrl },
  )
  const receipted = withReceipts(subject, receipts)
  if (receipted !== subject) await store.saveCase(receipted, { mergedUpTo: null, isSettled: true })
  return retryAtMs
}

/** PagerDuty is asked only when something is to be done there, or the case has no incident yet. */
async function needsIncident(
  { plan, state }: Decision,
  { incident, nowMs, subject }: Situation,
  { store }: ReconcileDeps,
): Promise<boolean> {
  // A state whose answer was lost, perhaps by a process that died: our copy of the incident may be from before it.
  const effects = await store.effectsOf(subject.id)
  if (effects.some(({ state: is, action }) => is === 'intent' && STATE_EFFECTS.includes(action))) return true
  if (incident && !incident.isOutdated && incident.readAtMs >= nowMs - FRESH_READ_MS) return false
  // The group still fires, so a new incident of its key may be open by now.
  if (incident?.status === 'resolved') return true
  if (state === 'gathering') return incident !== null && plan.actions.some((action) => action.action !== 'slack')
  if (incident === null) return true
  for (const action of plan.actions) {
    if (action.action === 'slack') continue
    if ((await store.effect(action.key))?.state !== 'done') return true
  }
  return false
}

async function conclude(
  { situation, decision: planned }: Situated & { decision: Decision },
  upTo: number | null,
  deps: ReconcileDeps,
): Promise<number | null> {
  const { store, metrics } = deps
  // Begun before anything is sent, so that the note seldom waits for it; what quiets a page never does.
  const supplementing = supplement(situation, planned, { ...deps, decide: (later) => decide(later, deps) })
  const execution = await carryOut(planned.plan, situation, {
    upTo,
    deps,
    withFinalText: async (action) => withTextOf(action, (await supplementing).decision.plan.actions),
  })
  const told = await supplementing
  const { decision } = told
  const nowMs = deps.now()
  const subject = await withOutcome(told.situation, decision, { execution, deps })
  // An unconfirmed firing (a replay, or an alert back with its old start) is told to nobody before an incident confirms it.
  const isQuiet = subject.isUnconfirmed && !situation.incident
  const isSettled = execution.retryAtMs === null && (subject.state === 'snoozed' || subject.state === 'handed-over')
  const nextLookMs = earliest(execution.retryAtMs, subject.nextLookMs)
  const isOutcomeNew = isNews(situation.subject, subject)
  const audited = isOutcomeNew ? auditOutcome(subject, deps) : null
  // Awaited together: on a full disk both fail, and a failure that nobody awaits ends the process.
  const [saved] = await Promise.all([
    store.saveCase({ ...subject, nextLookMs, updatedAtMs: nowMs }, { mergedUpTo: upTo, isSettled }),
    audited,
  ])
  deps.tracing?.tell({ 'case.id': saved.id, 'case.state': saved.state })
  if (isOutcomeNew) countDecision(saved, decision, metrics)
  for (const receipt of execution.receipts) metrics.countAction(receipt.action, receipt.result)
  if (!isQuiet && saved.plan?.actions.some((action) => action.action === 'slack')) deps.outbox.tell(saved.id)
  return nextLookMs
}

/** Does what a plan asks of PagerDuty; stops where something newer than `upTo` arrived for the group. */
export function carryOut(
  plan: Plan,
  situation: Situation,
  { upTo, deps, withFinalText }: { upTo: number | null; deps: ReconcileDeps } & Pick<ExecuteDeps, 'withFinalText'>,
): Promise<Execution> {
  const { subject, evidenceAtMs } = situation
  return executePlan(plan, subject, {
    store: deps.store,
    pagerduty: deps.pagerduty,
    github: deps.github,
    issuesPerHour: deps.policy.budgets.issuesPerHour,
    now: deps.now,
    mode: async () => {
      const { mode, paused } = await deps.modeSwitch.read()
      const alerts = [...firingAlerts(subject), ...situation.kin]
      return { mode: modeAtWrite(mode, { plan, alerts, policy: deps.policy }), paused }
    },
    hasNews: async () => ((await deps.store.newestPending(subject.groupKey)) ?? 0) > (upTo ?? 0),
    ownId: deps.ownUser.id(),
    learnOwnId: deps.ownUser.learn,
    sayInSlack: (text) => deps.outbox.cryOut(text),
    countWakeFailure: () => deps.metrics.countWakeFailure(),
    probeAfterMs: deps.policy.windows.probe,
    ...(deps.heldPages ? { heldPages: deps.heldPages } : {}),
    ...(deps.tracing ? { tracing: deps.tracing } : {}),
    isEvidenceFresh: () => deps.now() - evidenceAtMs <= STALE_AFTER_MS,
    ...(withFinalText ? { withFinalText } : {}),
  })
}

function earliest(...times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length > 0 ? Math.min(...known) : null
}

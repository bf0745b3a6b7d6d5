import type { Execution } from './actions/execute.ts'
import { standingEffects } from './actions/standing-effects.ts'
import { type Case, type CaseSnooze, firingAlerts, judgeAgainAtMs, withReceipts, withTimeline } from './model/case.ts'
import type { Incident } from './model/incident.ts'
import type { Plan } from './model/plan.ts'
import type { Decision } from './plan/plan-case.ts'
import type { Situation } from './plan/situation.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Metrics } from './telemetry/metrics.ts'

type OutcomeDeps = Pick<ReconcileDeps, 'now' | 'store' | 'policy'>

/** A case that PagerDuty did not answer for is looked at again after this, in ms. */
const UNANSWERED_RETRY_MS = 5_000

/** The case as the plan and its receipts leave it. A snooze that did not come to stand is not written down as one. */
export async function withOutcome(
  situation: Situation,
  decision: Decision,
  { execution, deps }: { execution: Execution; deps: OutcomeDeps },
): Promise<Case> {
  const nowMs = deps.now()
  const at = new Date(nowMs).toISOString()
  const { incident } = situation
  const before = situation.subject.snooze
  const hasSnooze =
    decision.snooze !== null &&
    (execution.isDone ||
      decision.snooze.untilMs === before?.untilMs ||
      (await isMade(decision.snooze, situation, deps)))
  const isOwed = decision.snooze !== null && !hasSnooze
  const isStillHeld = isOwed ? before?.isReal === true && before.untilMs > nowMs : isWakeOwed(decision, execution)
  const kept = isStillHeld ? before : null
  const snooze = hasSnooze ? await settledSnooze(decision, situation, deps) : kept
  const takenOver =
    incident?.humanActs?.at(-1) && execution.isDone && decision.state === 'handed-over'
      ? toTakeOver(incident)
      : situation.subject.takenOver
  const plan = isOwed ? unfinished(decision.plan) : decision.plan
  const next: Case = {
    ...situation.subject,
    isUnconfirmed: situation.subject.isUnconfirmed && !incident,
    incidents: withOutdated(situation.subject.incidents, incident, execution),
    plan,
    ...(decision.told ? { told: decision.told } : {}),
    wakeWhy: snooze === null ? null : situation.subject.wakeWhy,
    state: isOwed ? (kept ? 'snoozed' : 'waiting') : decision.state,
    snooze,
    lastSnoozeEndMs:
      before && snooze === null && !isAskedOnly(before, situation)
        ? endOf(before, nowMs, deps)
        : situation.subject.lastSnoozeEndMs,
    takenOver,
    ...answersOf(situation.subject, decision, execution),
    nextLookMs: isOwed ? (execution.retryAtMs ?? nowMs + UNANSWERED_RETRY_MS) : decision.nextLookMs,
  }
  const isUnused = situation.subject.approval && !next.approval && plan.approvedBy === undefined
  const unused = `the approval of ${situation.subject.approval?.by ?? ''} was not used: the plan changed meanwhile`
  const answered = isUnused ? withTimeline(next, { at, what: unused, actor: 'responder', link: null }) : next
  const told = isNews(situation.subject, answered)
    ? withTimeline(answered, { at, what: plan.headline, actor: 'responder', link: incident?.url || null })
    : answered
  return withReceipts(told, execution.receipts)
}

/** A snooze that people were asked about and did not approve has silenced nothing: no window moves for it. */
function isAskedOnly({ isReal }: CaseSnooze, { mode }: Situation): boolean {
  return !isReal && mode === 'approve'
}

/** What people were asked, and the approval for as long as its plan is not carried out; one for another plan is dropped. */
function answersOf(
  { offer, approval }: Case,
  { plan, state }: Decision,
  { isDone }: Execution,
): Pick<Case, 'offer' | 'approval'> {
  // What can't be judged just now, or has to be judged anew, may come to the same plan again.
  const isOpen =
    state === 'gathering' || state === 'waiting' || plan.refusals.some(({ rail }) => rail === 'stale-evidence')
  const isInUse = plan.approvedBy === undefined ? isOpen : !isDone || state === 'waiting'
  const asked = plan.offer ? { hash: plan.offer.hash, atMs: plan.offer.atMs, declinedBy: null } : offer
  return { ...(asked ? { offer: asked } : {}), ...(approval ? { approval: isInUse ? approval : null } : {}) }
}

/** True when the snooze stands though what follows it, its note, does not yet. */
async function isMade(
  { incidentId, number, isReal }: CaseSnooze,
  { subject }: Situation,
  { store }: OutcomeDeps,
): Promise<boolean> {
  if (!isReal) return false
  return standingEffects(incidentId, await store.effectsOf(subject.id)).snooze?.number === number
}

/** True when the plan wakes an incident and PagerDuty did not ring it: its snooze, and why it has to end, are not over. */
function isWakeOwed({ plan }: Decision, { receipts }: Execution): boolean {
  const isRung = receipts.some(({ action, result }) => action === 'wake' && result !== 'refused')
  return plan.actions.some(({ action }) => action === 'wake') && !isRung
}

/** When a snooze that the case has no more ends (ms): now, or by itself where it was about to. Later texts alone count then. */
function endOf(snooze: CaseSnooze, nowMs: number, { policy }: OutcomeDeps): number {
  return nowMs >= judgeAgainAtMs(snooze, policy.snooze.judgeBeforeEnd) ? snooze.untilMs : nowMs
}

/** True when the outcome differs from the one the case had before the look. */
export function isNews(before: Case, after: Case): boolean {
  return before.plan?.outcomeKey !== after.plan?.outcomeKey
}

/** A plan whose snooze PagerDuty has not taken: nobody, Slack neither, is told that it stands. */
function unfinished(plan: Plan): Plan {
  return {
    ...plan,
    headline: `Not done yet: ${plan.headline}`,
    outcomeKey: `owed/${plan.outcomeKey}`,
    actions: plan.actions.filter(({ action }) => action !== 'slack'),
  }
}

/** The snooze that stands, with its true end from the journal; in shadow its time is counted for the budgets all the same. */
async function settledSnooze(
  { snooze, plan }: Decision,
  { subject, usage }: Situation,
  { store, now }: OutcomeDeps,
): Promise<Case['snooze']> {
  if (!snooze) return null
  const effects = await store.effectsOf(subject.id)
  // The journal knows the true end; which alerts it covers by now only the look knows.
  if (snooze.isReal)
    return { ...(standingEffects(snooze.incidentId, effects).snooze ?? snooze), fingerprints: snooze.fingerprints }
  const action = plan.actions.find((candidate) => candidate.action === 'snooze')
  if (!action || subject.snooze?.untilMs === snooze.untilMs) return snooze
  const key = `would/${action.key}/${snooze.untilMs}`
  const spans = usage.clusters.map(({ clusterId }) => ({
    clusterId,
    caseId: subject.id,
    budget: snooze.budget,
    isReal: false,
    fromMs: snooze.fromMs,
    untilMs: snooze.untilMs,
  }))
  await store.intend(
    { key, caseId: subject.id, action: 'snooze', target: `would/${snooze.incidentId}`, parameters: {} },
    now(),
    spans,
  )
  await store.conclude(
    key,
    'done',
    { action: 'snooze', result: 'would', why: 'shadow', link: null, at: new Date(now()).toISOString() },
    now(),
  )
  return snooze
}

function toTakeOver(incident: Incident): Case['takenOver'] {
  const act = incident.humanActs?.at(-1)
  return act ? { by: act.who, what: act.what, atMs: act.atMs } : null
}

/**
 * The incident that was just written to: its status as the write left it, for people to see, and outdated, so that it is
 * read again before anything rests on it.
 */
function withOutdated(
  incidents: readonly Incident[],
  written: Incident | null,
  { receipts, isDone }: Execution,
): Incident[] {
  const isWritten = !isDone || receipts.some(({ result }) => result === 'created' || result === 'updated')
  const last = receipts.findLast(({ action, result }) => result === 'updated' && action !== 'note')?.action
  return incidents.map((incident) => {
    if (!isWritten || incident.id !== written?.id) return incident
    const status =
      last === 'wake' ? 'triggered' : last === 'snooze' || last === 'acknowledge' ? 'acknowledged' : incident.status
    return { ...incident, status, isOutdated: true }
  })
}

/** Counts the verdicts that the case has now, and what the rails refused. */
export function countDecision(subject: Case, { plan }: Decision, metrics: Metrics): void {
  for (const alert of firingAlerts(subject)) {
    if (alert.judgement?.kind === 'verdict')
      metrics.countVerdict(alert.judgement.verdict.classification, alert.judgement.verdict.reason)
  }
  for (const refusal of plan.refusals) metrics.countRefusal(refusal.action, refusal.rail)
}

/** An outcome and what the rails refused, in the audit chain. */
export function auditOutcome(subject: Case, { store, now }: Pick<ReconcileDeps, 'store' | 'now'>): Promise<void> {
  const { id, state, plan } = subject
  const record = { caseId: id, state, headline: plan?.headline, outcomeKey: plan?.outcomeKey, refusals: plan?.refusals }
  return store.appendAudit({ kind: 'outcome', actor: 'responder', record, nowMs: now() })
}

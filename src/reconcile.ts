import { type Execution, executePlan } from './actions/execute.ts'
import type { SlackOutbox } from './actions/slack-outbox.ts'
import { adoptStates, type StandingEffects, standingEffects, withStandingSnooze } from './actions/standing-effects.ts'
import { mergeUpdate } from './cases/merge-update.ts'
import { classify } from './classifiers/classify.ts'
import type { PagerdutyClient } from './clients/pagerduty.ts'
import type { Policy } from './config/policy.ts'
import { isTransient, TerminalError } from './errors.ts'
import { type GatherDeps, gatherFacts, observedAtMs } from './evidence/gather.ts'
import { lookUpIncident } from './evidence/incident-lookup.ts'
import { gatherUsage } from './evidence/usage.ts'
import type { ModeSwitch } from './mode-switch.ts'
import { type Case, firingAlerts, newestIncident, withReceipts, withTimeline } from './model/case.ts'
import { identifyCluster } from './model/identity.ts'
import type { Incident } from './model/incident.ts'
import type { Plan } from './model/plan.ts'
import { type Decision, planCase } from './plan/plan-case.ts'
import { STALE_AFTER_MS } from './plan/rails.ts'
import { resolvedPlan } from './plan/resolved-plan.ts'
import type { Situation } from './plan/situation.ts'
import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** An incident read this recently is not read again within the same look, in ms. */
const FRESH_READ_MS = 2_000
/** A case that PagerDuty did not answer for is looked at again after this, in ms. */
const UNANSWERED_RETRY_MS = 5_000

export interface ReconcileDeps {
  store: Store
  policy: Policy
  publicUrl: string | null
  pagerduty: { client: PagerdutyClient; from: string } | null
  gathering: GatherDeps
  outbox: SlackOutbox
  modeSwitch: ModeSwitch
  ownUser: { id: () => string | null; learn: (id: string) => Promise<void> }
  metrics: Metrics
  now: () => number
  notChecked: readonly string[]
}

/** One incident look: what PagerDuty said, or why it said nothing. */
interface Lookup {
  incident: Incident | null
  why: string
  isStillLooking: boolean
}

/**
 * Takes one alert group through every step from its present state: merge what arrived, gather, classify, plan, act, store.
 * It works from the group's key, never from an event, so repeating it changes nothing. Returns when to look again (ms), or
 * null when nothing is awaited.
 */
export async function reconcile(groupKey: string, deps: ReconcileDeps): Promise<number | null> {
  const merged = await mergeDeliveries(groupKey, deps)
  if (!merged.subject) return null
  if (merged.subject.state === 'resolved') return finish(merged.subject, merged.upTo, deps)
  const judged = await judge(merged.subject, deps)
  const cached = await situate(
    judged,
    { incident: newestIncident(judged.subject), why: 'no incident was looked for yet', isStillLooking: true },
    deps,
  )
  const first = planCase(cached.situation)
  if (!(await needsIncident(first, cached.situation, deps)))
    return conclude({ ...cached, decision: first }, merged.upTo, deps)
  const lookup = await lookUp(judged.subject, deps)
  if (lookup.incident && deps.pagerduty) {
    const ownIds = { id: deps.ownUser.id(), email: deps.pagerduty.from }
    await adoptStates(lookup.incident, await deps.store.effectsOf(judged.subject.id), {
      store: deps.store,
      ownIds,
      now: deps.now,
    })
  }
  const fresh = await situate(judged, lookup, deps)
  return conclude({ ...fresh, decision: planCase(fresh.situation) }, merged.upTo, deps)
}

async function mergeDeliveries(
  groupKey: string,
  { store, policy }: ReconcileDeps,
): Promise<{ subject: Case | null; upTo: number | null }> {
  const pending = await store.pending(groupKey)
  const known = await store.latestCase(groupKey)
  let subject = known
  for (const delivery of pending) {
    subject =
      mergeUpdate(subject, delivery.update, {
        receivedAtMs: delivery.receivedAtMs,
        mergeWindowMs: policy.windows.merge,
      }) ?? subject
  }
  const upTo = pending.at(-1)?.id ?? null
  if (upTo !== null && (subject === null || (subject === known && subject.state === 'resolved'))) {
    await store.discard(groupKey, upTo)
    return { subject: null, upTo }
  }
  return { subject: subject === known && subject?.state === 'resolved' ? null : subject, upTo }
}

/** The group is over: nothing more goes to PagerDuty, and Slack keeps the evidence with the end beside it. */
async function finish(subject: Case, upTo: number | null, deps: ReconcileDeps): Promise<null> {
  await deps.store.endSnoozes(subject.id, deps.now())
  const plan = resolvedPlan(subject, deps)
  const saved = await deps.store.saveCase(
    { ...subject, plan, snooze: null, updatedAtMs: deps.now() },
    { mergedUpTo: upTo, isSettled: true },
  )
  if (plan.actions.length > 0) deps.outbox.tell(saved.id)
  return null
}

async function judge(subject: Case, deps: ReconcileDeps): Promise<{ subject: Case; evidenceAtMs: number }> {
  const nowMs = deps.now()
  const { mode } = await deps.modeSwitch.read()
  const context = {
    nowMs,
    authorRule: mode === 'shadow' ? ('any-bot-when-empty' as const) : ('none-when-empty' as const),
  }
  let evidenceAtMs = nowMs
  const alerts = await Promise.all(
    subject.alerts.map(async (alert) => {
      if (alert.status !== 'firing') return alert
      const facts = await gatherFacts(subject, alert, { deps: deps.gathering, context })
      evidenceAtMs = Math.min(evidenceAtMs, observedAtMs(facts))
      return { ...alert, judgement: classify(facts, deps.policy) }
    }),
  )
  return { subject: { ...subject, alerts }, evidenceAtMs }
}

/** Asks PagerDuty for the case's incident; an answer that does not come is told apart from an incident that is not there. */
export async function lookUp(
  subject: Case,
  deps: Pick<ReconcileDeps, 'now' | 'pagerduty' | 'policy' | 'ownUser'>,
): Promise<Lookup> {
  const nowMs = deps.now()
  if (!deps.pagerduty)
    return { incident: null, why: 'PagerDuty is not configured (PAGERDUTY_API_TOKEN)', isStillLooking: false }
  const startMs = Math.max(subject.openedAtMs, ...firingAlerts(subject).map((alert) => alert.firstReceivedAtMs))
  const isStillLooking = nowMs - startMs < deps.policy.windows.incidentLookup
  try {
    const incident = await lookUpIncident(deps.pagerduty.client, {
      dedupKey: subject.dedupKey,
      boundId: newestIncident(subject)?.id ?? null,
      own: { email: deps.pagerduty.from, id: deps.ownUser.id() },
      nowMs,
    })
    const why = `no open incident with the key of this group was found in ${deps.policy.windows.incidentLookup / 60_000} min`
    return { incident, why, isStillLooking }
  } catch (error) {
    if (!isTransient(error) && !(error instanceof TerminalError)) throw error
    return { incident: null, why: `PagerDuty could not be asked: ${error.message}`, isStillLooking }
  }
}

interface Situated {
  situation: Situation
  standing: StandingEffects | null
}

type SituateDeps = Pick<ReconcileDeps, 'now' | 'modeSwitch' | 'store' | 'policy' | 'publicUrl' | 'notChecked'>

/** Everything that the plan rests on, for a case with its judgements and the incident as looked up. */
export async function situate(
  judged: { subject: Case; evidenceAtMs: number },
  lookup: Lookup,
  deps: SituateDeps,
): Promise<Situated> {
  const nowMs = deps.now()
  const { incident } = lookup
  const { mode, paused } = await deps.modeSwitch.read()
  const bound = incident ? bindIncident(judged.subject, incident, nowMs) : judged.subject
  const effects = incident ? await deps.store.effectsOf(bound.id) : []
  const standing = incident ? standingEffects(incident.id, effects) : null
  const subject = endSnoozeThatIsOver(standing ? withStandingSnooze(bound, standing) : bound, nowMs)
  const heldSinceMs = standing?.heldSinceMs != null && incident?.status === 'acknowledged' ? standing.heldSinceMs : null
  return {
    standing,
    situation: {
      nowMs,
      subject,
      incident,
      lookupWhy: lookup.why,
      isStillLooking: lookup.isStillLooking,
      evidenceAtMs: judged.evidenceAtMs,
      usage: await gatherUsage(subject, { store: deps.store, policy: deps.policy, nowMs, isReal: mode === 'live' }),
      mode,
      paused,
      policy: deps.policy,
      publicUrl: deps.publicUrl,
      done: {
        acknowledges: standing?.acknowledgesDone ?? 0,
        snoozes: standing?.snoozesDone ?? 0,
        wakes: standing?.wakesDone ?? 0,
      },
      heldSinceMs,
      notChecked: deps.notChecked,
      neighbours: await neighboursOf(subject, deps),
    },
  }
}

/** PagerDuty is asked only when something is to be done there, or the case has no incident yet. */
async function needsIncident(
  { plan, state }: Decision,
  { incident, nowMs }: Situation,
  { store }: ReconcileDeps,
): Promise<boolean> {
  if (incident && incident.readAtMs >= nowMs - FRESH_READ_MS) return false
  if (state === 'gathering') return incident !== null && plan.actions.some((action) => action.action !== 'slack')
  if (incident === null) return true
  for (const action of plan.actions) {
    if (action.action === 'slack') continue
    if ((await store.effect(action.key))?.state !== 'done') return true
  }
  return false
}

async function conclude(
  { situation, decision }: Situated & { decision: Decision },
  upTo: number | null,
  deps: ReconcileDeps,
): Promise<number | null> {
  const { store, metrics } = deps
  const execution = await carryOut(decision.plan, situation, { upTo, deps })
  const nowMs = deps.now()
  const subject = await withOutcome(situation, decision, { execution, deps })
  // An unconfirmed firing (a replay, or an alert back with its old start) is told to nobody before an incident confirms it.
  const isQuiet = subject.isUnconfirmed && !situation.incident
  const isSettled = execution.retryAtMs === null && (subject.state === 'snoozed' || subject.state === 'handed-over')
  const nextLookMs = earliest(execution.retryAtMs, subject.nextLookMs)
  const saved = await store.saveCase({ ...subject, nextLookMs, updatedAtMs: nowMs }, { mergedUpTo: upTo, isSettled })
  if (isNews(situation, decision)) countDecision(saved, decision, metrics)
  for (const receipt of execution.receipts) metrics.countAction(receipt.action, receipt.result)
  if (!isQuiet && decision.plan.actions.some((action) => action.action === 'slack')) deps.outbox.tell(saved.id)
  return nextLookMs
}

function carryOut(
  plan: Plan,
  situation: Situation,
  { upTo, deps }: { upTo: number | null; deps: ReconcileDeps },
): Promise<Execution> {
  const { subject, evidenceAtMs } = situation
  return executePlan(plan, subject, {
    store: deps.store,
    pagerduty: deps.pagerduty,
    now: deps.now,
    mode: () => deps.modeSwitch.read(),
    hasNews: async () => ((await deps.store.pending(subject.groupKey)).at(-1)?.id ?? 0) > (upTo ?? 0),
    ownId: deps.ownUser.id(),
    learnOwnId: deps.ownUser.learn,
    sayInSlack: (text) => deps.outbox.cryOut(text),
    countWakeFailure: () => deps.metrics.countWakeFailure(),
    probeAfterMs: deps.policy.windows.probe,
    isEvidenceFresh: () => deps.now() - evidenceAtMs <= STALE_AFTER_MS,
  })
}

/** The case as the plan and its receipts leave it. A snooze that did not come to stand is not written down as one. */
async function withOutcome(
  situation: Situation,
  decision: Decision,
  { execution, deps }: { execution: Execution; deps: ReconcileDeps },
): Promise<Case> {
  const nowMs = deps.now()
  const at = new Date(nowMs).toISOString()
  const { incident } = situation
  const hasSnooze = decision.snooze !== null && (execution.isDone || decision.snooze === situation.subject.snooze)
  const snooze = hasSnooze ? await settledSnooze(decision, situation, deps) : null
  const isOwed = decision.snooze !== null && !hasSnooze
  const takenOver =
    incident?.humanActs?.at(-1) && execution.isDone && decision.state === 'handed-over'
      ? toTakeOver(incident)
      : situation.subject.takenOver
  const next: Case = {
    ...situation.subject,
    isUnconfirmed: situation.subject.isUnconfirmed && !incident,
    plan: decision.plan,
    state: isOwed ? 'waiting' : decision.state,
    snooze,
    takenOver,
    nextLookMs: isOwed ? (execution.retryAtMs ?? nowMs + UNANSWERED_RETRY_MS) : decision.nextLookMs,
  }
  const told = isNews(situation, decision)
    ? withTimeline(next, { at, what: decision.plan.headline, actor: 'responder', link: incident?.url || null })
    : next
  return withReceipts(told, execution.receipts)
}

function isNews({ subject }: Situation, { plan }: Decision): boolean {
  return subject.plan?.outcomeKey !== plan.outcomeKey
}

function countDecision(subject: Case, { plan }: Decision, metrics: Metrics): void {
  for (const alert of firingAlerts(subject)) {
    if (alert.judgement?.kind === 'verdict')
      metrics.countVerdict(alert.judgement.verdict.classification, alert.judgement.verdict.reason)
  }
  for (const refusal of plan.refusals) metrics.countRefusal(refusal.action, refusal.rail)
}

/** The snooze that stands, with its true end from the journal; in shadow its time is counted for the budgets all the same. */
async function settledSnooze(
  { snooze, plan }: Decision,
  { subject, usage }: Situation,
  { store, now }: ReconcileDeps,
): Promise<Case['snooze']> {
  if (!snooze) return null
  const effects = await store.effectsOf(subject.id)
  if (snooze.isReal) return standingEffects(snooze.incidentId, effects).snooze ?? snooze
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

function bindIncident(subject: Case, incident: Incident, nowMs: number): Case {
  const others = subject.incidents.filter(({ id }) => id !== incident.id)
  const isNew = others.length === subject.incidents.length
  const bound = { ...subject, incidents: [...others, incident] }
  if (!isNew) return bound
  const what = `incident ${incident.number ?? incident.id} found by its key`
  return withTimeline(bound, {
    at: new Date(nowMs).toISOString(),
    what,
    actor: 'responder',
    link: incident.url || null,
  })
}

function endSnoozeThatIsOver(subject: Case, nowMs: number): Case {
  const { snooze } = subject
  if (!snooze || snooze.untilMs > nowMs) return subject
  return { ...subject, snooze: null, lastSnoozeEndMs: snooze.untilMs }
}

async function neighboursOf(subject: Case, { store }: Pick<ReconcileDeps, 'store'>): Promise<string[]> {
  for (const alert of firingAlerts(subject)) {
    const identity = identifyCluster(alert)
    if (identity.kind === 'identified') return store.openNeighbours({ ...identity, exceptCaseId: subject.id })
  }
  return []
}

/** The case as an operator who takes it leaves it: theirs, and the next look rings what the responder holds quiet. */
export function takenByHand(subject: Case, by: string, nowMs: number): Case {
  return { ...subject, takenOver: { by: `operator ${by}`, what: 'wake', atMs: nowMs } }
}

function earliest(...times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length > 0 ? Math.min(...known) : null
}

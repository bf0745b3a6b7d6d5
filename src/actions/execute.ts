import type { GithubClient } from '../clients/github.ts'
import { StoreUnavailableError } from '../errors.ts'
import type { Case } from '../model/case.ts'
import type { AcknowledgeAction, Action, Plan, Receipt, SlackAction, SnoozeAction } from '../model/plan.ts'
import type { Exclusive } from '../store/exclusive.ts'
import type { Store } from '../store/store.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { ensureAcknowledged, type PagerdutyActing } from './acknowledge.ts'
import { type EffectOutcome, receiptOf } from './effect.ts'
import type { HeldPages } from './held-pages.ts'
import { ensureIssue } from './issue.ts'
import { beginOf } from './look-first.ts'
import { ensureNote } from './note.ts'
import type { PagerdutyAccess } from './pagerduty-access.ts'
import { ensureSnoozed } from './snooze.ts'
import { tracedEffect } from './traced-effect.ts'
import { ensureAwake, ringAgain } from './wake.ts'

export interface ExecuteDeps {
  /** Left out where nothing is traced. */
  tracing?: Tracing
  store: Store
  pagerduty: PagerdutyAccess | null
  /** Where issues are opened, one cluster at a time; null where GitHub is not configured. */
  github: { client: GithubClient; lock: Exclusive } | null
  issuesPerHour: number
  now: () => number
  /** Read before every write: a switch thrown between two of them counts. */
  mode: () => Promise<{ mode: 'shadow' | 'approve' | 'live'; paused: boolean }>
  /** True when something arrived for the case's group that the plan does not know. */
  hasNews: () => Promise<boolean>
  ownId: string | null
  learnOwnId: (id: string) => Promise<void>
  sayInSlack: (text: string) => Promise<void>
  countWakeFailure: () => void
  probeAfterMs: number
  isEvidenceFresh: () => boolean
  /** A note or an issue with its final text, for which it may wait; left out where texts are final. Nothing that quiets or wakes a page waits. */
  withFinalText?: (action: Action) => Promise<Action>
  /** Rings what is held quiet when the store goes away. */
  heldPages?: Pick<HeldPages, 'storeWentAway'>
}

/** A case is looked at again so long after PagerDuty refused an effect, in ms: the state may not be what was planned on. */
const REFUSED_RETRY_MS = 5_000

/** The end of a snooze that was begun and not answered is kept for so long, in ms. */
const INTENT_KEEPS_MS = 300_000

export interface Execution {
  receipts: Receipt[]
  /** When owed effects are to be tried again (ms), null when nothing is owed. */
  retryAtMs: number | null
  /** True when all that the plan asked of PagerDuty stands, or would in shadow. */
  isDone: boolean
}

/**
 * Carries out what a plan asks of PagerDuty, in its order, each effect once; stops at the first that does not stand, since
 * the next ones rest on it. Slack is told apart, so that it never delays PagerDuty.
 */
export async function executePlan(plan: Plan, subject: Case, deps: ExecuteDeps): Promise<Execution> {
  const { receipts, owedAtMs, verdict } = await openIssues(plan, subject, deps)
  if (verdict === 'look-again') return { receipts, retryAtMs: deps.now(), isDone: false }
  if (verdict === 'missing' && plan.actions.some(({ action }) => action === 'acknowledge' || action === 'snooze'))
    return { receipts, retryAtMs: owedAtMs, isDone: false }
  const isMeant = plan.actions.some((action) => action.action === 'snooze' && action.permit !== null)
  for (const action of plan.actions) {
    if (action.action === 'issue') continue
    if (isQuieting(action) && isMeant && (await whyWithheld(action, deps)))
      // The mode was switched since the plan was made: what would rest on a snooze that is not sent is planned anew.
      return { receipts, retryAtMs: deps.now(), isDone: false }
    const final = action.action === 'note' ? await finalOf(action, deps) : action
    const outcome = await perform(final, subject, deps).catch((error: unknown) => {
      if (error instanceof StoreUnavailableError && isQuieting(action)) holdWithoutStore(action, subject, deps)
      throw error
    })
    if (outcome === null) continue
    if (outcome.receipt) receipts.push(outcome.receipt)
    switch (outcome.kind) {
      case 'done':
        continue
      case 'later':
        return { receipts, retryAtMs: outcome.atMs, isDone: false }
      case 'changed': {
        // What PagerDuty refused once it may refuse again: no tight loop of refusals.
        const waitMs = outcome.receipt?.result === 'refused' ? REFUSED_RETRY_MS : 0
        return { receipts, retryAtMs: deps.now() + waitMs, isDone: false }
      }
      case 'refused':
        return { receipts, retryAtMs: null, isDone: false }
    }
  }
  return { receipts, retryAtMs: owedAtMs, isDone: true }
}

async function finalOf(action: Action, { withFinalText }: ExecuteDeps): Promise<Action> {
  return withFinalText ? withFinalText(action) : action
}

function isQuieting(action: Action): action is AcknowledgeAction | SnoozeAction {
  return action.action === 'acknowledge' || action.action === 'snooze'
}

/** The incident may be acknowledged by now, and the store is away: nothing but this process will give the page back. */
function holdWithoutStore({ incidentId }: AcknowledgeAction | SnoozeAction, subject: Case, deps: ExecuteDeps): void {
  const ringing = { ...toActing(subject, deps), ownId: deps.ownId }
  deps.heldPages?.storeWentAway(incidentId, async () => (await ringAgain(ringing, incidentId)).isAwake)
}

/**
 * Opens the plan's issues, before anything that quiets a page. A new one, or a refusal, calls for another plan: what is
 * written next names it. One that has to wait holds up no note, only a snooze.
 */
async function openIssues(
  plan: Plan,
  subject: Case,
  deps: ExecuteDeps,
): Promise<{ receipts: Receipt[]; owedAtMs: number | null; verdict: 'stand' | 'missing' | 'look-again' }> {
  const receipts: Receipt[] = []
  let owedAtMs: number | null = null
  let verdict: 'stand' | 'missing' | 'look-again' = 'stand'
  const wanted = plan.actions.filter((action) => action.action === 'issue')
  // The page first, where it has to ring again.
  if (wanted.length > 0 && plan.actions.some(({ action }) => action === 'wake'))
    return { receipts, owedAtMs: deps.now(), verdict }
  for (const action of wanted) {
    const outcome = await perform(await finalOf(action, deps), subject, deps)
    if (outcome?.receipt) receipts.push(outcome.receipt)
    const { result } = outcome?.receipt ?? {}
    if (outcome?.kind === 'later') {
      owedAtMs = Math.min(owedAtMs ?? outcome.atMs, outcome.atMs)
      if (action.number === null && verdict === 'stand') verdict = 'missing'
    } else if (outcome?.kind !== 'done' || result === 'created' || (result === 'adopted' && action.number === null)) {
      verdict = 'look-again'
    }
  }
  return { receipts, owedAtMs, verdict }
}

async function perform(action: Action, subject: Case, deps: ExecuteDeps): Promise<EffectOutcome | null> {
  if (action.action === 'slack') return null
  return tracedEffect(action.action, deps.tracing, () => ensure(action, subject, deps))
}

async function ensure(action: Exclude<Action, SlackAction>, subject: Case, deps: ExecuteDeps): Promise<EffectOutcome> {
  const withheld = await whyWithheld(action, deps)
  if (withheld)
    return {
      kind: 'done',
      receipt: receiptOf(action.action, withheld.result, { nowMs: deps.now(), why: withheld.why }),
    }
  if (action.action === 'issue') return issue(action, subject, deps)
  const acting = toActing(subject, deps)
  switch (action.action) {
    case 'acknowledge':
      return ensureAcknowledged(acting, action)
    case 'snooze': {
      // The last look before the write that quiets a page: nothing new, nothing stale.
      if ((await deps.hasNews()) || !deps.isEvidenceFresh()) return { kind: 'changed', receipt: null }
      const record = await deps.store.effect(action.key)
      const known = record?.state === 'intent' ? record.parameters.untilMs : undefined
      const wantedMs = deps.now() + action.seconds * 1_000
      const isStillWanted = typeof known === 'number' && wantedMs - known <= INTENT_KEEPS_MS
      // Begun so long ago that most of it would be over: it was judged anew, so it is begun anew.
      if (known !== undefined && !isStillWanted) await deps.store.withdraw(action.key)
      const untilMs = isStillWanted ? known : wantedMs
      return ensureSnoozed(acting, action, { ...snoozeParameters(action, subject), fromMs: deps.now(), untilMs })
    }
    case 'wake':
      return wake(acting, action, { subject, deps })
    case 'note':
      return ensureNote({ ...acting, ...toLooking(subject, deps) }, action)
    default:
      return action satisfies never
  }
}

/** Why an action is not sent: the mode forbids it, or there is no PagerDuty. A wake of a real snooze is never withheld by mode. */
async function whyWithheld(
  action: Action,
  deps: ExecuteDeps,
): Promise<{ result: 'would' | 'refused'; why: string } | null> {
  const isRealWake = action.action === 'wake' && action.isReal
  if (!deps.pagerduty) return { result: 'would', why: 'PagerDuty is not configured' }
  if (action.action === 'issue' && !deps.github) return { result: 'would', why: 'GitHub is not configured' }
  if (isRealWake) return null
  if (action.action === 'wake') return { result: 'would', why: 'the snooze was only decided, not made' }
  const { mode, paused } = await deps.mode()
  if (mode === 'shadow') return { result: 'would', why: 'shadow' }
  if (mode === 'approve') return { result: 'would', why: 'awaiting-approval' }
  if (paused) return { result: 'refused', why: 'paused' }
  if (action.action === 'snooze' && action.permit === null)
    return { result: 'refused', why: 'the plan was made in another mode' }
  return null
}

/** What a restart needs to know of a snooze that stands. */
function snoozeParameters(action: Extract<Action, { action: 'snooze' }>, subject: Case): Record<string, unknown> {
  return {
    seconds: action.seconds,
    budget: action.budget,
    headline: action.why,
    fingerprints: subject.alerts.filter((alert) => alert.status === 'firing').map((alert) => alert.fingerprint),
  }
}

async function issue(
  action: Extract<Action, { action: 'issue' }>,
  subject: Case,
  deps: ExecuteDeps,
): Promise<EffectOutcome> {
  if (!deps.github) throw new TypeError('no GitHub is configured')
  if (action.number === null && ((await deps.hasNews()) || !deps.isEvidenceFresh()))
    return { kind: 'changed', receipt: null }
  const { issuesPerHour } = deps
  return ensureIssue({ ...deps.github, ...toLooking(subject, deps), caseId: subject.id, issuesPerHour }, action)
}

async function wake(
  acting: PagerdutyActing,
  action: Extract<Action, { action: 'wake' }>,
  { subject, deps }: { subject: Case; deps: ExecuteDeps },
): Promise<EffectOutcome> {
  const outcome = await ensureAwake(
    { ...acting, ownId: deps.ownId, sayInSlack: deps.sayInSlack, countFailure: deps.countWakeFailure },
    action,
  )
  if (outcome.kind === 'done') await deps.store.endSnoozes(subject.id, deps.now())
  return outcome
}

function toLooking(subject: Case, { store, now, probeAfterMs }: ExecuteDeps) {
  return { store, now, probeAfterMs, beganAtMs: beginOf(subject) }
}

function toActing(subject: Case, deps: ExecuteDeps): PagerdutyActing & Pick<PagerdutyAccess, 'acknowledge'> {
  if (!deps.pagerduty) throw new TypeError('no PagerDuty is configured')
  return {
    store: deps.store,
    now: deps.now,
    pagerduty: deps.pagerduty.client,
    acknowledge: deps.pagerduty.acknowledge,
    caseId: subject.id,
    ownEmail: deps.pagerduty.from,
    learnOwnId: deps.learnOwnId,
  }
}

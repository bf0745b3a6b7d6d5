import { beginOf } from './actions/look-first.ts'
import { ensureNote } from './actions/note.ts'
import { standingEffects } from './actions/standing-effects.ts'
import { ensureAwake } from './actions/wake.ts'
import { TransientError } from './errors.ts'
import { type Case, currentIncident, withTimeline } from './model/case.ts'
import type { NoteAction } from './model/plan.ts'
import { setAsidePlan } from './plan/set-aside-plan.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { EffectRecord } from './store/store.ts'

/**
 * Leaves a case whose every look fails to people: what we hold quiet rings again, and note, Slack and the case say so. Under
 * the case's lock. @throws TransientError when the incident could not be woken or noted yet; ask again.
 */
export async function setAside(groupKey: string, deps: ReconcileDeps): Promise<void> {
  const { store, outbox, now } = deps
  const subject = await store.latestCase(groupKey)
  if (!subject || subject.state === 'resolved') return
  const effects = await store.effectsOf(subject.id)
  const incidentId =
    currentIncident(subject)?.id ?? effects.findLast(({ action }) => action === 'acknowledge')?.target ?? null
  await giveBack(subject, { incidentId, effects }, deps)
  const { plan, note } = setAsidePlan(subject, incidentId, deps)
  if (note) await ensureSaid(note, subject, deps)
  const told = withTimeline(
    { ...subject, plan, state: 'handed-over', snooze: null, nextLookMs: null, updatedAtMs: now() },
    {
      at: new Date(now()).toISOString(),
      what: 'set aside: every look failed; the page is yours',
      actor: 'responder',
      link: null,
    },
  )
  const saved = await store.saveCase(told, { mergedUpTo: null, isSettled: true })
  outbox.tell(saved.id)
}

/** Writes the note where the mode lets us, and nothing that may be there already hides it. */
async function ensureSaid(note: NoteAction, subject: Case, deps: ReconcileDeps): Promise<void> {
  const { store, pagerduty, modeSwitch, ownUser, policy, now } = deps
  const { mode, paused } = await modeSwitch.read()
  if (!pagerduty || mode !== 'live' || paused) return
  const outcome = await ensureNote(
    {
      store,
      now,
      pagerduty: pagerduty.client,
      caseId: subject.id,
      ownEmail: pagerduty.from,
      learnOwnId: ownUser.learn,
      beganAtMs: beginOf(subject),
      probeAfterMs: policy.windows.probe,
    },
    note,
  )
  // A note that PagerDuty refuses for good holds nothing up: the page rings all the same.
  if (outcome.kind === 'later') throw new TransientError('unknown', 'the note of a case set aside is not written yet')
}

/** Wakes the incident if the journal says that we may have acknowledged it; the wake reads first, and leaves what rings. */
async function giveBack(
  subject: Case,
  { incidentId: target, effects }: { incidentId: string | null; effects: readonly EffectRecord[] },
  deps: ReconcileDeps,
): Promise<void> {
  const { store, pagerduty, outbox, metrics, ownUser, now } = deps
  const isOurs = effects.some(
    ({ action, target: of, state }) => action === 'acknowledge' && of === target && state !== 'refused',
  )
  if (!pagerduty || target === null || !isOurs) return
  const outcome = await ensureAwake(
    {
      store,
      now,
      pagerduty: pagerduty.client,
      caseId: subject.id,
      ownEmail: pagerduty.from,
      ownId: ownUser.id(),
      sayInSlack: (text) => outbox.cryOut(text),
      countFailure: () => metrics.countWakeFailure(),
    },
    {
      action: 'wake',
      key: `wake/${target}/${standingEffects(target, effects).wakesDone + 1}`,
      why: 'every look at the case failed',
      incidentId: target,
      isReal: true,
    },
  )
  if (outcome.kind !== 'done') throw new TransientError('unknown', 'the incident of a case set aside rings nobody yet')
  await store.endSnoozes(subject.id, now())
}

import { standingEffects } from './actions/standing-effects.ts'
import { ensureAwake } from './actions/wake.ts'
import { TransientError } from './errors.ts'
import { type Case, currentIncident, withTimeline } from './model/case.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'

/**
 * Leaves a case whose every look fails to people: what we hold quiet rings again, and the case says so. Under the case's
 * lock. @throws TransientError when the incident could not be woken; ask again.
 */
export async function setAside(groupKey: string, deps: ReconcileDeps): Promise<void> {
  const { store, now } = deps
  const subject = await store.latestCase(groupKey)
  if (!subject || subject.state === 'resolved') return
  await giveBack(subject, deps)
  const told = withTimeline(
    { ...subject, state: 'handed-over', snooze: null, nextLookMs: null },
    {
      at: new Date(now()).toISOString(),
      what: 'set aside: every look failed; the page is yours',
      actor: 'responder',
      link: null,
    },
  )
  await store.saveCase(told, { mergedUpTo: null, isSettled: true })
}

/** Wakes the incident if the journal says that we may have acknowledged it; the wake reads first, and leaves what rings. */
async function giveBack(subject: Case, deps: ReconcileDeps): Promise<void> {
  const { store, pagerduty, outbox, metrics, ownUser, now } = deps
  const effects = await store.effectsOf(subject.id)
  const target = currentIncident(subject)?.id ?? effects.findLast(({ action }) => action === 'acknowledge')?.target
  const isOurs = effects.some(
    ({ action, target: of, state }) => action === 'acknowledge' && of === target && state !== 'refused',
  )
  if (!pagerduty || target === undefined || !isOurs) return
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

import { mergeUpdate } from './cases/merge-update.ts'
import type { Case } from './model/case.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'

type MergeDeps = Pick<ReconcileDeps, 'store' | 'policy' | 'completeGroup' | 'now' | 'tracing'>

/**
 * The group's case with everything that arrived and is not merged yet, not stored; null where nothing of it needs a case.
 * `upTo` is the last message taken in.
 */
export async function mergeDeliveries(
  groupKey: string,
  deps: MergeDeps,
): Promise<{ subject: Case | null; upTo: number | null }> {
  const { store, policy } = deps
  const pending = await store.pending(groupKey)
  // From when it was durable until it is taken in, wherever that was and is.
  if (pending[0])
    deps.tracing?.past(
      'receive',
      { deliveries: pending.length },
      { fromMs: pending[0].receivedAtMs, untilMs: deps.now() },
    )
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
  if (subject === known && subject?.state === 'resolved') return { subject: null, upTo }
  return { subject: subject && (await completed(subject, deps)), upTo }
}

/** The case with the alerts that Alertmanager's message left out, where its API tells them. */
async function completed(subject: Case, { completeGroup, policy, now }: MergeDeps): Promise<Case> {
  if (subject.truncatedAlerts === 0 || !completeGroup) return subject
  const update = await completeGroup(subject)
  if (!update) return subject
  return mergeUpdate(subject, update, { receivedAtMs: now(), mergeWindowMs: policy.windows.merge }) ?? subject
}

import type { Policy } from '../config/policy.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import type { Usage } from '../model/usage.ts'
import type { EffectRecord, Store } from '../store/store.ts'

const HOUR_MS = 3_600_000

/** What the case's clusters have used of their budgets. `isReal`: count only snoozes that were made; else decided ones too. */
export async function gatherUsage(
  subject: Case,
  {
    store,
    effects,
    policy,
    nowMs,
    isReal,
  }: {
    store: Pick<Store, 'snoozesOf' | 'countCases' | 'countSnoozes'>
    /** Of this case. */
    effects: readonly EffectRecord[]
    policy: Policy
    nowMs: number
    isReal: boolean
  },
): Promise<Usage> {
  const { budgets } = policy
  const longestMs = Math.max(
    budgets.silence.spanMs,
    budgets.busySnoozes.spanMs,
    budgets.migrationSnoozes.spanMs,
    budgets.orphanSnoozes.spanMs,
  )
  const ids = new Set(
    firingAlerts(subject).flatMap((alert) => {
      const identity = identifyCluster(alert)
      return identity.kind === 'identified' ? [identity.clusterId] : []
    }),
  )
  // A snooze of this case that was begun and did not come to stand is the one asked about: it must not refuse itself.
  const begun = effects.filter(({ action, state }) => action === 'snooze' && state === 'intent')
  const begunEnds = new Set(begun.map(({ parameters }) => parameters.untilMs))
  const clusters = await Promise.all(
    [...ids].map(async (clusterId) => ({
      clusterId,
      snoozes: (await store.snoozesOf(clusterId, nowMs - longestMs)).filter(
        (snooze) => (snooze.isReal || !isReal) && !(snooze.caseId === subject.id && begunEnds.has(snooze.untilMs)),
      ),
      cases: (await store.countCases(clusterId, nowMs - budgets.cases.spanMs)) + subject.flaps,
    })),
  )
  return { clusters, snoozesLastHour: (await store.countSnoozes(nowMs - HOUR_MS, true)) - begun.length }
}

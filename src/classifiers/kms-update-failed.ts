import type { AlertFacts } from '../model/facts.ts'
import { completedDeletion } from './deletion.ts'
import type { ErrorText, JudgingPolicy } from './facts.ts'
import { standingFailure } from './master-operation.ts'
import { forHuman, type Rule, ruledOut } from './rule.ts'

/**
 * Row 2. A failed kms_update blocks every later key action: snoozing would hide it. Anybody's message may say that it
 * failed. Source: runbook, Actions to take, steps 2 and 5.
 */
export const kmsUpdateFailed: Rule = {
  row: '2',
  reason: 'kms-update-failed',
  classification: 'master-operation-failure',
  when: 'a `kms_update` failure (any case) of this cluster in #armada-deploy-failure in the last 30 days, unless a later message says that it succeeded, or the cluster was deleted after it (row 10)',
  judge(facts, text, policy) {
    const { masterOperations } = facts
    const failure = standingFailure(masterOperations.messages, {
      policy,
      isAbout: (words) => policy.patterns.kmsUpdate.isIn(words),
    })
    if (failure) {
      if (isDeletedSince(facts, { text, policy, failedAtMs: failure.atMs }))
        return ruledOut('the cluster was deleted after its kms_update failed')
      const when = new Date(failure.atMs).toISOString()
      return forHuman(
        this.reason,
        `A kms_update master operation of this cluster failed (${when}) and no later message says that it succeeded.`,
      )
    }
    if (masterOperations.outcome === 'unavailable')
      return ruledOut('no kms_update failure was seen, but the channel could not be read completely')
    return ruledOut('no standing kms_update failure of this cluster in #armada-deploy-failure')
  },
}

/** Etcd is well, holds no record, and a completed deletion is later than the failure: then it is row 10's case. */
export function isDeletedSince(
  facts: AlertFacts,
  { text, policy, failedAtMs }: { text: ErrorText | null; policy: JudgingPolicy; failedAtMs: number },
): boolean {
  if (!text || !policy.patterns.etcdInfo.isIn(text.ownText) || facts.etcd?.outcome !== 'absent') return false
  const deletion = completedDeletion(facts, policy)
  return deletion !== null && deletion.atMs > failedAtMs
}

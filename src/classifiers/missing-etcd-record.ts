import type { AlertFacts, EtcdFacts } from '../model/facts.ts'
import type { Reason } from '../model/verdict.ts'
import { completedDeletion } from './deletion.ts'
import type { ErrorText, JudgingPolicy } from './facts.ts'
import { type Finding, forHuman, type QuietingRemedy, type Rule, ruledOut } from './rule.ts'

const NOT_THIS_ERROR = 'the error text does not say that etcd information of the cluster was not found'

/** Rows 7 to 11 share one error. Source: runbook, Actions to take, step 6. */
export const ETCD_RULES: readonly Rule[] = [
  etcdRule('7', 'etcd-unavailable', {
    when: 'error "Error finding ETCD info"; no linearizable answer from etcd, or none configured for the region',
    judge: ({ etcd }, reason) =>
      etcd === null || etcd.outcome === 'unavailable'
        ? forHuman(
            reason,
            `Etcd could not be asked, so nothing is known about the record: ${etcd?.why ?? 'it was not asked'}. Resolve that first.`,
          )
        : ruledOut('etcd answered'),
  }),
  etcdRule('8', 'etcd-not-trusted', {
    when: 'same error; etcd answers, but refuses us, or the sentinel is missing, or its cluster id changed or its revision went back',
    judge: ({ etcd }, reason) =>
      etcd?.outcome === 'not-trusted'
        ? forHuman(
            reason,
            `Etcd answers, but its answer proves nothing: ${etcd.why}. Our access or key mapping is wrong; etcd may be well.`,
          )
        : ruledOut('etcd is trusted'),
  }),
  etcdRule('9', 'etcd-record-present', {
    when: 'same error; etcd well; a record exists',
    judge: ({ etcd }, reason) =>
      etcd?.outcome === 'present'
        ? forHuman(
            reason,
            `Etcd holds a record of the cluster now (revision ${etcd.revision ?? 'unknown'}); it may have been away at the time of the error.`,
          )
        : ruledOut('etcd holds no record of the cluster'),
  }),
  etcdRule('10', 'orphaned-key-registration', {
    when: 'same error; etcd well; every cluster key absent; a completed deletion of this cluster in #armada-deploy-alerts (not requested, failed, retried or skipped)',
    quiets: quietsOrphan,
    judge(facts, reason, policy) {
      const deletion = facts.etcd?.outcome === 'absent' ? completedDeletion(facts, policy) : null
      if (!deletion) return ruledOut('no completed deletion of this cluster is proven')
      return {
        kind: 'verdict',
        reason,
        message: `The cluster was deleted (${new Date(deletion.atMs).toISOString()}) and its record is gone from etcd; its key registration was left behind.`,
        remedy: quietsOrphan(policy),
      }
    },
  }),
  etcdRule('11', 'deletion-unproven', {
    when: 'as 10 without that message, or its channel unavailable',
    judge({ deletions, nowMs, catchUpUntilMs }, reason) {
      const isUnread = deletions === null || deletions.outcome === 'unavailable'
      const message = isUnread
        ? `The record is gone from etcd, but whether the cluster was deleted can't be read: ${deletions?.why ?? '#armada-deploy-alerts was not asked'}.`
        : 'The record is gone from etcd, but #armada-deploy-alerts holds no message that the deletion of this cluster completed.'
      // The first whole read after a start gets its time, or each restart would hand over what it had begun to quiet.
      if (isUnread && deletions?.isCatchingUp && nowMs < catchUpUntilMs)
        return { kind: 'waiting', reason, message, awaited: 'evidence', untilMs: catchUpUntilMs }
      return forHuman(reason, message)
    },
  }),
]

function quietsOrphan({ snooze }: JudgingPolicy): QuietingRemedy {
  return { kind: 'issue-then-snooze', seconds: snooze.orphanedRegistration / 1_000, budget: 'orphanSnoozes' }
}

function etcdRule(
  row: string,
  reason: Reason,
  {
    judge,
    ...said
  }: Pick<Rule, 'when' | 'quiets'> & {
    judge: (facts: AlertFacts & { etcd: EtcdFacts | null }, reason: Reason, policy: JudgingPolicy) => Finding
  },
): Rule {
  return {
    row,
    reason,
    classification: 'missing-etcd-record',
    ...said,
    judge(facts, text: ErrorText | null, policy) {
      if (!text || !policy.patterns.etcdInfo.isIn(text.ownText)) return ruledOut(NOT_THIS_ERROR)
      return judge(facts, reason, policy)
    },
  }
}

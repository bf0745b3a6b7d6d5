import type { JudgingPolicy } from './facts.ts'
import { type QuietingRemedy, type Rule, ruledOut } from './rule.ts'

/** Row 6. The service only needs time to finish the key action before. Source: runbook, Actions to take, step 5. */
export const busy: Rule = {
  row: '6',
  reason: 'busy',
  classification: 'busy-kms',
  when: 'error "error completing request, the cluster is busy with another KMS action"',
  quiets,
  judge(_facts, text, policy) {
    if (!text) return ruledOut('no error text')
    if (!policy.patterns.busy.isIn(text.ownText))
      return ruledOut('the error text does not say that the cluster is busy with another KMS action')
    return {
      kind: 'verdict',
      reason: this.reason,
      message: 'The cluster is busy with another KMS action; the event is retried when that one is done.',
      remedy: quiets(policy),
    }
  },
}

function quiets({ snooze }: JudgingPolicy): QuietingRemedy {
  return { kind: 'snooze', seconds: snooze.busy / 1_000, budget: 'busySnoozes' }
}

import type { MessageFact } from '../model/evidence.ts'
import type { JudgingPolicy } from './facts.ts'
import { forHuman, type Rule, ruledOut } from './rule.ts'

/**
 * Row 2. A failed kms_update blocks every later key action: snoozing would hide it. Anybody's message may say that it
 * failed; that it succeeded later counts only from a listed author. Source: runbook, Actions to take, steps 2 and 5.
 */
export const kmsUpdateFailed: Rule = {
  row: '2',
  reason: 'kms-update-failed',
  classification: 'master-operation-failure',
  when: 'a kms_update failure of this cluster in #armada-deploy-failure in the last 30 days, with no later message that it succeeded',
  judge({ masterOperations }, _text, policy) {
    const failure = standingFailure(masterOperations.messages, policy)
    if (failure) {
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

/** The newest kms_update message that reports no success and has no success after it, or null. */
export function standingFailure(messages: readonly MessageFact[], policy: JudgingPolicy): MessageFact | null {
  const about = messages.filter((message) => policy.patterns.kmsUpdate.isIn(message.text))
  // Success is what permits: only a listed author's, about this cluster alone, with no word of failure beside it.
  const isSuccess = (message: MessageFact) =>
    message.isListed &&
    !message.isAboutMore &&
    policy.patterns.succeeded.isIn(message.text) &&
    !policy.patterns.failed.isIn(message.text)
  const lastSuccessMs = Math.max(0, ...about.filter(isSuccess).map((message) => message.atMs))
  // A message that says neither is about a failure all the same: the channel is for failures.
  return about.findLast((message) => message.atMs >= lastSuccessMs && !isSuccess(message)) ?? null
}

import type { MessageFact } from '../model/evidence.ts'
import type { AlertFacts } from '../model/facts.ts'
import type { JudgingPolicy } from './facts.ts'

/**
 * The newest message by a listed author that this cluster's deletion was completed, or null. A deletion that was
 * requested, failed, retried or skipped is none. Source: runbook, Actions to take, step 6.
 */
export function completedDeletion(facts: AlertFacts, { patterns }: JudgingPolicy): MessageFact | null {
  return (
    facts.deletions?.messages.findLast(
      (message) =>
        message.isListed && patterns.deleted.isIn(message.ownText) && !patterns.notDeleted.isIn(message.ownText),
    ) ?? null
  )
}

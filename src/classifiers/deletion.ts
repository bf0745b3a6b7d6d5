import type { MessageFact } from '../model/evidence.ts'
import type { AlertFacts } from '../model/facts.ts'
import type { JudgingPolicy } from './facts.ts'

/**
 * The newest message by a listed author that this cluster's deletion was completed, or null. A deletion that was
 * requested, failed, retried or skipped is none, and neither is one of a channel that could not be read whole: a later
 * edit or message may take it back. Source: runbook, Actions to take, step 6; PRODUCT.md section 4, row 11.
 */
export function completedDeletion(facts: AlertFacts, { patterns }: JudgingPolicy): MessageFact | null {
  // What an incomplete read gave proves nothing: the message may have been edited or taken back since.
  if (facts.deletions?.outcome === 'unavailable') return null
  return (
    facts.deletions?.messages.findLast(
      (message) =>
        message.isListed && patterns.deleted.isIn(message.ownText) && !patterns.notDeleted.isIn(message.ownText),
    ) ?? null
  )
}

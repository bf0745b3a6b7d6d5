import { saysDeleted } from '../model/completed-deletion.ts'
import type { MessageFact } from '../model/evidence.ts'
import type { AlertFacts } from '../model/facts.ts'
import type { JudgingPolicy } from './facts.ts'

/**
 * The newest message by a listed author that this cluster's deletion was completed, or null. A deletion that was
 * requested, failed, retried or skipped is none, and neither is one of a channel that could not be read whole: a later
 * edit or message may take it back. One that a search found was looked for by itself, so it counts however the channel
 * is; a search that found none or failed changes nothing. Source: runbook, Actions to take, step 6; PRODUCT.md section 4,
 * rows 10 and 11.
 */
export function completedDeletion(facts: AlertFacts, { patterns }: JudgingPolicy): MessageFact | null {
  const isProof = (message: MessageFact) => message.isListed && saysDeleted(message, patterns)
  const searched = facts.deletionBySearch?.message
  const bySearch = searched && isProof(searched) ? searched : null
  // What an incomplete read gave proves nothing: the message may have been edited or taken back since.
  if (!facts.deletions || facts.deletions.outcome === 'unavailable') return bySearch
  return facts.deletions.messages.findLast(isProof) ?? bySearch
}

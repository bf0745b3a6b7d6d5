import type { MessageFact } from './evidence.ts'
import type { Pattern } from './pattern.ts'

/**
 * True when the message says of this cluster that its deletion was completed: not requested, failed, retried or skipped.
 * Who said it is another question.
 */
export function saysDeleted(
  { ownText }: Pick<MessageFact, 'ownText'>,
  { deleted, notDeleted }: { deleted: Pattern; notDeleted: Pattern },
): boolean {
  return deleted.isIn(ownText) && !notDeleted.isIn(ownText)
}

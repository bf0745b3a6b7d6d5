import type { MessageFact } from '../model/evidence.ts'
import type { JudgingPolicy } from './facts.ts'

/**
 * The newest message about a master operation that reports no success and has no success of the same operation after it,
 * or null. Success is what permits: only a listed author's, about this cluster alone, with no word of failure beside it.
 * A message that says neither counts as a failure, since the channel is for failures.
 */
export function standingFailure(
  messages: readonly MessageFact[],
  { policy, isAbout }: { policy: JudgingPolicy; isAbout: (text: string) => boolean },
): MessageFact | null {
  const about = messages.filter((message) => isAbout(message.text))
  const isSuccess = (message: MessageFact) =>
    message.isListed &&
    !message.isAboutMore &&
    policy.patterns.succeeded.isIn(message.text) &&
    !policy.patterns.failed.isIn(message.text)
  const successes = about.filter(isSuccess)
  return (
    about.findLast(
      (message) =>
        !isSuccess(message) &&
        !successes.some((success) => success.atMs > message.atMs && isSameOperation(success, message, policy)),
    ) ?? null
  )
}

/** Two messages are of one operation when both or neither name kms_update; other operations have no name to go by. */
function isSameOperation(a: MessageFact, b: MessageFact, { patterns }: JudgingPolicy): boolean {
  return patterns.kmsUpdate.isIn(a.text) && patterns.kmsUpdate.isIn(b.text)
}

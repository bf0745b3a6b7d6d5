import type { Policy } from '../config/policy.ts'
import { saysDeleted } from '../model/completed-deletion.ts'
import type { ChannelFacts, FoundBySearch, MessageFact } from '../model/evidence.ts'
import type { EtcdFacts } from '../model/facts.ts'
import type { IndexedMessage } from '../model/slack-message.ts'
import type { DeletionSearch } from './slack/deletion-search.ts'

/** What is known of the cluster before Slack is searched. */
interface KnownBefore {
  clusterId: string
  /** What the index answered about #armada-deploy-alerts. */
  deletions: ChannelFacts
  /** From when the index was asked (ms). */
  fromMs: number
  etcd: EtcdFacts
  /** What an earlier search found, on which a standing snooze rests. */
  earlier: FoundBySearch | null
}

/**
 * A completed deletion by a listed author that Slack's search knows, or null, which proves nothing. It is asked only where
 * that can decide: etcd holds no record, and the index shows no deletion.
 *
 * A hit counts although the channel is unavailable, where a message of the index does not: it was looked for and read
 * again now. Within the span that the index answered completely the index rules: what it lacks was edited or deleted.
 * An earlier hit holds while its snooze stands, since a search that finds nothing takes nothing back.
 */
export async function searchedDeletion(
  { clusterId, deletions, fromMs, etcd, earlier }: KnownBefore,
  {
    search,
    policy,
    toFact,
  }: { search: DeletionSearch | null; policy: Policy; toFact: (message: IndexedMessage) => MessageFact },
): Promise<FoundBySearch | null> {
  const { patterns, channels } = policy
  const isProof = (message: MessageFact) => message.isListed && saysDeleted(message, patterns)
  const isIndexComplete = deletions.outcome !== 'unavailable'
  if (etcd.outcome !== 'absent' || (isIndexComplete && deletions.messages.some(isProof))) return null

  const isLeftToSearch = (message: MessageFact) => !isIndexComplete || message.atMs < fromMs
  const answer = await search?.find({
    channel: channels.deployAlerts.id,
    clusterId,
    saysDeleted: (message) => saysDeleted(toFact(message), patterns),
  })
  const message = answer?.messages.map(toFact).find((found) => isProof(found) && isLeftToSearch(found))
  if (answer && message) return { message, observedAtMs: answer.observedAtMs }
  return earlier && isLeftToSearch(earlier.message) ? earlier : null
}

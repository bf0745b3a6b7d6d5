import { clusterIdTokens } from '../../model/cluster-id.ts'
import type { IndexedMessage } from '../../model/slack-message.ts'

/** Messages remembered for each channel; older ones are treated as new whenever they are met again. */
const MAX_MESSAGES = 5_000

interface Mention {
  clusterIds: string[]
  content: string
  isReply: boolean
}

/** What the newest messages of a channel say of which clusters, so that a change is noticed and told once. */
export class ClusterMentions {
  readonly #known = new Map<string, Mention>()
  /** Nothing older is remembered. */
  #floor = ''

  /** The clusters for which this message is news: named by it now or before, if it is new or says something else. */
  note(message: IndexedMessage): string[] {
    const clusterIds = [...new Set(message.segments.flatMap(clusterIdTokens))]
    const known = this.#known.get(message.ts)
    const content = JSON.stringify(message.segments)
    if (known?.content === content) return []
    if (clusterIds.length === 0) this.#known.delete(message.ts)
    else this.#remember(message.ts, { clusterIds, content, isReply: message.threadTs !== null })
    return [...new Set([...(known?.clusterIds ?? []), ...clusterIds])]
  }

  /** The clusters that a message named which is deleted now. */
  remove(ts: string): string[] {
    const known = this.#known.get(ts)
    this.#known.delete(ts)
    return known?.clusterIds ?? []
  }

  /** The clusters named by parents of the span (inclusive) that are not among those seen. */
  removeParentsNotIn(span: { oldest: string; latest: string }, seen: ReadonlySet<string>): string[] {
    const gone = [...this.#known].filter(
      ([ts, mention]) => !mention.isReply && ts >= span.oldest && ts <= span.latest && !seen.has(ts),
    )
    return gone.flatMap(([ts]) => this.remove(ts))
  }

  #remember(ts: string, mention: Mention): void {
    if (ts < this.#floor) return
    this.#known.set(ts, mention)
    if (this.#known.size <= 2 * MAX_MESSAGES) return
    const kept = [...this.#known].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, MAX_MESSAGES)
    this.#known.clear()
    for (const [keptTs, keptMention] of kept) this.#known.set(keptTs, keptMention)
    this.#floor = kept.at(-1)?.[0] ?? ''
  }
}

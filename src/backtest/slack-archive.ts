import { completeness } from '../evidence/slack/channel-completeness.ts'
import type { ChannelAnswer, ChannelQuestion } from '../evidence/slack/slack-evidence.ts'
import { clusterIdTokens } from '../model/cluster-id.ts'
import { type IndexedMessage, slackTsToMs } from '../model/slack-message.ts'

/** What was read of one channel: the messages that name a cluster of interest, and when its known poster posted. */
export interface ArchivedChannel {
  id: string
  name: string
  /** Why it could not be read, a clause; null where it was, whole from `fromMs` on. */
  problem: string | null
  fromMs: number
  maxSilenceMs: number
  messages: IndexedMessage[]
  /** Oldest first, ms. */
  posterAtMs: number[]
}

/** Answers questions about channels as a reader of that time would have. What it can't know of then it says as a doubt. */
export interface ArchiveThen {
  askChannel: (channel: string, question: ChannelQuestion) => Promise<ChannelAnswer>
  /** Why what is read now may not be what stood there then; empty where nothing speaks for that. */
  doubts: string[]
}

/** The channels as they stood at a time (ms): nothing later is shown. */
export function archiveAt(channels: readonly ArchivedChannel[], atMs: number): ArchiveThen {
  const doubts: string[] = []
  async function askChannel(id: string, question: ChannelQuestion): Promise<ChannelAnswer> {
    const channel = channels.find((one) => one.id === id)
    const answered = { isCatchingUp: false, completeToMs: atMs, observedAtMs: atMs }
    if (!channel || channel.problem !== null) {
      const why = `${channel?.name ?? id} can't be read now: ${channel?.problem ?? 'it was not asked for'}`
      doubts.push(why)
      return { ...answered, outcome: 'unavailable', why, messages: [], completeToMs: null }
    }
    const messages = channel.messages.filter((message) => isOfQuestion(message, question, atMs))
    const edited = messages.find(({ editedTs }) => editedTs !== null && slackTsToMs(editedTs) > atMs)
    if (edited) doubts.push(`a message of ${channel.name} was edited since: what it said then is not known`)
    const doubt = completeness(toFacts(channel, atMs), question.fromMs, atMs)
    if (doubt) return { ...answered, outcome: 'unavailable', ...doubt, messages }
    return { ...answered, outcome: messages.length > 0 ? 'found' : 'absent', why: null, messages }
  }
  return { askChannel, doubts }
}

function isOfQuestion({ ts, segments }: IndexedMessage, question: ChannelQuestion, atMs: number): boolean {
  const ms = slackTsToMs(ts)
  if (ms < question.fromMs || ms > Math.min(question.toMs, atMs)) return false
  return segments.some((segment) => clusterIdTokens(segment).includes(question.clusterId))
}

function toFacts(channel: ArchivedChannel, atMs: number) {
  return {
    label: `${channel.name} (${channel.id})`,
    membership: { isMember: true, isArchived: false },
    coverage: {
      channel: channel.id,
      coveredFromMs: channel.fromMs,
      coveredToMs: atMs,
      readEndedAtMs: atMs,
      fullReadAtMs: atMs,
    },
    problem: null,
    hasUnreadThread: false,
    maxSilenceMs: channel.maxSilenceMs,
    newestPostMs: channel.posterAtMs.findLast((ms) => ms <= atMs) ?? null,
  }
}

import type { SlackClient, SlackIdentity, SlackPage } from '../clients/slack.ts'
import type { Policy } from '../config/policy.ts'
import { isTransient, TerminalError, TransientError } from '../errors.ts'
import { isListedAuthor } from '../evidence/slack/listed-author.ts'
import { toIndexedMessage } from '../evidence/slack/message-text.ts'
import { clusterIdTokens } from '../model/cluster-id.ts'
import { type IndexedMessage, msToSlackTs, slackTsToMs } from '../model/slack-message.ts'
import type { ArchivedChannel } from './slack-archive.ts'

/** A channel, and what of it is wanted. Times in ms. */
export interface ChannelSpan {
  name: string
  channel: Policy['channels']['deployFailure']
  fromMs: number
  toMs: number
  /** A failure may be told in a thread. */
  isWithThreads: boolean
}

type Client = Pick<SlackClient, 'authTest' | 'info' | 'history' | 'replies'>

/** What a channel says of the clusters in a span, or why it can't be read. Never rejects for what Slack answers. */
export async function readChannel(
  client: Client,
  span: ChannelSpan,
  { clusterIds, onProgress }: { clusterIds: ReadonlySet<string>; onProgress: (reachedMs: number) => void },
): Promise<ArchivedChannel> {
  const { channel, name, fromMs } = span
  const empty = { id: channel.id, name, fromMs, maxSilenceMs: channel.maxSilence, messages: [], posterAtMs: [] }
  try {
    const { isMember } = await client.info(channel.id)
    if (!isMember) return { ...empty, problem: 'we are not a member' }
    return { ...empty, problem: null, ...(await readPages(client, span, { clusterIds, onProgress })) }
  } catch (error) {
    if (!isTransient(error) && !(error instanceof TerminalError)) throw error
    return { ...empty, problem: error.message }
  }
}

async function readPages(
  client: Client,
  { channel, fromMs, toMs, isWithThreads }: ChannelSpan,
  { clusterIds, onProgress }: { clusterIds: ReadonlySet<string>; onProgress: (reachedMs: number) => void },
): Promise<Pick<ArchivedChannel, 'messages' | 'posterAtMs'>> {
  const own = await client.authTest()
  const messages = new Map<string, IndexedMessage>()
  const posterAtMs: number[] = []
  // The poster's last word before the span tells whether it was silent at its beginning.
  const oldestMs = fromMs - channel.maxSilence
  const isWanted = ({ segments }: IndexedMessage) =>
    segments.some((segment) => clusterIdTokens(segment).some((id) => clusterIds.has(id)))
  let reachedMs = toMs
  let cursor: string | null = null
  do {
    const page: SlackPage = await client.history(channel.id, { oldestMs, latestTs: msToSlackTs(toMs), cursor })
    for (const raw of page.messages) {
      const message = toIndexedMessage(channel.id, raw)
      // One that can't be read could be the one that matters.
      if (!message) throw new TransientError('unknown', 'Slack: a message has another shape')
      reachedMs = Math.min(reachedMs, slackTsToMs(message.ts))
      if (isListedAuthor(message.author, channel.authors, 'any-bot-when-empty'))
        posterAtMs.push(slackTsToMs(message.ts))
      if (!isWanted(message) || isOwn(message, own)) continue
      messages.set(message.ts, message)
      if (isWithThreads && hasReplies(raw))
        for (const reply of await readThread(client, channel.id, message.ts))
          if (!isOwn(reply, own)) messages.set(reply.ts, reply)
    }
    onProgress(reachedMs)
    cursor = page.cursor
  } while (cursor !== null)
  return {
    messages: [...messages.values()].sort((a, b) => slackTsToMs(a.ts) - slackTsToMs(b.ts)),
    posterAtMs: posterAtMs.sort((a, b) => a - b),
  }
}

async function readThread(client: Client, channel: string, ts: string): Promise<IndexedMessage[]> {
  const replies: IndexedMessage[] = []
  let cursor: string | null = null
  do {
    const page: SlackPage = await client.replies(channel, ts, { cursor, priority: 'backfill' })
    replies.push(...page.messages.flatMap((raw) => toIndexedMessage(channel, raw) ?? []))
    cursor = page.cursor
  } while (cursor !== null)
  return replies
}

/** What we said ourselves quotes the evidence: it must not become evidence. */
function isOwn({ author }: IndexedMessage, own: SlackIdentity): boolean {
  return author.userId === own.userId || (own.botId !== null && author.botId === own.botId)
}

function hasReplies(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'reply_count' in raw && Number(raw.reply_count) > 0
}

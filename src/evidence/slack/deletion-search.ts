import type { Logger } from 'pino'
import type { SlackClient } from '../../clients/slack.ts'
import type { SlackMatch, SlackSearch } from '../../clients/slack-search.ts'
import { TerminalError } from '../../errors.ts'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import { type IndexedMessage, slackTsToMs } from '../../model/slack-message.ts'
import { toIndexedMessage } from './message-text.ts'

const MINUTE_MS = 60_000
/** A deletion that was found stays one: clusters do not come back. */
const FOUND_COUNTS_MS = 60 * MINUTE_MS
const NOTHING_COUNTS_MS = 5 * MINUTE_MS
/** Clusters searched for at a time: at 18 calls a minute the last of them waits less than evidence may be old. */
const MAX_UNDER_WAY = 5
/** Hits that are read again for one cluster, newest first. */
const MAX_REREAD = 5

/** Which messages are searched for. */
export interface DeletionQuestion {
  channel: string
  clusterId: string
  /** Whether the message says that the cluster's deletion was completed. */
  saysDeleted: (message: IndexedMessage) => boolean
}

/** Parent messages that say so, newest first. That there is none is never *absent*. */
export interface SearchedMessages {
  messages: IndexedMessage[]
  /** When Slack was asked, in ms: an answer counts for 1 h where something was found, else for 5 min. */
  observedAtMs: number
}

export interface DeletionSearch {
  /** Null when Slack could not be searched, which says nothing. Never rejects. */
  find(question: DeletionQuestion): Promise<SearchedMessages | null>
}

export interface DeletionSearchOptions {
  search: SlackSearch
  client: Pick<SlackClient, 'authTest' | 'history'>
  now: () => number
  logger: Logger
}

/** Finds deletions that the index of the channel does not hold, by Slack's own search. */
export function createDeletionSearch(options: DeletionSearchOptions): DeletionSearch {
  const { now, logger } = options
  const answers = new Map<string, SearchedMessages>()
  const underWay = new Map<string, Promise<SearchedMessages | null>>()

  function keptAnswer(key: string): SearchedMessages | null {
    for (const [each, answer] of answers) if (!isFresh(answer, now())) answers.delete(each)
    return answers.get(key) ?? null
  }

  async function ask(key: string, question: DeletionQuestion): Promise<SearchedMessages | null> {
    const observedAtMs = now()
    try {
      const answer = { messages: await searchFor(question, options), observedAtMs }
      answers.set(key, answer)
      return answer
    } catch (error) {
      logger.warn({ channel: question.channel, clusterId: question.clusterId, error }, 'slack search failed')
      return null
    } finally {
      underWay.delete(key)
    }
  }

  return {
    async find(question) {
      const key = `${question.channel} ${question.clusterId}`
      const known = keptAnswer(key) ?? underWay.get(key)
      if (known) return known
      if (underWay.size >= MAX_UNDER_WAY) return null
      const asked = ask(key, question)
      underWay.set(key, asked)
      return asked
    },
  }
}

function isFresh({ messages, observedAtMs }: SearchedMessages, nowMs: number): boolean {
  const countsMs = messages.length > 0 ? FOUND_COUNTS_MS : NOTHING_COUNTS_MS
  return Math.abs(nowMs - observedAtMs) < countsMs
}

async function searchFor(
  question: DeletionQuestion,
  { search, client }: DeletionSearchOptions,
): Promise<IndexedMessage[]> {
  const matches = await search.findMessages(question.channel, question.clusterId)
  const candidates = matches.flatMap((match) => toCandidate(match, question)).slice(0, MAX_REREAD)
  if (candidates.length === 0) return []
  const own = await client.authTest()
  const messages: IndexedMessage[] = []
  for (const candidate of candidates) {
    const message = await readAgain(candidate, client)
    if (!message || !isWanted(message, question)) continue
    // What we said ourselves quotes the evidence: it must not become evidence.
    const { userId, botId } = message.author
    if (userId !== own.userId && (own.botId === null || botId !== own.botId)) messages.push(message)
  }
  return messages
}

/** Slack's search knows words, not our tokens, and answers with whatever it holds: each match is judged anew. */
function toCandidate({ channel, ts, threadTs, message }: SlackMatch, question: DeletionQuestion): IndexedMessage[] {
  if (channel !== question.channel || (threadTs !== null && threadTs !== ts)) return []
  const candidate = toIndexedMessage(channel, message)
  return candidate && isWanted(candidate, question) ? [candidate] : []
}

function isWanted(message: IndexedMessage, { clusterId, saysDeleted }: DeletionQuestion): boolean {
  const isAboutCluster = message.segments.some((segment) => clusterIdTokens(segment).includes(clusterId))
  return message.threadTs === null && isAboutCluster && saysDeleted(message)
}

/**
 * The message as it is now, with its bot's ids, which Slack's search leaves out; null when it is gone. Where our bot may
 * not read the channel it is what the search gave: whether that proves anything depends on the author it names.
 */
async function readAgain(
  candidate: IndexedMessage,
  client: Pick<SlackClient, 'history'>,
): Promise<IndexedMessage | null> {
  const { channel, ts } = candidate
  try {
    const { messages } = await client.history(channel, { oldestMs: slackTsToMs(ts), latestTs: ts })
    return messages.map((raw) => toIndexedMessage(channel, raw)).find((message) => message?.ts === ts) ?? null
  } catch (error) {
    const isRefused = error instanceof TerminalError && (error.code === 'unauthorized' || error.code === 'not-found')
    if (isRefused) return candidate
    throw error
  }
}

import { TransientError } from '../errors.ts'
import { gathered } from './gathered.ts'
import type { SlackMessageRef, SlackPage } from './slack.ts'
import { OwnMessage, type SlackIdentity } from './slack-schema.ts'

/** Pages that one look may take. */
const MAX_PAGES = 50
/** A question waits no longer for the answers to earlier ones, in ms. */
const LONGEST_WAIT_MS = 10_000
/** Where many are asked the next questions wait so long for more of them, in ms. */
const PAUSE_MS = 50

interface Question {
  channel: string
  metadataKey: string
  /** It was not posted before this, ms. */
  sinceMs: number
}

interface Reading {
  identity: () => Promise<SlackIdentity>
  /** A page of the channel's messages with their metadata, newest first. */
  page: (channel: string, span: { oldestMs: number; cursor: string | null }) => Promise<SlackPage>
}

/**
 * Finds our own messages by the keys in their metadata, null where none is there. Each answer rests on a look that began
 * after its question was put; what is asked meanwhile is looked for together, since Slack allows few looks a minute.
 */
export function ownMessageFinder(reading: Reading): (question: Question) => Promise<SlackMessageRef | null> {
  return gathered<Question, SlackMessageRef | null>(
    async (questions) => {
      const answers = new Map<Question, SlackMessageRef | null | Error>()
      for (const [channel, asked] of Map.groupBy(questions, (question) => question.channel)) {
        try {
          await lookThrough(channel, asked, { reading, answers })
        } catch (error) {
          for (const question of asked) if (!answers.has(question)) answers.set(question, toError(error))
        }
      }
      return questions.map((question) => answers.get(question) ?? null)
    },
    { longestWaitMs: LONGEST_WAIT_MS, pauseMs: PAUSE_MS },
  )
}

/** Answers what one channel is asked for, page after page, each question until its own time is passed. */
async function lookThrough(
  channel: string,
  asked: readonly Question[],
  { reading, answers }: { reading: Reading; answers: Map<Question, SlackMessageRef | null | Error> },
): Promise<void> {
  const own = await reading.identity()
  const oldestMs = Math.min(...asked.map(({ sinceMs }) => sinceMs))
  let cursor: string | null = null
  for (let number = 0; number < MAX_PAGES; number += 1) {
    const page: SlackPage = await reading.page(channel, { oldestMs, cursor })
    const tsByKey = ownKeys(page.messages, own)
    const endMs = oldestOf(page.messages)
    for (const question of asked) {
      if (answers.has(question)) continue
      const ts = tsByKey.get(question.metadataKey)
      if (ts !== undefined) answers.set(question, { channel, ts })
      else if (page.cursor === null || endMs < question.sinceMs) answers.set(question, null)
    }
    cursor = page.cursor
    if (asked.every((question) => answers.has(question))) return
  }
  throw new TransientError('unknown', 'Slack: too many messages to look for an earlier post')
}

/** Where our own messages of a page are, by their keys. */
function ownKeys(messages: readonly unknown[], own: SlackIdentity): Map<string, string> {
  const found = new Map<string, string>()
  for (const raw of messages) {
    const message = OwnMessage.safeParse(raw)
    if (!message.success) continue
    const { user, bot_id: botId, metadata, ts } = message.data
    if (user === own.userId || (own.botId !== null && botId === own.botId)) found.set(metadata.event_payload.key, ts)
  }
  return found
}

/** When the last message of a page was posted (ms); one that can't be read proves nothing. */
function oldestOf(messages: readonly unknown[]): number {
  const last = messages.at(-1)
  const ts: unknown = typeof last === 'object' && last !== null ? Reflect.get(last, 'ts') : null
  const atMs = Number(ts) * 1_000
  return typeof ts === 'string' && Number.isFinite(atMs) ? atMs : Number.POSITIVE_INFINITY
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new TypeError('something was thrown that is no error', { cause: error })
}

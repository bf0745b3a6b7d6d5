import { z } from 'zod'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import { type IndexedMessage, slackTsToMs } from '../../model/slack-message.ts'
import type { MessageIndex } from '../message-index.ts'
import type { RedisConnection } from './connection.ts'
import { FIND, FORGET, KNOWN, MARK_DELETED, STORE } from './message-scripts.ts'

/** Messages that one script stores or forgets: for so long Redis serves nobody else. */
const SCRIPT_MESSAGES = 200
/** Hours of which the messages are listed by one question. */
const STEP_HOURS = 100
const HOUR_SECONDS = 3_600
/** How long it is remembered that an event told of a message, in ms. */
const FROM_EVENT_KEPT_MS = 600_000
/** Stands for no value in the line before the document. */
const NONE = '-'
/** Name under which the posts of every bot and app are kept. */
const ANY_BOT = '@any'

const Document = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.string().nullable(),
  z.array(z.string()),
])
const Texts = z.array(z.string())

/**
 * The message index in Redis, shared by all replicas: a question costs what it finds, whatever else is kept. How it lies
 * there is told in `message-scripts.ts`.
 */
export function redisMessageIndex(connection: RedisConnection): MessageIndex {
  function key(part: string, channel: string): string {
    return connection.key('messages', `${part}:${channel}`)
  }

  /** Parents of the channel's hours that lie in the span and were not seen. */
  async function unseenParents(
    channel: string,
    hours: readonly string[],
    { span, seen }: { span: { oldest: string; latest: string }; seen: ReadonlySet<string> },
  ): Promise<string[]> {
    const fields = await connection.askAll((batch) => {
      for (const hour of hours) batch.hkeys(`${key('docs', channel)}:${hour}`)
    })
    const [first, last] = [slackTsToMs(span.oldest), slackTsToMs(span.latest)]
    return Texts.parse(fields.flat()).filter((ts) => {
      if (ts.endsWith('~') || seen.has(ts)) return false
      const ms = slackTsToMs(ts)
      // Ends are exact to the microsecond; within one millisecond the strings have the same length.
      return (ms > first || (ms === first && ts >= span.oldest)) && (ms < last || (ms === last && ts <= span.latest))
    })
  }

  return {
    async upsertMessages(messages) {
      for (const some of inParts(messages, SCRIPT_MESSAGES)) await connection.run(STORE, some.flatMap(toArguments))
    },
    async deleteMessage(channel, ts) {
      await connection.run(MARK_DELETED, [channel, ts])
    },
    async deleteParentsNotIn(channel, span, seen) {
      const [from, to] = [toHour(span.oldest), toHour(span.latest)]
      const hours = await connection.ask((redis) => redis.zrangebyscore(key('hours', channel), from, to))
      for (const some of inParts(hours, STEP_HOURS)) {
        const gone = await unseenParents(channel, some, { span, seen })
        for (const part of inParts(gone, SCRIPT_MESSAGES)) await connection.run(FORGET, [channel, ...part])
      }
    },
    async findByCluster(channel, clusterId, { fromMs, toMs }) {
      const found = Texts.parse(await connection.run(FIND, [channel, clusterId, fromMs, toMs]))
      return inParts(found, 2).map(([ts = '', value = '']) => toMessage(channel, ts, value))
    },
    async newestPostMs(channel, authors) {
      const names = authors.length === 0 ? [ANY_BOT] : authors.map(encodeURIComponent)
      const newest = await connection.askAll((batch) => {
        for (const name of names) batch.zrevrange(`${key('posts', channel)}:${name}`, 0, 0, 'WITHSCORES')
      })
      const times = newest.flatMap((answer) => Texts.parse(answer).slice(1).map(Number))
      return times.length > 0 ? Math.max(...times) : null
    },
    async clustersNamedBy(channel, ts) {
      const value = z
        .string()
        .nullable()
        .parse(await connection.run(KNOWN, [channel, ts]))
      const [, , , clusterIds = NONE] = (value?.split('\n', 1)[0] ?? '').split(' ')
      return clusterIds === NONE ? [] : clusterIds.split(',')
    },
    async noteFromEvent(channel, ts, atMs) {
      const name = key('from-events', channel)
      await connection.askAll((batch) => {
        batch.zadd(name, 'GT', Math.floor(atMs), ts).zremrangebyscore(name, 0, atMs - FROM_EVENT_KEPT_MS)
      })
    },
    async fromEventsSince(channel, sinceMs) {
      return connection.ask((redis) => redis.zrangebyscore(key('from-events', channel), sinceMs, '+inf'))
    },
    async board(channel) {
      const parts = await connection.ask((redis) => redis.hmget(key('board', channel), 'reading', 'wish', 'changes'))
      const [reading = null, wish = null, changes = null] = parts
      return { reading, wish, changes: Number(changes ?? 0) }
    },
    async putOnBoard(channel, part, document) {
      await connection.ask((redis) => redis.hset(key('board', channel), part, document))
    },
    async countChange(channel) {
      await connection.ask((redis) => redis.hincrby(key('board', channel), 'changes', 1))
    },
  }
}

function toArguments(message: IndexedMessage): (string | number)[] {
  const { channel, ts, threadTs, author, segments, editedTs } = message
  const clusterIds = new Set(segments.flatMap(clusterIdTokens))
  const ids = [author.botId, author.appId].filter((id) => id !== null).map(encodeURIComponent)
  const line = [
    editedTs ?? NONE,
    threadTs ?? NONE,
    ids.length > 0 ? [ANY_BOT, ...new Set(ids)].join(',') : NONE,
    clusterIds.size > 0 ? [...clusterIds].join(',') : NONE,
  ].join(' ')
  // Text that names no cluster answers no question: it is not kept.
  const value =
    clusterIds.size > 0
      ? `${line}\n${JSON.stringify([author.botId, author.appId, author.userId, author.name, segments])}`
      : line
  return [channel, ts, slackTsToMs(ts), threadTs === null ? ts : `${ts}~`, editedTs ?? NONE, value]
}

function toMessage(channel: string, ts: string, value: string): IndexedMessage {
  const end = value.indexOf('\n')
  const [edited = NONE, thread = NONE] = value.slice(0, end).split(' ')
  const [botId, appId, userId, name, segments] = Document.parse(JSON.parse(value.slice(end + 1)))
  return {
    channel,
    ts,
    threadTs: thread === NONE ? null : thread,
    author: { botId, appId, userId, name },
    segments,
    editedTs: edited === NONE ? null : edited,
  }
}

function toHour(ts: string): number {
  return Math.floor(slackTsToMs(ts) / 1_000 / HOUR_SECONDS)
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))
}

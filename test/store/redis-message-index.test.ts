import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { redisMessageIndex } from '../../src/store/redis/message-index.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import {
  CHANNEL,
  ID,
  message,
  messageIndexContract,
  type OpenedIndex,
  OTHER_ID,
  WHOLE,
} from './message-index-contract.ts'

const logger = pino({ level: 'silent' })

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})

afterAll(() => server.stop())

async function openIndex(): Promise<OpenedIndex & { connection: RedisConnection }> {
  let connection = await openConnection(server.url, logger)
  await connection.ask((redis) => redis.flushall())
  return {
    connection,
    index: redisMessageIndex(connection),
    async reopen() {
      await connection.close()
      await server.restart()
      connection = await openConnection(server.url, logger)
      return redisMessageIndex(connection)
    },
    dump: () => dump(connection),
    close: () => connection.close(),
  }
}

/** Every value of every hash: where documents lie. */
async function dump(connection: RedisConnection): Promise<string> {
  const keys = await connection.ask((redis) => redis.keys('*:docs:*'))
  return JSON.stringify(
    await connection.askAll((batch) => {
      for (const key of keys) batch.hgetall(key)
    }),
  )
}

messageIndexContract('in Redis', openIndex)

test('a question in Redis takes as many commands however many messages are kept', async () => {
  const { index, connection, close } = await openIndex()
  await index.upsertMessages([message('1700000001.000001', ID)])
  const few = await commandsOf(connection, async () => {
    await index.findByCluster(CHANNEL, ID, WHOLE)
    await index.newestPostMs(CHANNEL, [])
  })
  const others = Array.from({ length: 5_000 }, (_, at) =>
    message(`170001${String(at).padStart(4, '0')}.000001`, OTHER_ID),
  )
  await index.upsertMessages(others)
  const many = await commandsOf(connection, async () => {
    await index.findByCluster(CHANNEL, ID, WHOLE)
    await index.newestPostMs(CHANNEL, [])
  })
  await close()
  expect(many).toBe(few)
})

test('two replicas share it: what one deletes the other does not find, and what one stores is the newest post of both', async () => {
  const { index, close } = await openIndex()
  const second = await openConnection(server.url, logger)
  const other = redisMessageIndex(second)
  await index.upsertMessages([message('1700000001.000000', ID)])
  expect(await other.newestPostMs(CHANNEL, ['B1'])).toBe(1_700_000_001_000)
  await other.deleteMessage(CHANNEL, '1700000001.000000')
  expect(await index.findByCluster(CHANNEL, ID, WHOLE)).toEqual([])
  expect(await index.newestPostMs(CHANNEL, ['B1'])).toBeNull()
  await Promise.all([second.close(), close()])
})

/** Commands that Redis ran meanwhile, those inside scripts too. */
async function commandsOf(connection: RedisConnection, act: () => Promise<void>): Promise<number> {
  const count = async () => {
    const stats = await connection.ask((redis) => redis.info('commandstats'))
    return [...stats.matchAll(/cmdstat_(?!info)[^:]+:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
  }
  const before = await count()
  await act()
  return (await count()) - before
}

import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { StoreUnavailableError } from '../../src/errors.ts'
import { openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { readRedisStore } from '../../src/store/redis/read.ts'
import { migrateRedis, schemaVersion } from '../../src/store/redis/schema.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { anUpdate, NOW_MS } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(30_000)

const logger = pino({ level: 'silent' })
/** As later versions may be: a setting gets another name, then another value. */
const STEPS = [
  `redis.call('HSET', k('settings'), 'new-name', redis.call('HGET', k('settings'), 'old-name') or '')
   redis.call('HDEL', k('settings'), 'old-name')`,
  `redis.call('HSET', k('settings'), 'new-name', redis.call('HGET', k('settings'), 'new-name') .. '!')`,
]
const NEWER = new RegExp(
  `is version ${schemaVersion() + 1}, this program knows up to ${schemaVersion()}: run the newer`,
)

let redis: RedisServer
let connection: RedisConnection

beforeAll(async () => {
  redis = await startRedis()
  connection = await openConnection(redis.url, logger)
})

afterAll(async () => {
  await connection?.close()
  await redis?.stop()
})

beforeEach(async () => {
  await connection.ask((client) => client.flushall())
})

const open = (): Promise<Store> => openRedisStore(redis.url, { now: () => NOW_MS, logger })
const settings = () => connection.ask((client) => client.hgetall(connection.key('settings')))
const version = () => connection.ask((client) => client.get(connection.key('schema')))
const put = (name: string, value: string) => connection.ask((client) => client.set(connection.key(name), value))
const migrate = (steps: readonly string[]) => migrateRedis(connection, { logger, steps, graceMs: 0 })

describe('the schema of the store in Redis', () => {
  test('is written into a new one, without a step', async () => {
    await migrate(STEPS)
    expect([await version(), await settings()]).toEqual(['3', {}])
  })

  test.each([
    ['that is older than versions are', null, 'kept!'],
    ['of version 1', '1', 'kept!'],
  ])('%s is brought forward, each step once', async (_what, before, after) => {
    await connection.ask((client) => client.hset(connection.key('settings'), 'old-name', 'kept'))
    if (before !== null) await put('schema', before)
    await migrate(STEPS)
    await migrate(STEPS)
    expect([await version(), await settings()]).toEqual(['3', { 'new-name': after }])
    expect(await connection.ask((client) => client.exists(connection.key('schema-announced')))).toBe(0)
  })

  test('between two versions takes only the steps that it lacks', async () => {
    await connection.ask((client) => client.hset(connection.key('settings'), 'new-name', 'kept'))
    await put('schema', '2')
    await migrate(STEPS)
    expect(await settings()).toEqual({ 'new-name': 'kept!' })
  })

  test('of a newer program is refused by service and commands, and left as it is', async () => {
    await (await open()).close()
    await put('schema', String(schemaVersion() + 1))
    const before = await settings()
    await expect(open()).rejects.toThrow(NEWER)
    await expect(open()).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(readRedisStore(redis.url)).rejects.toThrow(NEWER)
    expect(await settings()).toEqual(before)
  })
})

test('a program that still runs when a newer one takes the store over reads and writes nothing more', async () => {
  const store = await open()
  await store.accept(anUpdate(), 'one', NOW_MS)
  await put('schema-announced', String(schemaVersion() + 1))
  await waitUntil('it to refuse', async () => {
    const answer = await store.checkWritable().then(
      () => '',
      (error: unknown) => String(error),
    )
    return NEWER.test(answer)
  })
  await expect(store.accept(anUpdate(), 'two', NOW_MS)).rejects.toBeInstanceOf(StoreUnavailableError)
  await expect(store.books()).rejects.toBeInstanceOf(StoreUnavailableError)
  await store.close()
  await connection.ask((client) => client.del(connection.key('schema-announced')))
  const after = await open()
  expect(await after.books()).toMatchObject({ accepted: 1, pending: 1 })
  await after.close()
})

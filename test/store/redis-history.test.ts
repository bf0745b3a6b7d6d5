import { cp, rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { openHistory, type RedisHistory, thawedByMode } from '../../src/store/redis/history.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(150_000)

const logger = pino({ level: 'silent' })

let server: RedisServer
let opened: { connection: RedisConnection; history: RedisHistory }[]
let frozen: string[]

beforeEach(async () => {
  server = await startRedis()
  opened = []
  frozen = []
})

afterEach(async () => {
  for (const { connection, history } of opened) {
    history.stop()
    await connection.close()
  }
  await server.stop()
})

/** A process that uses the store. */
async function open(): Promise<{ connection: RedisConnection; history: RedisHistory }> {
  const connection = await openConnection(server.url, logger)
  const history = await openHistory(connection, {
    now: Date.now,
    logger,
    onFrozen: async (why) => void frozen.push(why),
  })
  const both = { connection, history }
  opened.push(both)
  return both
}

function mode(connection: RedisConnection): Promise<string | null> {
  return connection.ask((redis) => redis.hget(connection.key('settings'), 'mode'))
}

const LIVE = '{"mode":"live","paused":false}'
const SHADOW = '{"mode":"shadow","paused":false}'

describe('the history of a store in Redis', () => {
  test('begins with a doubt of its birth, which a later process shares and does not move', async () => {
    const beforeMs = Date.now()
    const first = await open()
    const bornMs = first.history.doubtBeforeMs()
    expect(bornMs).toBeGreaterThanOrEqual(beforeMs)
    expect(bornMs).toBeLessThanOrEqual(Date.now())
    const second = await open()
    expect(second.history.doubtBeforeMs()).toBe(bornMs)
    expect(second.history.frozenWhy()).toBeNull()
    expect(frozen).toEqual([])
  })

  test('a store that was emptied freezes every replica, is told once, and thaws when somebody sets the mode', async () => {
    const [first, second] = [await open(), await open()]
    await first.connection.ask((redis) => redis.hset(first.connection.key('settings'), 'mode', LIVE))
    const emptiedMs = Date.now()
    await first.connection.ask((redis) => redis.flushall())
    for (const { history } of [first, second]) {
      await waitUntil('the freeze', () => history.frozenWhy())
      expect(history.frozenWhy()).toContain('not the one that was in use')
      expect(history.doubtBeforeMs()).toBeGreaterThanOrEqual(emptiedMs)
    }
    expect(await mode(first.connection)).toBe(SHADOW)
    await waitUntil('the audit', () => frozen.length > 0)
    expect(frozen).toHaveLength(1)

    const seeded: string[] = []
    const settings = thawedByMode(
      {
        setting: async () => null,
        putSetting: async () => undefined,
        putMode: async (_mode, by) => void seeded.push(by),
      },
      second.history,
    )
    await settings.putMode({ mode: 'live', paused: false }, 'configuration', Date.now())
    expect(second.history.frozenWhy()).not.toBeNull()
    await settings.putMode({ mode: 'live', paused: false }, 'operator:ada', Date.now())
    expect(seeded).toEqual(['configuration', 'operator:ada'])
    expect(second.history.frozenWhy()).toBeNull()
    await waitUntil('the thaw at the other replica', () => first.history.frozenWhy() === null)
    // A replica that comes back later with the old name does not undo the decision.
    expect((await open()).history.frozenWhy()).toBeNull()
    expect(frozen).toHaveLength(1)
  })

  test('a restarted server raises the doubt at every replica and freezes nothing', async () => {
    const [first, second] = [await open(), await open()]
    const bornMs = first.history.doubtBeforeMs()
    await server.kill()
    await waitUntil('the connection to be missed', () => first.history.doubtBeforeMs() > bornMs)
    await server.restart()
    for (const { history } of [first, second]) {
      await waitUntil('a doubt that stands still', async () => {
        const doubtMs = history.doubtBeforeMs()
        await new Promise((resolve) => setTimeout(resolve, 5))
        return doubtMs > bornMs && history.doubtBeforeMs() === doubtMs
      })
      expect(history.frozenWhy()).toBeNull()
    }
    expect(first.history.doubtBeforeMs()).toBe(second.history.doubtBeforeMs())
  })

  test('a process that starts after a restart of the server finds the doubt too', async () => {
    const first = await open()
    const bornMs = first.history.doubtBeforeMs()
    first.history.stop()
    await first.connection.close()
    await server.restart()
    const second = await open()
    expect(second.history.doubtBeforeMs()).toBeGreaterThan(bornMs)
    expect(second.history.frozenWhy()).toBeNull()
  })
})

describe('a store in Redis that went back', () => {
  /** Keeps a copy of the server's files, lets a process beat so often, and brings the server back with the old files. */
  async function goBack(
    beats: number,
  ): Promise<{ connection: RedisConnection; history: RedisHistory; sinceMs: number }> {
    const { connection, history } = await open()
    await connection.ask((redis) => redis.config('SET', 'appendfsync', 'always'))
    await connection.ask((redis) => redis.hset(connection.key('settings'), 'mode', LIVE))
    const copy = `${server.dataDir}-copy`
    await cp(server.dataDir, copy, { recursive: true })
    const keptCount = await countIn(connection)
    await waitUntil('the beats', async () => (await countIn(connection)) >= keptCount + beats)
    await server.kill()
    await rm(server.dataDir, { recursive: true })
    await cp(copy, server.dataDir, { recursive: true })
    await rm(copy, { recursive: true })
    const sinceMs = Date.now()
    await server.restart()
    return { connection, history, sinceMs }
  }

  test('by what a crash can lose raises the doubt and freezes nothing', async () => {
    const { connection, history, sinceMs } = await goBack(2)
    await waitUntil('the doubt', async () => (await doubtIn(connection)) >= sinceMs)
    expect(history.frozenWhy()).toBeNull()
    expect(await mode(connection)).toBe(LIVE)
    expect(frozen).toEqual([])
  })

  test('by more than that freezes', async () => {
    const { connection, history, sinceMs } = await goBack(7)
    expect(await waitUntil('the freeze', () => history.frozenWhy())).toMatch(/^the store in Redis went back by \d+ s/)
    await waitUntil('the audit', () => frozen.length === 1)
    expect(await mode(connection)).toBe(SHADOW)
    expect(history.doubtBeforeMs()).toBeGreaterThanOrEqual(sinceMs)
    expect((await open()).history.frozenWhy()).toMatch(/went back/)
  })
})

/** How often the one process has beaten, as Redis keeps it. */
async function countIn(connection: RedisConnection): Promise<number> {
  const [key = ''] = await connection.ask((redis) => redis.keys(connection.key('history-beats', '*')))
  return Number(await connection.ask((redis) => redis.get(key)))
}

async function doubtIn(connection: RedisConnection): Promise<number> {
  return Number(await connection.ask((redis) => redis.hget(connection.key('history'), 'doubt-before')))
}

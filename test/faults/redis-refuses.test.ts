import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'
import { sayBusy } from './channel-words.ts'
import { type FaultStage, setFaultStage } from './fault-stage.ts'

jest.setTimeout(120_000)

const SNOOZED_ONCE = { acknowledge: 1, snooze: 1, note: 1 }
/** How a Redis that is there refuses every write, and how it takes them again. */
const REFUSALS: readonly [string, (redis: Redis) => Promise<unknown>, (redis: Redis) => Promise<unknown>][] = [
  ['is full', (redis) => redis.config('SET', 'maxmemory', '1'), (redis) => redis.config('SET', 'maxmemory', '0')],
  [
    'has become a replica of another',
    (redis) => redis.replicaof('127.0.0.1', 1),
    (redis) => redis.replicaof('NO', 'ONE'),
  ],
  [
    'lacks the replicas that it has to have',
    (redis) => redis.config('SET', 'min-replicas-to-write', '1'),
    (redis) => redis.config('SET', 'min-replicas-to-write', '0'),
  ],
]
/** Bytes of the file's end that were never on the disk. */
const LOST_TAILS = [1, 5_000]

let redis: RedisServer
let stage: FaultStage

beforeEach(async () => {
  redis = await startRedis()
  stage = await setFaultStage({
    place: async () => ({ REDIS_URL: redis.url }),
    furnish: (sandbox) => sayBusy(sandbox, 'a'),
  })
})

afterEach(async () => {
  await stage.stop()
  await redis.stop()
})

async function withRedis(act: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(redis.url)
  await act(client)
  client.disconnect()
}

async function readiness(): Promise<number | undefined> {
  return (await stage.replicas[0]?.ask('/readyz'))?.status
}

describe('on redis', () => {
  test.each(REFUSALS)('a Redis that %s: 503 at the door and no effect, and all goes on after it', async (...row) => {
    const [, refuse, allow] = row
    stage.page('a')
    await withRedis(refuse)
    await waitUntil('it to be not ready', async () => (await readiness()) === 503)
    expect(await stage.tell('a')).toBe(503)
    expect(stage.pagerdutyEffects('a')).toEqual({ acknowledge: 0, snooze: 0, note: 0 })
    await withRedis(allow)
    await waitUntil('the webhook to be accepted', async () => (await stage.tell('a')) === 202)
    await stage.awaitSnoozed('a')
    expect(stage.pagerdutyEffects('a')).toEqual(SNOOZED_ONCE)
  })

  test.each(LOST_TAILS)('a Redis that lost the last %i bytes of its file does nothing twice', async (bytes) => {
    await stage.fire('a')
    await stage.awaitSnoozed('a')
    await redis.kill()
    const folder = join(redis.dataDir, 'appendonlydir')
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.incr.aof')) ?? '')
    truncateSync(file, Math.max(0, statSync(file).size - bytes))
    await redis.restart()
    await waitUntil('the webhook to be accepted', async () => (await stage.tell('a')) === 202, { timeoutMs: 60_000 })
    await stage.awaitSnoozed('a')
    await stage.lookAgain('a')
    expect(stage.pagerdutyEffects('a')).toEqual(SNOOZED_ONCE)
    expect(stage.incident('a').status).toBe('acknowledged')
  })
})

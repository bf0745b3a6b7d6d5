import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { bullmqEngine } from '../../src/looks/bullmq-engine.ts'
import { Scheduler } from '../../src/scheduler.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { aCase, anIncident, NOW_MS } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(150_000)

/** Group keys as Alertmanager makes them, and others that BullMQ refuses as the id of a job. */
const GROUP_KEYS = ['{}:{alertname="T"}', '12345', 'a:b', '0', ' ', 'ä'.repeat(4_000)]

let redis: RedisServer
let directory: string
let store: Store
let schedulers: Scheduler[]
let looked: string[]

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bullmq-engine-'))
  store = await openSqliteStore(directory, NOW_MS)
  schedulers = []
  looked = []
})

afterEach(async () => {
  await Promise.all(schedulers.map((scheduler) => scheduler.stop()))
  await store.close()
  rmSync(directory, { recursive: true })
})

/** A scheduler with connections of its own, as each replica has one; all of them share the due table. */
function startReplica(look: (groupKey: string) => Promise<number | null> = async () => null): Scheduler {
  const scheduler = new Scheduler({
    store,
    lock: store.exclusive,
    look: (groupKey) => {
      looked.push(groupKey)
      return look(groupKey)
    },
    giveUp: async () => undefined,
    metrics: createMetrics(),
    now: () => NOW_MS,
    logger: pino({ level: 'silent' }),
    openEngine: bullmqEngine({ redisUrl: redis.url, logger: pino({ level: 'silent' }) }),
  })
  schedulers.push(scheduler)
  scheduler.nudge()
  return scheduler
}

async function makeDue(groupKeys: readonly string[]): Promise<void> {
  await Promise.all(groupKeys.map((groupKey) => store.makeDue(groupKey, NOW_MS)))
}

async function settled(): Promise<void> {
  await waitUntil('nothing to be due any more', async () => (await store.nextDueMs()) === null)
}

async function withQueue<T>(act: (queue: Queue) => Promise<T>): Promise<T> {
  const connection = new Redis(redis.url)
  const queue = new Queue('looks', { connection, prefix: 'kp-responder-looks' })
  try {
    return await act(queue)
  } finally {
    await queue.close()
    connection.disconnect()
  }
}

describe('looks that replicas share through BullMQ', () => {
  test('each due group gets one look, whatever its key, by one of three replicas', async () => {
    await makeDue(GROUP_KEYS)
    for (let replica = 0; replica < 3; replica += 1) startReplica()
    await waitUntil('all groups to be looked at', () => looked.length >= GROUP_KEYS.length)
    await settled()
    expect(looked.toSorted()).toEqual(GROUP_KEYS.toSorted())
  })

  test('a group that became due during its look is looked at again', async () => {
    const gate = Promise.withResolvers<void>()
    const replica = startReplica(async () => {
      if (looked.length === 1) await gate.promise
      return null
    })
    await replica.wake('a')
    await waitUntil('the first look to begin', () => looked.length === 1)
    await replica.wake('a')
    await replica.wake('a')
    gate.resolve()
    await waitUntil('the second look to begin', () => looked.length === 2)
    await settled()
    expect(looked).toEqual(['a', 'a'])
  })

  test('what another process made due is found without a nudge', async () => {
    startReplica()
    await makeDue(['b'])
    await waitUntil('the group to be looked at', () => looked.length === 1)
  })

  test('leaves no job behind', async () => {
    startReplica()
    await makeDue(GROUP_KEYS)
    await waitUntil('all groups to be looked at', () => looked.length >= GROUP_KEYS.length)
    await waitUntil('the queue to be empty', () =>
      withQueue(async (queue) => {
        const counts = await queue.getJobCounts()
        return Object.values(counts).every((count) => count === 0)
      }),
    )
  })

  test('the whole queue deleted in the middle of looks: every group still gets its look', async () => {
    const keys = Array.from({ length: 80 }, (_, number) => `group-${number}`)
    const gate = Promise.withResolvers<void>()
    await makeDue(keys)
    startReplica(async () => {
      await gate.promise
      return null
    })
    await waitUntil('as many looks to be under way as may be', () => looked.length === 50)
    await withQueue((queue) => queue.obliterate({ force: true }))
    gate.resolve()
    await waitUntil('all groups to be looked at', () => looked.length >= keys.length)
    await settled()
    expect(new Set(looked).size).toBe(80)
  })

  test.each([
    ['is in no list', (client: Redis) => client.del('kp-responder-looks:looks:wait')],
    ['has lost its data', (client: Redis, job: string) => client.del(`kp-responder-looks:looks:${job}`)],
  ])(
    'a job that %s, as a torn file of Redis may leave one, does not keep its group from a look',
    async (_what, tear) => {
      const jobId = `e-${createHash('sha256').update('stray').digest('hex')}`
      const client = new Redis(redis.url)
      await withQueue((queue) => queue.add('look', { groupKey: 'stray' }, { jobId }))
      await tear(client, jobId)
      const replica = startReplica()
      await waitUntil(
        'the rest of it to be taken up',
        async () => (await client.llen('kp-responder-looks:looks:wait')) === 0,
      )
      await replica.wake('stray')
      await waitUntil('the group to be looked at', () => looked.includes('stray'))
      client.disconnect()
      await settled()
    },
  )

  test('a page that is quiet is looked at before all that waits', async () => {
    const gate = Promise.withResolvers<void>()
    await makeDue(Array.from({ length: 80 }, (_, number) => `waiting-${number}`))
    const subject = aCase({ groupKey: 'quiet', incidents: [anIncident({ status: 'acknowledged' })] })
    await store.saveCase(subject, { mergedUpTo: null, isSettled: false })
    const replica = startReplica(async () => {
      await gate.promise
      return null
    })
    await waitUntil('as many looks to be under way as may be', () => looked.length === 50)
    await replica.wake('quiet')
    await waitUntil('it to wait with the others', () =>
      withQueue(async (queue) => (await queue.getWaitingCount()) === 31),
    )
    gate.resolve()
    await settled()
    expect(looked.indexOf('quiet')).toBe(50)
  })

  test('Redis killed and started again: looks go on by themselves', async () => {
    const replica = startReplica()
    await replica.wake('before')
    await waitUntil('the look before', () => looked.includes('before'))
    await redis.kill()
    await makeDue(['meanwhile'])
    replica.nudge()
    await redis.restart()
    await waitUntil('the look after', () => looked.includes('meanwhile'))
    await settled()
  })

  test('a stop waits for the look under way, and leaves what is due to another replica', async () => {
    const gate = Promise.withResolvers<void>()
    const first = startReplica(async () => {
      await gate.promise
      return null
    })
    await first.wake('a')
    await waitUntil('the look to begin', () => looked.length === 1)
    const stopping = first.stop()
    await makeDue(['b'])
    gate.resolve()
    await stopping
    expect(looked).toEqual(['a'])
    startReplica()
    await waitUntil('the other group to be looked at', () => looked.length === 2)
    expect(looked).toEqual(['a', 'b'])
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pino from 'pino'
import { openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { LOOK_LASTS_MS, redisDue } from '../../src/store/redis/due.ts'
import { RedisExclusive } from '../../src/store/redis/exclusive.ts'
import { HeldLeases } from '../../src/store/redis/held-leases.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { NOW_MS } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { INTENT } from './effect-contract.ts'

const LEASE = 'kp-responder:lease:g'

describe('turns in Redis', () => {
  const deps = { now: () => NOW_MS, logger: pino({ level: 'silent' }) }
  let server: RedisServer
  let redis: Redis
  let connection: RedisConnection

  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
    connection = await openConnection(server.url, deps.logger)
  })

  beforeEach(async () => {
    await redis.flushall()
  })

  afterAll(async () => {
    await connection.close()
    redis.disconnect()
    await server.stop()
  })

  test('end by themselves at Redis, unless they are renewed, and the look in them is renewed too', async () => {
    const leases = new HeldLeases()
    const exclusive = new RedisExclusive(connection, leases, { ...deps, renewEveryMs: 20 })
    await exclusive.run('g', async () => {
      expect(await redis.pttl(LEASE)).toBeGreaterThan(0)
      await redisDue(connection, leases).beginLook('g', NOW_MS)
      await redis.pexpire(LEASE, 5_000)
      await redis.zadd('kp-responder:looks', 1, 'g')
      await waitUntil('the turn to be renewed', async () => (await redis.pttl(LEASE)) > 20_000)
      await waitUntil('the look to be renewed', async () => Number(await redis.zscore('kp-responder:looks', 'g')) > 1)
    })
    expect(await redis.exists(LEASE)).toBe(0)
  })

  test('are never made again by a renewal', async () => {
    const exclusive = new RedisExclusive(connection, new HeldLeases(), { ...deps, renewEveryMs: 20 })
    await exclusive.run('g', async () => {
      await redis.set(LEASE, 'of another one')
      const before = Number(/evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1])
      await waitUntil('some renewals', async () => {
        return Number(/evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]) > before + 2
      })
      expect(await redis.get(LEASE)).toBe('of another one')
    })
    expect(await redis.get(LEASE)).toBe('of another one')
  })

  test('last anew from each intent', async () => {
    const store = await openRedisStore(server.url, deps)
    const leftMs = await store.exclusive.run('g', async () => {
      await redis.pexpire(LEASE, 5_000)
      await store.intend(INTENT, NOW_MS)
      return redis.pttl(LEASE)
    })
    await store.close()
    expect(leftMs).toBeGreaterThan(20_000)
  })

  test('are not taken while another one waits longer, though they are free', async () => {
    const [waiting, seen] = ['kp-responder:lease-waiting:g', 'kp-responder:lease-seen:g']
    await redis.multi().zadd(waiting, 1, 'longer').hset(seen, 'longer', Number.MAX_SAFE_INTEGER).exec()
    const turn = new RedisExclusive(connection, new HeldLeases(), deps).run('g', async () => 'done')
    await waitUntil('both to wait', async () => (await redis.zcard(waiting)) === 2)
    const isTaken = await redis.exists(LEASE)
    await redis.zrem(waiting, 'longer')
    await expect(turn).resolves.toBe('done')
    expect(isTaken).toBe(0)
  })

  test('that end with a look begun and not ended make its group due a minute later, by itself', async () => {
    const leases = new HeldLeases()
    const due = redisDue(connection, leases)
    await new RedisExclusive(connection, leases, deps).run('g', () => due.beginLook('g', NOW_MS))
    expect(await due.nextDueMs()).toBe(NOW_MS + LOOK_LASTS_MS)
  })

  test('go to the one who waits longest, and past one who asks no more', async () => {
    const exclusives = [1, 2, 3].map(() => new RedisExclusive(connection, new HeldLeases(), deps))
    const seen: number[] = []
    // The dead one is dropped with the first question; until then it is no one who waits.
    const waiting = async () =>
      (await redis.zrange('kp-responder:lease-waiting:g', '0', '-1')).filter((id) => id !== 'dead')
    const gate = Promise.withResolvers<void>()
    const runs = [exclusives[0]?.run('g', () => gate.promise)]
    await waitUntil('the first turn', () => redis.exists(LEASE))
    await redis.zadd('kp-responder:lease-waiting:g', 1, 'dead')
    for (const [at, exclusive] of exclusives.slice(1).entries()) {
      runs.push(
        exclusive.run('g', async () => {
          seen.push(at)
        }),
      )
      await waitUntil('the next to wait', async () => (await waiting()).length === at + 1)
    }
    gate.resolve()
    await Promise.all(runs)
    expect(seen).toEqual([0, 1])
  })

  test('that end while Redis is away are given back when it answers again, and their look is due before it would lapse', async () => {
    const leases = new HeldLeases()
    const due = redisDue(connection, leases)
    await new RedisExclusive(connection, leases, deps).run('g', async () => {
      await due.beginLook('g', NOW_MS)
      await server.kill()
    })
    await server.restart()
    await waitUntil('the turn to be given back', async () => (await redis.exists(LEASE)) === 0)
    // Nobody else has to find out that the look is dead: that takes longer than this test waits.
    expect(await due.nextDueMs()).toBe(NOW_MS + LOOK_LASTS_MS)
    await new RedisExclusive(connection, new HeldLeases(), deps).run('g', async () => undefined)
  })

  test('have a greater fencing number each time', async () => {
    const exclusive = new RedisExclusive(connection, new HeldLeases(), deps)
    const fence = async () => Number((await redis.get(LEASE))?.split('.')[0])
    const first = await exclusive.run('g', fence)
    expect(await exclusive.run('g', fence)).toBeGreaterThan(first)
  })
})

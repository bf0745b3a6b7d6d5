import { afterAll, beforeAll, describe } from '@jest/globals'
import { Redis } from 'ioredis'
import pino from 'pino'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { NOW_MS } from '../support/builders.ts'
import { replicaContract } from './replica-contract.ts'
import { storeContract } from './store-contract.ts'

const PREFIX = 'kp-responder:'

describe('the store in Redis', () => {
  let server: RedisServer
  let redis: Redis

  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })

  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  const place = () => ({
    open: () => openRedisStore(server.url, { now: () => NOW_MS, logger: pino({ level: 'silent' }) }),
    async takeTurnAway(name: string) {
      await redis.del(`${PREFIX}lease:${name}`)
    },
    async forgetLook(groupKey: string) {
      await redis.zadd(`${PREFIX}looks`, 1, groupKey)
    },
    async remove() {
      await redis.flushall()
    },
  })

  storeContract(place)
  replicaContract(place)
})

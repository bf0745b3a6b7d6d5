import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { fixedPolicy } from '../../src/config/policy-source.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import type { Store } from '../../src/store/store.ts'
import { StormWatch } from '../../src/storm-watch.ts'
import { syntheticClusterId } from '../real/kp-events-alert.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { anAlert, anUpdate, aReceivedAlert, labelsOf, MINUTE_MS } from '../support/builders.ts'

jest.setTimeout(90_000)

const { perRegion } = DEFAULT_POLICY.storm

let redis: RedisServer
let stores: Store[]

beforeAll(async () => {
  redis = await startRedis()
  const options = { now: () => Date.now(), logger: pino({ level: 'silent' }) }
  stores = await Promise.all([1, 2, 3].map(() => openRedisStore(redis.url, options)))
})

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await redis.stop()
})

describe('a storm whose first webhooks are spread over three replicas', () => {
  test('is seen by each of them before any case of it is stored', async () => {
    const nowMs = Date.now()
    const watches = stores.map(
      (store) =>
        new StormWatch({ store, policy: fixedPolicy(DEFAULT_POLICY), now: () => nowMs, onChange: () => undefined }),
    )
    const alerts = Array.from({ length: perRegion }, (_, number) => {
      const labels = labelsOf(syntheticClusterId(number))
      return { fingerprint: String(number), labels, startsAtMs: nowMs - MINUTE_MS }
    })
    for (const [at, alert] of alerts.entries()) {
      const replica = at % stores.length
      const update = anUpdate({ groupKey: `g${at}`, alerts: [aReceivedAlert(alert)] })
      await stores[replica]?.accept(update, `k${at}`, nowMs)
      const storm = await watches[replica]?.read([anAlert(alert)])
      expect(storm === null).toBe(at < perRegion - 1)
    }
    for (const [at, watch] of watches.entries()) {
      const late = anAlert({ ...alerts[0], labels: labelsOf(syntheticClusterId(perRegion + at)) })
      expect((await watch.read([late]))?.clusters).toBeGreaterThanOrEqual(perRegion)
    }
  })
})

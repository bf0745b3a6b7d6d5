import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pino from 'pino'
import { StoreUnavailableError } from '../../src/errors.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { aCase, CLUSTER_ID, GROUP_KEY, NOW_MS } from '../support/builders.ts'
import { updateOf } from './delivery-contract.ts'
import { INTENT, spanOf } from './effect-contract.ts'

/** Nothing but nonsense, where a number, a document or a state should be. */
const NONSENSE = '{"a":'

type Damage = [what: string, damage: (redis: Redis) => Promise<unknown>, read: (store: Store) => Promise<unknown>]

const DAMAGES: Damage[] = [
  [
    'case',
    (redis) => redis.hset('kp-responder:case:case-1', 'document', NONSENSE),
    (store) => store.caseById('case-1'),
  ],
  [
    'case in a list',
    (redis) => redis.hset('kp-responder:case:case-1', 'document', '7'),
    (store) => store.listCases({ limit: 5 }),
  ],
  [
    'latest case',
    (redis) => redis.hdel('kp-responder:case:case-1', 'document'),
    (store) => store.listCases({ limit: 5 }),
  ],
  [
    'count of cases',
    (redis) => redis.hset('kp-responder:case-counts', 'gathering', 'x'),
    (store) => store.countByState(),
  ],
  ['delivery', (redis) => redis.hset('kp-responder:delivery:1', 'body', NONSENSE), (store) => store.pending(GROUP_KEY)],
  ['book', (redis) => redis.hset('kp-responder:books', 'done', 'x'), (store) => store.books()],
  [
    'effect',
    (redis) => redis.hset(`kp-responder:effect:${INTENT.key}`, 'parameters', NONSENSE),
    (store) => store.effect(INTENT.key),
  ],
  [
    'state of an effect',
    (redis) => redis.hset(`kp-responder:effect:${INTENT.key}`, 'state', 'x'),
    (store) => store.effectsOf('case-1'),
  ],
  [
    'snooze',
    (redis) => redis.hset(`kp-responder:snoozes-of-cluster:${CLUSTER_ID}`, 'k', NONSENSE),
    (store) => store.snoozesOf(CLUSTER_ID, 0),
  ],
  ['audit record', (redis) => redis.rpush('kp-responder:audit', NONSENSE), (store) => store.auditHead()],
  ['key of another kind', (redis) => redis.set('kp-responder:case:x', 'text'), (store) => store.caseById('x')],
]

describe('a value in Redis that nobody here can read', () => {
  let server: RedisServer
  let redis: Redis
  let store: Store

  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url)
  })

  beforeEach(async () => {
    await redis.flushall()
    store = await openRedisStore(server.url, { now: () => NOW_MS, logger: pino({ level: 'silent' }) })
    await store.saveCase(aCase(), { mergedUpTo: null, isSettled: false })
    await store.accept(updateOf(1), 'k', NOW_MS)
    await store.intend(INTENT, NOW_MS, [spanOf()])
  })

  afterEach(() => store.close())

  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  test.each(DAMAGES)(
    'is a clear error of whoever asks for it, and of nobody else: a %s',
    async (_what, damage, read) => {
      await damage(redis)
      await expect(read(store)).rejects.toThrow(/the store in Redis|the journal holds/)
      await expect(read(store)).rejects.not.toBeInstanceOf(StoreUnavailableError)
      await expect(store.checkWritable()).resolves.toBeUndefined()
      await store.makeDue('other', NOW_MS)
      expect(await store.due(NOW_MS, 10)).toContain('other')
    },
  )

  test('at the end of the audit chain stops what would be chained to it', async () => {
    await redis.rpush('kp-responder:audit', NONSENSE)
    const entry = { kind: 'k', actor: 'a', record: {}, nowMs: NOW_MS }
    await expect(store.appendAudit(entry)).rejects.toThrow('an audit record')
    await redis.rpop('kp-responder:audit')
    await expect(store.appendAudit(entry)).resolves.toBeUndefined()
  })

  test('text that is no valid Unicode keeps no group from its looks', async () => {
    const groupKey = '{}:{x="\ud800"}'
    await store.exclusive.run(groupKey, async () => {
      await store.intend({ ...INTENT, key: groupKey, parameters: { text: '\ud800\u0000' } }, NOW_MS)
      await store.conclude(
        groupKey,
        'done',
        { action: 'note', result: 'created', why: '\ud800', link: null, at: 'x' },
        NOW_MS,
      )
    })
    expect((await store.effect(groupKey))?.parameters).toEqual({ text: '\ud800\u0000' })
  })
})

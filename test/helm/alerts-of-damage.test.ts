import { afterAll, beforeAll, jest, test } from '@jest/globals'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { setBusyClusters } from '../replicas/busy-clusters.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type HastenedRules, startHastenedRules } from './hastened-rules.ts'

jest.setTimeout(240_000)

let sandbox: Sandbox
let redis: RedisServer
let responder: ResponderProcess
let other: ResponderProcess
let rules: HastenedRules
/** Somebody who meddles with the store. */
let meddler: Redis

beforeAll(async () => {
  sandbox = await startSandbox()
  redis = await startRedis()
  meddler = new Redis(redis.url)
  const shared = { sandboxUrl: sandbox.url, redisUrl: redis.url }
  responder = await startResponder(shared)
  other = await startResponder({ ...shared, policy: { snooze: { busy: '1h' } } })
  rules = await startHastenedRules([responder, other])
})

afterAll(async () => {
  meddler?.disconnect()
  await rules?.stop()
  await Promise.all([responder?.stop(), other?.stop()])
  await redis?.stop()
  await sandbox?.close()
})

/** A case that is snoozed, and the group of its alerts. */
async function aSnoozedCase(number: number): Promise<{ id: string; groupKey: string }> {
  const [cluster] = setBusyClusters(sandbox, 1, number)
  if (!cluster) throw new Error('no cluster')
  const known = new Set((await responder.cases()).map(({ id }) => id))
  await responder.postWebhook(cluster.webhook)
  const isNew = async () => (await responder.cases()).find(({ id, state }) => !known.has(id) && state === 'snoozed')
  const { id } = await waitUntil('the case to be snoozed', isNew, { timeoutMs: 45_000 })
  return { id, groupKey: cluster.groupKey }
}

test('replicas with different policies are told of, and one of them that is dead', async () => {
  await rules.expectFiring('KpResponderPoliciesDiffer')
  await other.kill()
  await rules.expectFiring('KpResponderReplicaDown')
  await rules.expectQuiet('KpResponderPoliciesDiffer')
})

test('a case whose every look has failed is set aside, and said so', async () => {
  const { id, groupKey } = await aSnoozedCase(1)
  await meddler.hset('kp-responder:look-tries', groupKey, 5)
  await responder.act(id, 'recheck')
  await rules.expectFiring('KpResponderCaseSetAside')
})

test('looks that nobody carries out are told of', async () => {
  const { id } = await aSnoozedCase(2)
  const queue = new Queue('looks', { prefix: 'kp-responder-looks', connection: { url: redis.url } })
  await queue.pause()
  await rules.expectFiring('KpResponderLooksOverdue', () => responder.act(id, 'recheck'))
  await queue.resume()
  await rules.expectQuiet('KpResponderLooksOverdue')
  await queue.close()
})

test('books that do not balance are told of', async () => {
  await meddler.hincrby('kp-responder:books', 'accepted', 1)
  await rules.expectFiring('KpResponderBooksDoNotBalance')
  await meddler.hincrby('kp-responder:books', 'accepted', -1)
  await rules.expectQuiet('KpResponderBooksDoNotBalance')
})

test('an audit that can not be written is told of, and looks that fail for it', async () => {
  await meddler.rename('kp-responder:audit', 'kp-responder:audit-of-before')
  await meddler.set('kp-responder:audit', 'no list')
  const [cluster] = setBusyClusters(sandbox, 1, 3)
  await rules.expectFiring('KpResponderAuditFailed', () => responder.postWebhook(cluster?.webhook))
  await rules.expectFiring('KpResponderLooksFailing')
})

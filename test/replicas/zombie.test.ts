import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import type { RequestMatch } from '../../sandbox/faults.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { effectsOf, messagesOf, NO_STORM, setBusyClusters } from './busy-clusters.ts'

jest.setTimeout(120_000)

const SETTLING = { timeoutMs: 60_000 }
const ONCE = { acknowledge: 1, snooze: 1, note: 1 }
/** Where it stands still. */
const CALLS: readonly (RequestMatch & { call: string })[] = [
  { call: 'reading of the incident, before any effect', upstream: 'pagerduty', method: 'GET', path: /log_entries/ },
  { call: 'acknowledgement', upstream: 'pagerduty', method: 'PUT', path: /^\/incidents\/[^/]+$/ },
  { call: 'snooze', upstream: 'pagerduty', method: 'POST', path: /\/snooze$/ },
  { call: 'note', upstream: 'pagerduty', method: 'POST', path: /\/notes$/ },
]

let redis: RedisServer
let sandbox: Sandbox
let replicas: ResponderProcess[]

beforeEach(async () => {
  redis = await startRedis()
  sandbox = await startSandbox()
  replicas = []
})

afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
  await sandbox.close()
  await redis.stop()
})

async function startReplica(): Promise<ResponderProcess> {
  const replica = await startResponder({ sandboxUrl: sandbox.url, redisUrl: redis.url, policy: NO_STORM })
  replicas.push(replica)
  return replica
}

/** What half a minute to a minute of silence does to a replica's turns, roles, looks and jobs, at once. */
async function endTurns(): Promise<void> {
  const client = new Redis(redis.url)
  const queue = new Queue('looks', { connection: client, prefix: 'kp-responder-looks' })
  const keys = [...(await client.keys('kp-responder:lease:*')), ...(await client.keys('kp-responder:role:*'))]
  expect(keys.some((key) => key.startsWith('kp-responder:lease:'))).toBe(true)
  await client.del(keys)
  for (const group of await client.zrange('kp-responder:looks', '0', '-1'))
    await client.zadd('kp-responder:looks', '0', group)
  await queue.obliterate({ force: true })
  await queue.close()
  client.disconnect()
}

describe('a replica that stands still until another one has taken its work over', () => {
  test.each(CALLS)('during its $call does nothing twice when it goes on', async ({ call, ...match }) => {
    const [cluster] = setBusyClusters(sandbox, 1)
    if (!cluster) throw new Error('there is no cluster')
    const zombie = await startReplica()
    const struck = sandbox.faults.before(match, () => zombie.signal('SIGSTOP'))
    expect(await zombie.postWebhook(cluster.webhook)).toBe(202)
    await waitUntil(`the ${call} to be on its way`, () => struck.hits > 0)
    await endTurns()
    const other = await startReplica()
    await waitUntil(
      'the other one to finish',
      async () => {
        const [shown] = await other.cases()
        return shown?.receipts.some(({ action }) => action === 'note') && messagesOf(sandbox) === 1
      },
      SETTLING,
    )
    zombie.signal('SIGCONT')
    await waitUntil('the zombie to be back', async () => (await zombie.readiness()).status === 200)
    expect(await zombie.postWebhook(cluster.webhook)).toBe(202)
    await waitUntil('the books to balance', async () => (await zombie.books()).pending === 0)
    expect(effectsOf(sandbox, [cluster])).toEqual([ONCE])
    expect(messagesOf(sandbox)).toBe(1)
    const [shown] = await other.cases()
    expect(shown?.state).toBe('snoozed')
  })
})

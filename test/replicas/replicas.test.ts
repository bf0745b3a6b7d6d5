import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type BusyCluster, effectsOf, messagesOf, NO_STORM, setBusyClusters } from './busy-clusters.ts'

jest.setTimeout(300_000)

const ALERTS = 12
/** Where something is killed half way. */
const FEWER_ALERTS = 8
const ONCE = { acknowledge: 1, snooze: 1, note: 1 }
/** A look that a dead replica left is taken up by another one after half a minute; Slack takes one post a second. */
const SETTLING = { timeoutMs: 180_000, everyMs: 250 }

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

async function startReplicas(count: number): Promise<void> {
  const starting = Array.from({ length: count }, () =>
    startResponder({ sandboxUrl: sandbox.url, redisUrl: redis.url, policy: NO_STORM }),
  )
  replicas.push(...(await Promise.all(starting)))
}

/** Posts to one replica after the other, and again to the next where it is not accepted, as a load balancer and Alertmanager do. */
async function postToAll(clusters: readonly BusyCluster[]): Promise<void> {
  await Promise.all(
    clusters.map(({ webhook }, number) => {
      let next = number
      return waitUntil(
        'the webhook to be accepted',
        async () => (await replicas[next++ % replicas.length]?.postWebhook(webhook)) === 202,
        { timeoutMs: 60_000, everyMs: 200 },
      )
    }),
  )
}

async function redisCli(act: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(redis.url)
  await act(client)
  client.disconnect()
}

/** Every cluster was snoozed, noted and told once; one more look at each, by any replica, has changed nothing. */
async function expectEachOnce(clusters: readonly BusyCluster[]): Promise<void> {
  await waitUntil(
    'every cluster to be snoozed, noted and told',
    () => effectsOf(sandbox, clusters).every(({ note }) => note > 0) && messagesOf(sandbox) >= clusters.length,
    SETTLING,
  ).catch((error: unknown) => {
    const found = { effects: effectsOf(sandbox, clusters), messages: messagesOf(sandbox) }
    const output = replicas.map((replica) => replica.output().slice(-4_000)).join('\n---\n')
    throw new Error(`${String(error)}: ${JSON.stringify(found)}\n${output}`, { cause: error })
  })
  await postToAll(clusters)
  const [one] = replicas
  await waitUntil('the books to balance', async () => {
    const books = await one?.books()
    return books && books.pending === 0 && books.accepted === books.done
  })
  expect(effectsOf(sandbox, clusters)).toEqual(clusters.map(() => ONCE))
  expect(messagesOf(sandbox)).toBe(clusters.length)
}

describe('replicas that share a Redis', () => {
  test.each([1, 3])('%i of them do each effect of 12 alerts once', async (count) => {
    const clusters = setBusyClusters(sandbox, ALERTS)
    await startReplicas(count)
    await postToAll(clusters)
    await expectEachOnce(clusters)
  })

  test('one killed in the middle: the others finish what it began, each effect once', async () => {
    const clusters = setBusyClusters(sandbox, FEWER_ALERTS)
    await startReplicas(3)
    const posting = postToAll(clusters)
    await waitUntil('a few snoozes', () => sandbox.ledger.of('snooze').length >= 5)
    await replicas.shift()?.kill()
    await posting
    await expectEachOnce(clusters)
  })

  test('Redis killed in the middle and back 5 s later: nothing is lost or done twice', async () => {
    const clusters = setBusyClusters(sandbox, FEWER_ALERTS)
    await startReplicas(2)
    const posting = postToAll(clusters)
    await waitUntil('a few snoozes', () => sandbox.ledger.of('snooze').length >= 5)
    await redis.kill()
    await waitUntil('the door to say so', async () => (await replicas[0]?.readiness())?.status === 503)
    await redis.restart()
    await posting
    await expectEachOnce(clusters)
    for (const replica of replicas) expect((await replica.readiness()).status).toBe(200)
  })

  test('the same alert told to all of them at once is one case', async () => {
    const [cluster] = setBusyClusters(sandbox, 1)
    await startReplicas(3)
    if (!cluster) throw new Error('there is no cluster')
    const copies = Array.from({ length: 10 }, () => replicas.map((replica) => replica.postWebhook(cluster.webhook)))
    expect(new Set(await Promise.all(copies.flat()))).toEqual(new Set([202]))
    await expectEachOnce([cluster])
    for (const replica of replicas) expect(await replica.cases()).toHaveLength(1)
  })

  test('a pause by one of them holds for all within 5 s, and two changes made at once are both kept', async () => {
    const [cluster] = setBusyClusters(sandbox, 1)
    await startReplicas(2)
    const [one, other] = replicas
    await one?.mode({ paused: true })
    await waitUntil('the other to be paused', async () => (await other?.mode())?.paused, { timeoutMs: 5_000 })
    expect(await other?.postWebhook(cluster?.webhook)).toBe(202)
    await waitUntil('a case that is paused', async () =>
      (await one?.cases())?.some(({ plan }) => plan.refusals.some(({ rail }) => rail === 'paused')),
    )
    expect(sandbox.ledger.of('snooze')).toEqual([])
    await Promise.all([one?.mode({ paused: false }), other?.mode({ mode: 'approve' })])
    expect(await one?.mode()).toEqual({ mode: 'approve', paused: false })
    expect(await other?.mode()).toEqual({ mode: 'approve', paused: false })
  })

  test('Redis emptied under them: all of them are in shadow and say why, until an operator sets the mode', async () => {
    await startReplicas(2)
    const [one, other] = replicas
    await redisCli((client) => client.flushall())
    for (const replica of replicas) {
      const frozen = await waitUntil('shadow to be in force', async () => {
        const mode = await replica.mode()
        return mode.frozenWhy !== undefined && mode
      })
      expect(frozen).toMatchObject({ mode: 'shadow', frozenWhy: expect.stringContaining('emptied') })
      const { checks } = await replica.readiness()
      expect(checks.acting).toMatch(/^frozen: /)
    }
    expect(await one?.mode({ mode: 'live', paused: false })).toEqual({ mode: 'live', paused: false })
    await waitUntil('the other to act again', async () => (await other?.mode())?.mode === 'live', { timeoutMs: 5_000 })
  })

  test('Redis away: a replica that is told to stop ends with 0 in time', async () => {
    await startReplicas(1)
    await redis.kill()
    const [replica] = replicas
    let code: number | null | undefined
    void replica?.exited().then((exited) => {
      code = exited
    })
    replica?.signal('SIGTERM')
    await waitUntil('the process to be gone', () => code !== undefined, { timeoutMs: 20_000 })
    expect(code).toBe(0)
  })
})

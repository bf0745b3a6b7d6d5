import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { type BusyCluster, setBusyClusters } from '../replicas/busy-clusters.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type HastenedRules, startHastenedRules } from './hastened-rules.ts'

jest.setTimeout(240_000)

const webhookOf = ({ webhook }: BusyCluster) => z.looseObject({ version: z.string() }).parse(webhook)

let sandbox: Sandbox
let redis: RedisServer
let responder: ResponderProcess
let rules: HastenedRules

beforeAll(async () => {
  sandbox = await startSandbox()
  sandbox.faults.down('slack')
  redis = await startRedis()
  responder = await startResponder({
    sandboxUrl: sandbox.url,
    redisUrl: redis.url,
    policy: { windows: { sweep: '1s', probe: '1s' }, heartbeat: { trigger: 'timer', every: '1s' } },
    environment: { HEARTBEAT_URL: `${sandbox.url}/heartbeat/responder` },
  })
  rules = await startHastenedRules([responder])
})

afterAll(async () => {
  await rules?.stop()
  await responder?.stop()
  await redis?.stop()
  await sandbox?.close()
})

test('a responder that reads no Slack says which channel, and that Slack is left alone', async () => {
  await rules.expectFiring('KpResponderSlackStale')
  await rules.expectFiring('KpResponderHeartbeatMissing')
  await rules.expectFiring('KpResponderCircuitOpen', undefined, 'slack')
  sandbox.faults.up('slack')
  // A channel is read at the start, else only after the rest that an upstream which was away is given.
  await responder.restart()
})

test('one that is paused, and one that is not live, says so', async () => {
  await responder.mode({ paused: true })
  await rules.expectFiring('KpResponderPaused')
  await responder.mode({ paused: false, mode: 'shadow' })
  await rules.expectFiring('KpResponderNotLive')
  await responder.mode({ mode: 'live' })
})

test('a policy that is refused is told of, and the one before stays in force', async () => {
  await responder.writePolicy('snoze: {busy: 1h}')
  responder.signal('SIGHUP')
  await rules.expectFiring('KpResponderPolicyRefused')
  await responder.writePolicy('channels: {deployFailure: {id: C0ANOTHER1}}')
  responder.signal('SIGHUP')
  await rules.expectFiring('KpResponderPolicyNeedsRestart')
  await rules.expectQuiet('KpResponderPolicyRefused')
  await responder.writePolicy(responder.policyYaml)
  responder.signal('SIGHUP')
  await rules.expectQuiet('KpResponderPolicyNeedsRestart')
})

test('messages of another version are in quarantine, and strangers at the door are told of', async () => {
  const [cluster] = setBusyClusters(sandbox, 1, 50)
  if (!cluster) throw new Error('no cluster')
  await rules.expectFiring('KpResponderQuarantined', () =>
    responder.postWebhook({ ...webhookOf(cluster), version: '5' }),
  )
  const knock = () =>
    fetch(`${responder.url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  await rules.expectFiring('KpResponderAlertsRefused', () => Promise.all([knock(), knock(), knock(), knock()]))
})

test('a page that can not be given back is told of', async () => {
  const [cluster] = setBusyClusters(sandbox, 1)
  if (!cluster) throw new Error('no cluster')
  expect(await responder.postWebhook(webhookOf(cluster))).toBe(202)
  const snoozed = await waitUntil(
    'the case to be snoozed',
    async () => (await responder.cases()).find(({ state }) => state === 'snoozed'),
    { timeoutMs: 45_000 },
  )
  const refuse = { status: 400, body: { error: { message: 'Invalid', code: 2001 } } }
  const refusals = ['POST', 'PUT'].map((method) =>
    sandbox.faults.add({
      upstream: 'pagerduty',
      method,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', ...refuse },
    }),
  )
  await rules.expectQuiet('KpResponderHeartbeatMissing')
  await responder.act(snoozed.id, 'wake')
  await rules.expectFiring('KpResponderWakeFailed')
  await rules.expectFiring('KpResponderHeartbeatMissing')
  for (const refusal of refusals) refusal.remove()
  await rules.expectQuiet('KpResponderHeartbeatMissing')
})

test('without PagerDuty alerts wait, sweeps fail, and PagerDuty is named', async () => {
  const clusters = setBusyClusters(sandbox, 1, 2)
  sandbox.faults.down('pagerduty')
  for (const cluster of clusters) expect(await responder.postWebhook(webhookOf(cluster))).toBe(202)
  await rules.expectFiring('KpResponderOldestPending')
  await rules.expectFiring('KpResponderSweepFailing')
  await rules.expectFiring('KpResponderCircuitOpen', undefined, 'pagerduty')
  await rules.expectFiring('KpResponderSourceUnreachable', undefined, 'pagerduty')
})

test('a store that is gone is told of, and one that comes back empty freezes it', async () => {
  await redis.kill()
  await rules.expectFiring('KpResponderStoreUnavailable')
  await redis.restart()
  const client = new Redis(redis.url)
  await client.flushall()
  client.disconnect()
  await rules.expectFiring('KpResponderFrozen')
})

test('one that is dead is missed', async () => {
  await rules.expectFiring('KpResponderMemoryHigh')
  await responder.kill()
  await rules.expectFiring('KpResponderDown')
})

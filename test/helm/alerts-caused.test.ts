import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { CHART } from '../../scripts/helm-tools.ts'
import { type Prometheus, startPrometheus } from '../real/prometheus.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { type BusyCluster, setBusyClusters } from '../replicas/busy-clusters.ts'
import { type ResponderProcess, startResponder } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(240_000)

const alertsAnswer = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
})
const webhookOf = ({ webhook }: BusyCluster) => z.looseObject({ version: z.string() }).parse(webhook)

let sandbox: Sandbox
let redis: RedisServer
let responder: ResponderProcess
let prometheus: Prometheus

/** The chart's rules with the same conditions over seconds instead of minutes: nobody waits an hour for a test. */
function hastenedRules(): string {
  return (
    readFileSync(join(CHART, 'files/alert-rules.yaml'), 'utf8')
      .replaceAll(/for: \S+/g, 'for: 0s')
      .replaceAll(/\[\d+[mh]\]/g, '[6s]')
      .replaceAll('offset 1h', 'offset 6s')
      .replaceAll(
        'oldest_pending_seconds{job="kp-events-responder"}) > 300',
        'oldest_pending_seconds{job="kp-events-responder"}) > 2',
      )
      .replaceAll(
        'heartbeat_age_seconds{job="kp-events-responder"}) > 300',
        'heartbeat_age_seconds{job="kp-events-responder"}) > 10',
      )
      // Of the probes that an open circuit lets through, fewer fall into seconds than into minutes.
      .replaceAll(') > 2\n', ') > 0\n')
      .replaceAll('> 400 * 1024 * 1024', '> 1024')
      .replaceAll('job="kp-events-responder"', 'job="armada-kp-events"')
  )
}

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
  prometheus = await startPrometheus({
    alertmanagerUrls: [],
    scrapeTargets: [new URL(responder.url).host],
    rulesYaml: hastenedRules(),
  })
})

afterAll(async () => {
  await prometheus?.stop()
  await responder?.stop()
  await redis?.stop()
  await sandbox?.close()
})

async function firing(): Promise<{ alertname: string; upstream?: string }[]> {
  const answer = await fetch(`${prometheus.url}/api/v1/alerts`)
  const { data } = alertsAnswer.parse(await answer.json())
  return data.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ labels: { alertname = '', upstream } }) => ({ alertname, ...(upstream !== undefined && { upstream }) }))
}

/** Waits until the alert fires; the cause is repeated as long as it does not. */
async function expectFiring(
  alertname: string,
  cause: () => unknown = () => undefined,
  upstream?: string,
): Promise<void> {
  await waitUntil(
    `${alertname} to fire`,
    async () => {
      await cause()
      return (await firing()).some(
        (one) => one.alertname === alertname && (upstream === undefined || one.upstream === upstream),
      )
    },
    { timeoutMs: 90_000, everyMs: 500 },
  )
}

async function expectQuiet(alertname: string): Promise<void> {
  const isQuiet = async () => (await firing()).every((one) => one.alertname !== alertname)
  await waitUntil(`${alertname} to keep quiet`, isQuiet, { timeoutMs: 90_000, everyMs: 500 })
}

test('a responder that reads no Slack says which channel, and that Slack is left alone', async () => {
  await expectFiring('KpResponderSlackStale')
  await expectFiring('KpResponderHeartbeatMissing')
  await expectFiring('KpResponderCircuitOpen', undefined, 'slack')
  sandbox.faults.up('slack')
  // A channel is read at the start, else only after the rest that an upstream which was away is given.
  await responder.restart()
})

test('one that is paused, and one that is not live, says so', async () => {
  await responder.mode({ paused: true })
  await expectFiring('KpResponderPaused')
  await responder.mode({ paused: false, mode: 'shadow' })
  await expectFiring('KpResponderNotLive')
  await responder.mode({ mode: 'live' })
})

test('a policy that is refused is told of, and the one before stays in force', async () => {
  await responder.writePolicy('snoze: {busy: 1h}')
  responder.signal('SIGHUP')
  await expectFiring('KpResponderPolicyRefused')
  await responder.writePolicy('channels: {deployFailure: {id: C0ANOTHER1}}')
  responder.signal('SIGHUP')
  await expectFiring('KpResponderPolicyNeedsRestart')
  await expectQuiet('KpResponderPolicyRefused')
  await responder.writePolicy(responder.policyYaml)
  responder.signal('SIGHUP')
  await expectQuiet('KpResponderPolicyNeedsRestart')
})

test('messages of another version are in quarantine, and strangers at the door are told of', async () => {
  const [cluster] = setBusyClusters(sandbox, 1, 50)
  if (!cluster) throw new Error('no cluster')
  await expectFiring('KpResponderQuarantined', () => responder.postWebhook({ ...webhookOf(cluster), version: '5' }))
  const knock = () =>
    fetch(`${responder.url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
  await expectFiring('KpResponderAlertsRefused', () => Promise.all([knock(), knock(), knock(), knock()]))
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
  const rules = ['POST', 'PUT'].map((method) =>
    sandbox.faults.add({
      upstream: 'pagerduty',
      method,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: 'status', ...refuse },
    }),
  )
  await expectQuiet('KpResponderHeartbeatMissing')
  await responder.act(snoozed.id, 'wake')
  await expectFiring('KpResponderWakeFailed')
  await expectFiring('KpResponderHeartbeatMissing')
  for (const rule of rules) rule.remove()
  await expectQuiet('KpResponderHeartbeatMissing')
})

test('without PagerDuty alerts wait, sweeps fail, and PagerDuty is named', async () => {
  const clusters = setBusyClusters(sandbox, 1, 2)
  sandbox.faults.down('pagerduty')
  for (const cluster of clusters) expect(await responder.postWebhook(webhookOf(cluster))).toBe(202)
  await expectFiring('KpResponderOldestPending')
  await expectFiring('KpResponderSweepFailing')
  await expectFiring('KpResponderCircuitOpen', undefined, 'pagerduty')
  await expectFiring('KpResponderSourceUnreachable', undefined, 'pagerduty')
})

test('a store that is gone is told of, and one that comes back empty freezes it', async () => {
  await redis.kill()
  await expectFiring('KpResponderStoreUnavailable')
  await redis.restart()
  const client = new Redis(redis.url)
  await client.flushall()
  client.disconnect()
  await expectFiring('KpResponderFrozen')
})

test('one that is dead is missed', async () => {
  await expectFiring('KpResponderMemoryHigh')
  await responder.kill()
  await expectFiring('KpResponderDown')
})

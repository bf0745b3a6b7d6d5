import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { stringify } from 'yaml'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { type App, createApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { StoreUnavailableError } from '../src/errors.ts'
import { HEARTBEAT_GROUP_KEY } from '../src/model/heartbeat-update.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { createLogger } from '../src/telemetry/log.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { aCase } from './support/builders.ts'
import { waitUntil } from './support/wait-until.ts'

jest.setTimeout(150_000)

const TOKEN = 'webhook-token-0123456789'
const OPERATOR = 'operator-token-0123456789'

let directory: string
let sandbox: Sandbox
let store: Store
let app: App
let aheadMs: number
/** What the app's store does otherwise than the real one. */
let broken: Partial<Store>

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kp-heartbeat-'))
  sandbox = await startSandbox()
  aheadMs = 0
  broken = {}
})

afterEach(async () => {
  await app?.stop()
  await sandbox.close()
  await rm(directory, { recursive: true, force: true })
})

/** A responder in this process that is to ping the sandbox; ready once its channels are read. */
async function start(heartbeat: object = {}, environment: Record<string, string> = {}): Promise<void> {
  const POLICY_FILE = join(directory, 'policy.yaml')
  await writeFile(POLICY_FILE, stringify({ channels: { deployFailure: { maxSilence: 0 } }, heartbeat }))
  const config = readConfig({
    POLICY_FILE,
    ALERTMANAGER_WEBHOOK_TOKENS: TOKEN,
    OPERATOR_TOKENS: `ann:${OPERATOR}`,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    HEARTBEAT_URL: `${sandbox.url}/heartbeat/one`,
    ...environment,
  })
  const now = () => Date.now() + aheadMs
  store = await openSqliteStore(join(directory, 'store'), now())
  const opened: Store = {
    ...store,
    accept: (...given) => (broken.accept ?? store.accept)(...given),
    pending: (...given) => (broken.pending ?? store.pending)(...given),
    countCases: (...given) => (broken.countCases ?? store.countCases)(...given),
  }
  app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics(), now, store: opened })
  await app.server.ready()
  await app.start()
  if (config.slack)
    await waitUntil('the channels to be read', async () => (await channelAges()).filter(Number.isFinite).length === 3)
}

async function channelAges(): Promise<number[]> {
  const lines = (await app.server.inject('/metrics')).body.match(/^kp_responder_slack_watermark_age_seconds.*$/gm) ?? []
  return lines.map((line) => Number(line.split(' ').at(-1)))
}

async function postWatchdog(change: { status?: string; alertname?: string } = {}): Promise<number> {
  const labels = { alertname: change.alertname ?? 'Watchdog', severity: 'none' }
  const alert = {
    status: change.status ?? 'firing',
    labels,
    startsAt: '2026-11-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
  }
  const answer = await app.server.inject({
    method: 'POST',
    url: '/webhooks/alertmanager',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    payload: { version: '4', groupKey: '{}:{alertname="Watchdog"}', alerts: [{ ...alert, fingerprint: 'ab12' }] },
  })
  return answer.statusCode
}

async function metric(line: string): Promise<number> {
  const { body } = await app.server.inject('/metrics')
  const found = body.split('\n').find((candidate) => candidate.startsWith(`kp_responder_${line} `))
  return Number(found?.split(' ').at(-1)?.replace('+Inf', 'Infinity') ?? 0)
}

async function awaitOutcome(outcome: string, count = 1): Promise<void> {
  await waitUntil(
    `a synthetic case that ends with ${outcome}`,
    async () => (await metric(`heartbeats_total{outcome="${outcome}"}`)) >= count,
  )
}

/** Nothing of a synthetic case waits, none is lost count of, and nobody sees it as a case. */
async function expectNoTrace(): Promise<void> {
  const { accepted, done, pending, quarantined } = await store.books()
  expect({ pending, quarantined, lost: accepted - done }).toEqual({ pending: 0, quarantined: 0, lost: 0 })
  expect(await store.latestCase(HEARTBEAT_GROUP_KEY)).toBeNull()
  const { body } = await app.server.inject({ url: '/api/cases', headers: { authorization: `Bearer ${OPERATOR}` } })
  expect(JSON.parse(body)).toMatchObject({ cases: [] })
  expect(sandbox.ledger.entries().filter(({ upstream }) => upstream !== 'heartbeat')).toEqual([])
}

test('each Watchdog is a ping, and leaves nothing behind', async () => {
  await start()
  const before = (await store.auditHead())?.seq
  expect(await metric('heartbeat_age_seconds')).toBe(Number.POSITIVE_INFINITY)
  expect(await postWatchdog()).toBe(202)
  await awaitOutcome('pinged')
  expect(await postWatchdog()).toBe(202)
  await awaitOutcome('pinged', 2)
  expect(sandbox.heartbeat.pings).toHaveLength(2)
  expect(await metric('heartbeat_age_seconds')).toBeLessThan(60)
  expect(await store.books()).toMatchObject({ accepted: 2, done: 2 })
  expect(await store.arrivals(0)).toEqual([])
  expect((await store.auditHead())?.seq).toBe(before)
  await expectNoTrace()
})

test('only a firing alert of that name asks for one', async () => {
  await start()
  expect(await postWatchdog({ status: 'resolved' })).toBe(202)
  expect(await postWatchdog({ alertname: 'Watchcat' })).toBe(202)
  expect(await store.books()).toMatchObject({ accepted: 2, done: 2 })
  expect(await postWatchdog()).toBe(202)
  await awaitOutcome('pinged')
  expect(sandbox.heartbeat.pings).toHaveLength(1)
})

test('without an address a Watchdog is an alert like any other that is not ours', async () => {
  await start({}, { HEARTBEAT_URL: '' })
  expect(await postWatchdog()).toBe(202)
  expect(await store.books()).toMatchObject({ accepted: 1, done: 1, pending: 0 })
  expect(await store.pending(HEARTBEAT_GROUP_KEY)).toEqual([])
})

test('without Slack it proves what there is', async () => {
  await start({}, { SLACK_BOT_TOKEN: '' })
  await postWatchdog()
  await awaitOutcome('pinged')
})

describe('nobody is pinged', () => {
  test('while the evidence is stuck, and again once it flows', async () => {
    await start()
    sandbox.faults.down('slack')
    aheadMs = 120_000
    await postWatchdog()
    await awaitOutcome('evidence')
    expect(sandbox.heartbeat.pings).toEqual([])
    await expectNoTrace()
    aheadMs = 0
    sandbox.faults.up('slack')
    await postWatchdog()
    await awaitOutcome('pinged')
  })

  test('while the store takes nothing in', async () => {
    await start()
    broken = { accept: () => Promise.reject(new StoreUnavailableError('disk full')) }
    expect(await postWatchdog()).toBe(503)
    broken = {}
    expect(await postWatchdog()).toBe(202)
    await awaitOutcome('pinged')
    expect(sandbox.heartbeat.pings).toHaveLength(1)
  })

  test('when the look came too late', async () => {
    await start({ within: '10s' })
    broken = {
      pending(groupKey) {
        aheadMs = 11_000
        return store.pending(groupKey)
      },
    }
    await postWatchdog()
    await awaitOutcome('late')
    expect(sandbox.heartbeat.pings).toEqual([])
    await expectNoTrace()
  })

  test('when a step fails, and no case is set aside for it', async () => {
    await start()
    broken = { countCases: () => Promise.reject(new TypeError('a defect')) }
    await postWatchdog()
    await awaitOutcome('failed')
    expect(sandbox.heartbeat.pings).toEqual([])
    await expectNoTrace()
  })

  test('while a page is silent that should ring', async () => {
    await start()
    const subject = await store.saveCase(aCase({ state: 'snoozed' }), { mergedUpTo: null, isSettled: true })
    const wake = { key: 'wake/Q1/1', caseId: subject.id, action: 'wake' as const, target: 'Q1', parameters: {} }
    await store.intend(wake, Date.now())
    await postWatchdog()
    await awaitOutcome('wake-owed')
    expect(sandbox.heartbeat.pings).toEqual([])
    const receipt = {
      action: 'wake' as const,
      result: 'updated' as const,
      why: null,
      link: null,
      at: new Date().toISOString(),
    }
    await store.conclude(wake.key, 'done', receipt, Date.now())
    await postWatchdog()
    await awaitOutcome('pinged')
  })

  test('though a wake was owed to a case that is over', async () => {
    await start()
    const over = aCase({ state: 'resolved', resolvedAtMs: Date.now() })
    const { id } = await store.saveCase(over, { mergedUpTo: null, isSettled: true })
    await store.intend({ key: 'wake/Q1/1', caseId: id, action: 'wake', target: 'Q1', parameters: {} }, Date.now())
    await postWatchdog()
    await awaitOutcome('pinged')
  })

  test('twice for one proof: what was not taken is not sent again', async () => {
    await start()
    sandbox.faults.add({ upstream: 'heartbeat', fault: { kind: 'status', status: 500 } })
    await postWatchdog()
    await awaitOutcome('not-taken')
    expect(sandbox.requests.of('heartbeat')).toHaveLength(1)
    expect(await metric('heartbeat_age_seconds')).toBe(Number.POSITIVE_INFINITY)
    await postWatchdog()
    await awaitOutcome('pinged')
    expect(sandbox.requests.of('heartbeat')).toHaveLength(2)
  })
})

test('a timer asks for synthetic cases where the policy wants it, through the same door', async () => {
  await start({ trigger: 'timer', every: '1s' })
  await awaitOutcome('pinged', 2)
  expect((await store.books()).accepted).toBeGreaterThanOrEqual(2)
})

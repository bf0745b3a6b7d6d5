import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { z } from 'zod'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { type App, createApp } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { parsePolicy } from '../src/config/policy.ts'
import { replay } from '../src/explain.ts'
import { CaseView } from '../src/handlers/api/case-schema.ts'
import { dedupKeyOf } from '../src/model/identity.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import { createLogger } from '../src/telemetry/log.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { groupKeyOf, sayBusy, toWebhook } from './calls/scene.ts'
import { syntheticClusterId, syntheticCrn } from './real/kp-events-alert.ts'
import { KP_EVENTS_BOT } from './support/responder-process.ts'
import { waitUntil } from './support/wait-until.ts'

const WEBHOOK_TOKEN = 'webhook-token-0123456789'
const OPERATOR_TOKEN = 'operator-token-0123456789'
/** Clusters by number: of one the channel says that it is busy, of the others nothing. */
const BUSY = 1
const QUIET = 2
const OTHER = 3
const ReadyAnswer = z.object({ checks: z.record(z.string(), z.string()) })
const POLICY = stringify({
  channels: {
    kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
    deployFailure: { authors: ['B0DEPLOYER'], maxSilence: 0 },
  },
  windows: { waitForErrorText: '500ms', sweep: '1h' },
})

let sandbox: Sandbox
let directory: string
let app: App
let url: string
let isStopped: boolean

beforeEach(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'kp-further-'))
  const policyFile = join(directory, 'policy.yaml')
  await writeFile(policyFile, POLICY)
  const config = readConfig({
    DATA_DIR: join(directory, 'store'),
    POLICY_FILE: policyFile,
    RESPONDER_MODE: 'live',
    PUBLIC_URL: 'https://responder.example.com',
    ALERTMANAGER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
    OPERATOR_TOKENS: `ann:${OPERATOR_TOKEN}`,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: 'responder@example.com',
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    PROMETHEUS_URL: `${sandbox.url}/prometheus/carrier105/prometheus`,
    LOGS_KIND: 'logdna',
    LOGS_API_URL: `${sandbox.url}/logs`,
    LOGS_KEY: sandbox.logs.serviceKey,
  })
  app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics() })
  url = await app.server.listen({ host: '127.0.0.1', port: 0 })
  isStopped = false
  sayBusy(sandbox, BUSY)
  await app.start()
  await waitUntil('the channels to be read', async () => {
    const { checks } = ReadyAnswer.parse(await (await fetch(`${url}/readyz`)).json())
    return checks.slack?.split(', ').every((channel) => channel.endsWith(' ok'))
  })
})

afterEach(async () => {
  sandbox.faults.clear()
  await stop()
  await sandbox.close()
  await rm(directory, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  if (!isStopped) await app.stop()
  isStopped = true
}

function post(path: string, token: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function explain(number: number): Promise<string> {
  return (await post('/api/explain', OPERATOR_TOKEN, toWebhook(number, new Date().toISOString()))).text()
}

/** Lets the cluster fail; resolves with the note on its incident. */
async function fail(number: number, labels: object = {}): Promise<string> {
  sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(number)) })
  const body = toWebhook(number, new Date().toISOString())
  const alerts = body.alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, ...labels } }))
  await post('/webhooks/alertmanager', WEBHOOK_TOKEN, { ...body, alerts })
  const note = await waitUntil('the note', () => sandbox.ledger.of('note')[0])
  return String(note.detail.content)
}

async function shownCase(): Promise<CaseView> {
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` }
  const stored = await waitUntil('the stored outcome', async () => {
    const { cases } = (await (await fetch(`${url}/api/cases`, { headers })).json()) as { cases: unknown[] }
    const view = CaseView.parse(cases[0])
    return view.receipts.some(({ action }) => action === 'note') && view
  })
  return stored
}

function effects(): string[] {
  return sandbox.ledger
    .entries()
    .filter(({ actor, upstream }) => actor === 'responder' && upstream === 'pagerduty')
    .map(({ effect }) => effect)
}

function sayInLogs(text: string): void {
  sandbox.logs.write({ app: 'armada-kp-events', level: 'error', text })
}

describe('the sources beside the evidence', () => {
  test('are told in the note, in the API and on the case page, and change no action', async () => {
    sandbox.prometheus.addFailures(syntheticCrn(BUSY), 1, 600_000)
    sandbox.prometheus.addFailures(syntheticCrn(BUSY), 2)
    sandbox.prometheus.addFailures(syntheticCrn(OTHER), 1)
    sayInLogs(`cluster ${syntheticClusterId(BUSY)}: sync refused, password=correct-horse-battery`)
    const note = await fail(BUSY)
    expect(effects()).toEqual(['acknowledge', 'snooze', 'note'])
    expect(note).toContain('Prometheus: this cluster fails now (2 failures in 5 min), 1 other cluster does')
    expect(note).toContain(`logs: 1 line for this cluster since`)
    expect(note).toContain(`armada-kp-events: cluster ${syntheticClusterId(BUSY)}: sync refused, password=[masked]"`)
    expect(note).toContain(`Also failing in the same region or account: ${syntheticClusterId(OTHER)}`)
    expect(note).toContain('Not checked: etcd')
    expect(note).not.toMatch(/Not checked:.*(?:logs|Prometheus)/)

    const view = await shownCase()
    const [alert] = view.alerts
    expect(alert?.findings.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual([
      'logs found',
      'prometheus found',
    ])
    expect(alert?.verdict?.evidence.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual(
      expect.arrayContaining(['kp-events-alerts found', 'logs found', 'prometheus found']),
    )
    expect(view.plan.actions.find(({ action }) => action === 'note')?.content).toBe(note)
    expect(JSON.stringify(view)).not.toContain('correct-horse')

    const page = await (
      await fetch(`${url}/cases/${view.id}`, { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } })
    ).text()
    expect(page).toContain('this cluster fails now')
    expect(page).toContain('class="sparkline"')
    // Once a case, however often it is looked at.
    await post(`/api/cases/${view.id}/recheck`, OPERATOR_TOKEN, { reason: 'again' })
    await waitUntil('the next look', async () => (await shownCase()).updatedAt !== view.updatedAt)
    expect(sandbox.requests.of('logs')).toHaveLength(1)
  })

  test('that hang delay neither acknowledgement nor snooze, and the note says that they were not checked', async () => {
    sandbox.faults.add({ upstream: 'logs', times: 9, fault: { kind: 'hang', when: 'before-commit' } })
    sandbox.faults.down('prometheus')
    const noting = fail(BUSY)
    await waitUntil('the snooze', () => sandbox.ledger.of('snooze').length === 1)
    expect(effects()).toEqual(['acknowledge', 'snooze'])
    const note = await noting
    expect(note).toMatch(
      /Not checked: logs \(.+\); Prometheus \(.+\); etcd, Key Protect, IAM, Kubernetes \(not configured\)/,
    )
    expect((await shownCase()).state).toBe('snoozed')
  })

  test('give an explanation what they say, at once', async () => {
    sandbox.prometheus.addFailures(syntheticCrn(QUIET), 2)
    const view = await waitUntil('the channels to be read', async () => {
      const explained = CaseView.parse(JSON.parse(await explain(QUIET)))
      return explained.alerts[0]?.verdict?.reason === 'no-error-text' && explained
    })
    expect(view.alerts[0]?.findings.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual([
      'logs weak',
      'prometheus found',
    ])
  })

  test('list what fails now where the alert does not tell its cluster', async () => {
    sandbox.prometheus.addFailures(syntheticCrn(OTHER), 1)
    const note = await fail(QUIET, { CRN: 'crn:v1:damaged' })
    expect(note).toContain('cluster-unidentified')
    expect(note).toContain('Prometheus: 1 cluster fails now; this alert may be about it')
    expect(note).toContain(`- ${syntheticClusterId(OTHER)}, account`)
  })

  test('leave each verdict as it replays from its stored evidence', async () => {
    sandbox.prometheus.addFailures(syntheticCrn(QUIET), 2)
    sayInLogs(
      `cluster ${syntheticClusterId(QUIET)}: error completing request, the cluster is busy with another KMS action`,
    )
    await fail(QUIET)
    const { id } = await shownCase()
    await stop()
    const store = await openSqliteStore(join(directory, 'store'), Date.now())
    const subject = await store.caseById(id)
    await store.close()
    expect(subject?.alerts[0]?.findings?.entries).toHaveLength(2)
    const parsed = parsePolicy(POLICY)
    expect(subject && 'policy' in parsed && replay(subject, parsed.policy)).toMatchObject({
      isSame: true,
      alerts: [{ stored: 'no-error-text' }],
    })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { IncidentRecord } from '../../sandbox/pagerduty/incident.ts'
import { connectWebhooks, type WebhookSubscription } from '../../sandbox/pagerduty/webhooks.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { kpEventsAlertLabels, syntheticClusterId, syntheticCrn } from '../real/kp-events-alert.ts'
import { KP_EVENTS_BOT } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'

const WEBHOOK_TOKEN = 'webhook-token-0123456789'
const OPERATOR = 'operator-token-0123456789'
const SECRET = 'pagerduty-webhook-secret'
/** A number of no group: what the channels are asked with until they are read. */
const PROBE = 0

/** A live responder in this process, and busy clusters by number, each with an alert group of its own. */
export interface CallsScene {
  sandbox: Sandbox
  /** PagerDuty has an incident for each of the groups. */
  page: (numbers: readonly number[]) => void
  /** Alertmanager tells us of the groups, all at once. */
  fire: (numbers: readonly number[]) => Promise<void>
  incidentOf: (number: number) => Readonly<IncidentRecord>
  /** Resolves when so many cases have their note. */
  awaitNotes: (count: number) => Promise<void>
  /** PagerDuty's requests, counted by what they are; polls of the sweep are left out. */
  calls: () => Record<string, number>
  /** Requests to PagerDuty so far, without the sweep's. */
  total: () => number
  stop: () => Promise<void>
}

/** A scene of so many busy clusters; its responder has read the channels, so that a verdict waits for nothing. */
export async function setCallsScene({
  clusters,
  hasWebhooks = false,
  latencyMs = 0,
}: {
  clusters: number
  hasWebhooks?: boolean
  latencyMs?: number
}): Promise<CallsScene> {
  const sandbox = await startSandbox({ latencyMs })
  const directory = await mkdtemp(join(tmpdir(), 'kp-calls-'))
  for (let number = 0; number <= clusters; number += 1) sayBusy(sandbox, number)
  const policyFile = join(directory, 'policy.yaml')
  await writeFile(policyFile, stringify(POLICY))
  const config = readConfig({
    DATA_DIR: join(directory, 'store'),
    POLICY_FILE: policyFile,
    RESPONDER_MODE: 'live',
    ALERTMANAGER_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
    OPERATOR_TOKENS: `ann:${OPERATOR}`,
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: 'responder@example.com',
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    SLACK_SIGNING_SECRET: 'sandbox-signing-secret',
    ...(hasWebhooks ? { PAGERDUTY_WEBHOOK_SECRETS: SECRET } : {}),
  })
  const app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics() })
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 })
  const webhooks: WebhookSubscription | null = hasWebhooks
    ? connectWebhooks(sandbox.pagerduty, { url: `${url}/webhooks/pagerduty`, secrets: [SECRET] })
    : null
  await app.start()
  const startsAt = new Date().toISOString()

  async function post(path: string, token: string, number: number): Promise<Response> {
    return fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(toWebhook(number, startsAt)),
    })
  }
  await waitUntil('the channels to be read', async () => {
    return (await (await post('/api/explain', OPERATOR, PROBE)).text()).includes('"reason":"busy"')
  })
  // What the start and the probe asked is no case's.
  sandbox.requests.reset()

  const requests = () =>
    sandbox.requests.of('pagerduty').filter(({ path, query }) => !isOfSweep(path, query) || path === '/log_entries')
  return {
    sandbox,
    page(numbers) {
      for (const number of numbers) sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(number)) })
    },
    async fire(numbers) {
      const statuses = await Promise.all(numbers.map((number) => post('/webhooks/alertmanager', WEBHOOK_TOKEN, number)))
      const refused = statuses.filter(({ status }) => status !== 202).length
      if (refused > 0) throw new Error(`${refused} webhooks were not accepted`)
    },
    incidentOf(number) {
      const incident = sandbox.pagerduty.byKey(dedupKeyOf(groupKeyOf(number)))
      if (!incident) throw new Error('there is no incident')
      return incident
    },
    async awaitNotes(count) {
      const isThere = () => sandbox.ledger.of('note').length >= count
      await waitUntil(`${count} notes`, isThere, { timeoutMs: 120_000 })
    },
    calls() {
      const counts: Record<string, number> = {}
      for (const { method, path, query } of requests()) {
        const what = `${method} ${path.replace(/^\/incidents\/[^/]+/, '/incidents/ID')}${query.incident_key ? ' by key' : ''}`
        counts[what] = (counts[what] ?? 0) + 1
      }
      return counts
    },
    total: () => requests().length,
    async stop() {
      await webhooks?.close()
      await app.stop()
      await rm(directory, { recursive: true, force: true })
      await sandbox.close()
    },
  }
}

/** So many clusters at once are no storm, and no hour's budget ends. */
const POLICY = {
  channels: {
    kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
    deployFailure: { authors: ['B0DEPLOYER'], maxSilence: 0 },
  },
  windows: { probe: '1s', sweep: '1h' },
  budgets: { snoozesPerHour: 1_000_000 },
  storm: { clusters: 1_000_000, perRegion: 1_000_000 },
}

/** The sweep lists the open incidents without asking for what triggered them. */
function isOfSweep(path: string, query: Record<string, string[]>): boolean {
  return (
    path === '/incidents' &&
    query['statuses[]'] !== undefined &&
    !query.incident_key &&
    !query['include[]']?.includes('first_trigger_log_entries')
  )
}

/** The key of the group of that number. */
export function groupKeyOf(number: number): string {
  return `{}:{alertname="ArmadaKPEventsProcessingErrors", CRN="${syntheticCrn(number)}"}`
}

/** The bot says in Slack that the cluster of that number is busy. */
export function sayBusy(sandbox: Sandbox, number: number): void {
  sandbox.slack.post({
    channel: SLACK_CHANNELS.kpEventsAlerts.id,
    author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
    shape: 'alertmanager',
    text: `cluster ${syntheticClusterId(number)}: error completing request, the cluster is busy with another KMS action`,
  })
}

/** Alertmanager's webhook body for the group of that number. */
export function toWebhook(number: number, startsAt: string) {
  const labels = kpEventsAlertLabels(syntheticCrn(number))
  return {
    version: '4',
    groupKey: groupKeyOf(number),
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'kp-events',
    groupLabels: { alertname: labels.alertname, CRN: labels.CRN },
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
    alerts: [
      {
        status: 'firing',
        labels,
        annotations: {},
        startsAt,
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus.example.com/graph',
        fingerprint: number.toString(16).padStart(16, '0'),
      },
    ],
  }
}

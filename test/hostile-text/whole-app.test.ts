import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { stringify } from 'yaml'
import { z } from 'zod'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
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
import { PLANTED_SECRETS } from './secrets.ts'

jest.setTimeout(150_000)

const OPERATOR = { authorization: 'Bearer operator-token-0123456789', 'content-type': 'application/json' }
const ALERTMANAGER = { authorization: 'Bearer webhook-token-0123456789', 'content-type': 'application/json' }
const DEPLOYER = 'B0DEPLOYER'
/** Secrets of one alert group: an incident's title holds no more. */
const GROUP_SIZE = 6
/** Those that fit into every place. */
const SHORT = PLANTED_SECRETS.filter(({ text }) => text.length < 1_000)
const GROUPS = Array.from({ length: Math.ceil(SHORT.length / GROUP_SIZE) }, (_, group) =>
  SHORT.slice(group * GROUP_SIZE, (group + 1) * GROUP_SIZE),
)
const CaseList = z.object({ cases: z.array(z.object({ id: z.string(), dedupKey: z.string(), state: z.string() })) })

let sandbox: Sandbox
let directory: string
/** Everything that the responder wrote or showed, by where. */
const told = new Map<string, string>()

/** The secrets of a group, each in a line of its own. */
function words(group: number): string {
  return (GROUPS[group] ?? []).map(({ text }) => `failed: ${text}`).join('\n')
}

function post(group: number): void {
  const id = syntheticClusterId(group)
  const author = { botId: KP_EVENTS_BOT, username: words(group).slice(0, 80) }
  const deployer = { botId: DEPLOYER, username: 'deploy' }
  const { kpEventsAlerts, deployFailure, deployAlerts } = SLACK_CHANNELS
  sandbox.slack.post({
    channel: kpEventsAlerts.id,
    author,
    shape: 'alertmanager',
    text: `cluster ${id}: ${words(group)}`,
  })
  sandbox.slack.post({ channel: kpEventsAlerts.id, author, shape: 'text', text: `${id}\n${words(group)}` })
  sandbox.slack.postRaw(kpEventsAlerts.id, { text: `Error finding ETCD info ${id}`, bot_id: KP_EVENTS_BOT })
  sandbox.slack.post({
    channel: deployFailure.id,
    author: deployer,
    shape: 'text',
    text: `update of ${id}: ${words(group)}`,
  })
  sandbox.slack.post({
    channel: deployAlerts.id,
    author: deployer,
    shape: 'text',
    text: `${id} deleted\n${words(group)}`,
  })
}

function webhook(group: number) {
  const text = words(group)
  const labels = {
    ...kpEventsAlertLabels(syntheticCrn(group)),
    carrier_name: text,
    password: GROUPS[group]?.[0]?.canary,
  }
  const alert = {
    status: 'firing',
    labels,
    annotations: { description: text, summary: `x ${text}` },
    startsAt: new Date().toISOString(),
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: `http://prometheus.example/graph?${text}`,
    fingerprint: `000000000000000${group}`,
  }
  const common = { groupLabels: { carrier_name: text }, commonLabels: labels, receiver: text }
  return { version: '4', ...common, groupKey: groupKey(group), externalURL: `http://${text}`, alerts: [alert] }
}

/** Alertmanager's own key quotes the labels that a group is made by. */
function groupKey(group: number): string {
  return `{}:{carrier_name=${JSON.stringify(words(group))}, n="${group}"}`
}

beforeAll(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'kp-hostile-'))
  const policyFile = join(directory, 'policy.yaml')
  const silent = { authors: [DEPLOYER], maxSilence: 0 }
  const policy = {
    channels: { kpEventsAlerts: { authors: [KP_EVENTS_BOT] }, deployFailure: silent, deployAlerts: silent },
    windows: { sweep: '2s', probe: '1s', waitForErrorText: '1s', evidenceRetry: '1s' },
    storm: { clusters: 1_000, perRegion: 1_000 },
  }
  await writeFile(policyFile, stringify(policy))
  const lines: string[] = []
  const config = readConfig({
    DATA_DIR: join(directory, 'store'),
    POLICY_FILE: policyFile,
    PUBLIC_URL: 'http://127.0.0.1',
    RESPONDER_MODE: 'live',
    ALERTMANAGER_WEBHOOK_TOKENS: 'webhook-token-0123456789',
    OPERATOR_TOKENS: 'ann:operator-token-0123456789',
    PAGERDUTY_API_URL: `${sandbox.url}/pagerduty`,
    PAGERDUTY_API_TOKEN: sandbox.pagerduty.settings.token,
    PAGERDUTY_FROM: sandbox.pagerduty.users.responder.email,
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-sandbox-token',
    SLACK_SIGNING_SECRET: 'sandbox-signing-secret',
    GITHUB_API_URL: `${sandbox.url}/github/api/v3`,
    GITHUB_REPOSITORY: DEFAULT_REPOSITORY,
    GITHUB_TOKEN: 'sandbox-github-token',
  })
  const logger = createLogger('debug', { write: (line) => void lines.push(line) })
  // Names that somebody gave in PagerDuty; this file has the sandbox's account to itself.
  Object.assign(sandbox.pagerduty.policies.own, { name: words(0) })
  Object.assign(sandbox.pagerduty.users.ada, { name: words(1) })
  const app = await createApp(config, { logger, metrics: createMetrics() })
  try {
    await app.server.ready()
    for (const group of GROUPS.keys()) {
      post(group)
      sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKey(group)), summary: words(group), details: words(group) })
    }
    await app.start()
    for (const group of GROUPS.keys()) {
      const payload = webhook(group)
      const accepted = await app.server.inject({
        method: 'POST',
        url: '/webhooks/alertmanager',
        headers: ALERTMANAGER,
        payload,
      })
      expect(accepted.statusCode).toBe(202)
    }
    // Another version of the message is set aside as it came.
    const payload = { ...webhook(0), version: '5', groupKey: words(0) }
    await app.server.inject({ method: 'POST', url: '/webhooks/alertmanager', headers: ALERTMANAGER, payload })

    const list = async () =>
      CaseList.parse((await app.server.inject({ url: '/api/cases', headers: OPERATOR })).json()).cases
    const cases = await waitUntil('every case to be handed over', async () => {
      const all = await list()
      told.set('cases', JSON.stringify(all))
      return all.length === GROUPS.length && all.every(({ state }) => state === 'handed-over') && all
    })
    for (const [at, { id, dedupKey }] of cases.entries()) {
      const group = [...GROUPS.keys()].find((key) => dedupKeyOf(groupKey(key)) === dedupKey) ?? 0
      expect(dedupKeyOf(groupKey(group))).toBe(dedupKey)
      for (const { text } of GROUPS[group] ?? []) {
        const act = ['wake', 'recheck', 'hand-over', 'snooze'][at % 4]
        const url = `/api/cases/${id}/${act}`
        const done = await app.server.inject({
          method: 'POST',
          url,
          headers: OPERATOR,
          payload: { reason: text.slice(0, 500) },
        })
        expect([200, 409]).toContain(done.statusCode)
      }
    }
    const noted = () => cases.every(({ dedupKey }) => (sandbox.pagerduty.byKey(dedupKey)?.notes.length ?? 0) > 0)
    await waitUntil('every note', noted)
    await waitUntil('every message', () => sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id).length >= cases.length)
    for (const { id } of cases)
      for (const url of [`/cases/${id}`, `/api/cases/${id}`])
        told.set(url, (await app.server.inject({ url, headers: OPERATOR })).body)
    told.set('/', (await app.server.inject({ url: '/', headers: OPERATOR })).body)
    told.set('notes', JSON.stringify(cases.map(({ dedupKey }) => sandbox.pagerduty.byKey(dedupKey)?.notes)))
    told.set('slack', JSON.stringify(sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)))
  } finally {
    await app.stop()
  }
  told.set('log', lines.join(''))
  for (const file of await readdir(directory, { recursive: true, withFileTypes: true }))
    if (file.isFile()) told.set(file.name, (await readFile(join(file.parentPath, file.name))).toString('latin1'))
})

afterAll(async () => {
  await sandbox?.close()
  if (directory) await rm(directory, { recursive: true, force: true })
})

describe('after a run with secrets in every place that people write', () => {
  test('each place held them and each sink was written', () => {
    expect(told.get('notes')).toContain('[masked]')
    expect(told.get('slack')).toContain('[masked]')
    expect([...told.values()].join('\n')).toContain('recheck: ')
    const stored = [...told]
      .filter(([name]) => /\.(?:db|sqlite)/.test(name))
      .map(([, bytes]) => bytes)
      .join('')
    for (const word of ['[masked]', 'deleted', 'fingerprint', 'quarantine']) expect(stored).toContain(word)
  })

  test.each(SHORT.map(({ name, canary }) => [name, canary] as const))('%s is nowhere', (_name, canary) => {
    expect([...told].flatMap(([where, text]) => (text.includes(canary) ? [where] : []))).toEqual([])
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { AlertmanagerSandbox } from '../../../sandbox/alertmanager/alertmanager.ts'
import { connectWebhooks, type WebhookSubscription } from '../../../sandbox/pagerduty/webhooks.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../../sandbox/slack/slack.ts'
import { createApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { KP_EVENTS_BOT, type ShownCase } from '../../support/responder-process.ts'
import { waitUntil } from '../../support/wait-until.ts'

export const SECRET = 'pagerduty-webhook-secret'
const OPERATOR = 'operator-token-0123456789'
const WEBHOOK_TOKEN = 'webhook-token-0123456789'

/** A live responder in this process, with PagerDuty's webhooks connected to it. */
export interface IngressScene {
  sandbox: Sandbox
  webhooks: WebhookSubscription | null
  url: string
  postAlertmanager: (body: unknown) => Promise<number>
  cases: () => Promise<ShownCase[]>
  /** The newest case, once `isThere` accepts it. */
  awaitCase: (what: string, isThere: (shown: ShownCase) => boolean) => Promise<ShownCase>
  metric: (name: string) => Promise<number>
  slackText: () => string
  sayBusy: (clusterId: string) => void
  stop: () => Promise<void>
}

export async function setIngressScene({
  hasWebhooks = true,
  sweep = '2s',
  alertmanager = null,
  sandbox: given = null,
  environment = {},
}: {
  hasWebhooks?: boolean
  sweep?: string
  alertmanager?: AlertmanagerSandbox | null
  sandbox?: Sandbox | null
  environment?: Record<string, string>
} = {}): Promise<IngressScene> {
  const sandbox = given ?? (await startSandbox())
  const directory = await mkdtemp(join(tmpdir(), 'kp-ingress-'))
  const policyFile = join(directory, 'policy.yaml')
  await writeFile(
    policyFile,
    stringify({
      channels: {
        kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
        deployFailure: { authors: ['B0DEPLOYER'], maxSilence: 0 },
      },
      windows: { sweep, probe: '1s', waitForErrorText: '3s' },
    }),
  )
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
    ...(alertmanager ? { ALERTMANAGER_URL: alertmanager.url } : {}),
    ...environment,
  })
  const app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics() })
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 })
  const webhooks = hasWebhooks
    ? connectWebhooks(sandbox.pagerduty, { url: `${url}/webhooks/pagerduty`, secrets: [SECRET] })
    : null
  await app.start()

  async function cases(): Promise<ShownCase[]> {
    const response = await fetch(`${url}/api/cases`, { headers: { authorization: `Bearer ${OPERATOR}` } })
    const { cases: shown } = (await response.json()) as { cases: ShownCase[] }
    return shown
  }
  return {
    sandbox,
    webhooks,
    url,
    async postAlertmanager(body) {
      const response = await fetch(`${url}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return response.status
    },
    cases,
    async awaitCase(what, isThere) {
      let last: unknown = null
      try {
        return await waitUntil(what, async () => {
          const [shown] = await cases()
          last = shown
          return shown && isThere(shown) ? shown : null
        })
      } catch (error) {
        throw new Error(`waited in vain for ${what}; the case was ${JSON.stringify(last, null, 1)}`, { cause: error })
      }
    },
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text()
      const line = text.split('\n').find((candidate) => candidate.startsWith(`kp_responder_${name} `))
      return Number(line?.split(' ').at(-1) ?? Number.NaN)
    },
    slackText: () =>
      sandbox.slack
        .ownMessages(SLACK_CHANNELS.notify.id)
        .map(({ text }) => text)
        .join('\n'),
    sayBusy(clusterId) {
      sandbox.slack.post({
        channel: SLACK_CHANNELS.kpEventsAlerts.id,
        author: { botId: KP_EVENTS_BOT, username: 'kp-events' },
        shape: 'alertmanager',
        text: `cluster ${clusterId}: error completing request, the cluster is busy with another KMS action`,
      })
    },
    async stop() {
      await webhooks?.close()
      await app.stop()
      await rm(directory, { recursive: true, force: true })
      if (!given) await sandbox.close()
    },
  }
}

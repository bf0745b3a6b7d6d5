import { setTimeout as sleep } from 'node:timers/promises'
import { connectWebhooks } from './pagerduty/webhooks.ts'
import { startSandbox } from './sandbox.ts'
import { SLACK_CHANNELS } from './slack/slack.ts'

// The sandbox as a process of its own, as compose.yaml runs it. Its secrets are no secrets: they stand in that file too.

const { PORT = '9080', HOST = '127.0.0.1', RESPONDER_URL = 'http://127.0.0.1:8080' } = process.env
const PUBLIC_URL = process.env.PUBLIC_URL ?? `http://localhost:${PORT}`
/** A poster that has been silent for a week proves nothing, and an error text counts for 15 min. */
const POST_EVERY_MS = 5 * 60_000
/** The cluster of the alert in compose/kp-events-rules.yml. */
const CLUSTER_ID = 'bu0c7dkl0te7m5kq6u8g'

const sandbox = await startSandbox({ port: Number(PORT), host: HOST })
// People follow links from their browser, not from inside a container.
sandbox.pagerduty.webBaseUrl = PUBLIC_URL
sandbox.slack.connect({
  url: `${RESPONDER_URL}/slack/events`,
  signingSecret: process.env.SLACK_SIGNING_SECRET ?? 'sandbox-signing-secret',
  signingTime: () => new Date(),
})
const webhooks = connectWebhooks(sandbox.pagerduty, {
  url: `${RESPONDER_URL}/webhooks/pagerduty`,
  secrets: [process.env.PAGERDUTY_WEBHOOK_SECRET ?? 'sandbox-webhook-secret'],
})
process.stdout.write(`the sandbox is at ${PUBLIC_URL}\n`)

const ending = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort())
post(
  SLACK_CHANNELS.deployFailure.id,
  'B0DEPLOYX',
  'cluster_create of cluster d0000000000000000000 failed: quota exceeded',
)
while (!ending.signal.aborted) {
  const text = `${CLUSTER_ID}: error completing request, the cluster is busy with another KMS action`
  post(SLACK_CHANNELS.kpEventsAlerts.id, 'B0KPEVENTS', text)
  await sleep(POST_EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined)
}
await webhooks.close()
await sandbox.close()

function post(channel: string, botId: string, text: string): void {
  sandbox.slack.post({ channel, author: { botId, username: 'armada-bot' }, shape: 'text', text })
}

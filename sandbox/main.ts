import { setTimeout as sleep } from 'node:timers/promises'
import { connectWebhooks } from './pagerduty/webhooks.ts'
import { startSandbox } from './sandbox.ts'
import { SLACK_CHANNELS } from './slack/slack.ts'

// The sandbox as a process of its own, as compose.yaml runs it. Its secrets are no secrets: they stand in that file too.

const { PORT = '9080', HOST = '127.0.0.1', RESPONDER_URL = 'http://127.0.0.1:8080' } = process.env
const PUBLIC_URL = process.env.PUBLIC_URL ?? `http://localhost:${PORT}`
/** A poster that has been silent for a week proves nothing, and an error text counts for 15 min. */
const POST_EVERY_MS = 5 * 60_000
/** The cluster of the alert in compose/kp-events-rules.yml, its account and its region. */
const CLUSTER_ID = 'bu0c7dkl0te7m5kq6u8g'
const ACCOUNT_ID = 'b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd'
const REGION = 'us-south'
/** The instance of Key Protect in compose/policy.yaml. */
const KEY_INSTANCE_ID = '11111111-aaaa-4000-8000-000000000001'
const APP = 'armada-kp-events'

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
furnish()
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
  sandbox.logs.write({ app: APP, level: 'error', text })
  sandbox.prometheus.addFailures(
    `crn:v1:bluemix:public:containers-kubernetes:${REGION}:a/${ACCOUNT_ID}:${CLUSTER_ID}::`,
  )
  await sleep(POST_EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined)
}
await webhooks.close()
await sandbox.close()

function post(channel: string, botId: string, text: string): void {
  sandbox.slack.post({ channel, author: { botId, username: 'armada-bot' }, shape: 'text', text })
}

/** What is looked up beside the evidence: keys, authorizations and the pods of the hub, as of a day on which all is well there. */
function furnish(): void {
  const { iam, keyProtect, kubernetes, logs } = sandbox
  logs.serviceKey = process.env.LOGS_KEY ?? logs.serviceKey
  iam.addApiKey(process.env.IBM_CLOUD_API_KEY ?? 'sandbox-ibm-cloud-api-key', [ACCOUNT_ID])
  iam.addAuthorization({
    account: ACCOUNT_ID,
    subject: { serviceName: 'containers-kubernetes', accountId: ACCOUNT_ID },
    resource: { serviceName: 'kms' },
    roles: ['Reader', 'AuthorizationDelegator'],
  })
  const instance = { id: KEY_INSTANCE_ID, service: 'kms', region: REGION, account: ACCOUNT_ID } as const
  keyProtect
    .addInstance(instance)
    .keys.push({ id: '22222222-bbbb-4000-8000-000000000002', name: 'cluster-root', state: 1 })
  kubernetes.addToken(process.env.KUBERNETES_TOKEN ?? 'sandbox-hub-token')
  kubernetes.addPod({
    namespace: 'armada',
    name: `${APP}-7d9f-a`,
    labels: { app: APP },
    phase: 'Running',
    containers: [{ name: APP, ready: true, restarts: 0, waiting: null }],
    log: [],
  })
}

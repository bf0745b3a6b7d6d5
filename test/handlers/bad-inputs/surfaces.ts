import { createHmac } from 'node:crypto'
import { secretFromValue } from '../../../src/config/secret.ts'
import { slackRoute } from '../../../src/handlers/slack/route.ts'
import { createSeenRequests } from '../../../src/handlers/slack/seen-requests.ts'
import type { Store } from '../../../src/store/store.ts'
import { createLogger } from '../../../src/telemetry/log.ts'
import { webhook } from '../a-webhook.ts'
import { delivery, event, SECRET } from '../pagerduty/a-delivery.ts'
import { asAlertmanager, asOperator, NOW_MS, startTestServer, type TestServer } from '../test-server.ts'

export const SLACK_SECRET = 'slack-signing-secret-0123456789'
export const SECOND_SLACK_SECRET = 'slack-signing-secret-rotated-in'
export const SLACK_COMMAND = '/kp-events'
export const FORM = 'application/x-www-form-urlencoded'
const NOW_SECONDS = NOW_MS / 1_000

export type SurfaceName = 'alertmanager' | 'pagerduty' | 'slack' | 'api'
export type Headers = Record<string, string | string[]>

/** One way in: where it is, a body that it takes, and what proves the sender of any body. */
export interface Surface {
  name: SurfaceName
  method: 'POST' | 'PUT'
  path: string
  /** Bytes of the largest body. */
  limit: number
  /** Each call gives one that was not sent before. */
  goodBody: () => string
  prove: (body: Buffer) => Headers
}

let sent = 0
function next(): number {
  sent += 1
  return sent
}

export function slackHeaders(body: Buffer, { timestamp = String(NOW_SECONDS), secret = SLACK_SECRET } = {}): Headers {
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` }
}

export const SURFACES: Readonly<Record<SurfaceName, Surface>> = {
  alertmanager: {
    name: 'alertmanager',
    method: 'POST',
    path: '/webhooks/alertmanager',
    limit: 16 * 1024 * 1024,
    goodBody: () => JSON.stringify(webhook({ groupKey: `{}:{n="${next()}"}` })),
    prove: () => ({ authorization: asAlertmanager.authorization }),
  },
  pagerduty: {
    name: 'pagerduty',
    method: 'POST',
    path: '/webhooks/pagerduty',
    limit: 512 * 1024,
    goodBody: () => JSON.stringify({ event: event({ id: `01EVENT${next()}` }) }),
    prove: (body) => ({ 'x-pagerduty-signature': delivery(body).headers['x-pagerduty-signature'] }),
  },
  slack: {
    name: 'slack',
    method: 'POST',
    path: '/slack/events',
    limit: 1024 * 1024,
    goodBody: () =>
      JSON.stringify({
        type: 'event_callback',
        team_id: 'T1',
        event_id: `Ev${next()}`,
        event: { type: 'message', channel: 'C1', ts: '1700000000.000001', text: 'hi', bot_id: 'B1' },
      }),
    prove: (body) => slackHeaders(body),
  },
  api: {
    name: 'api',
    method: 'PUT',
    path: '/api/mode',
    limit: 16_384,
    goodBody: () => '{"paused":true}',
    prove: () => asOperator,
  },
}

export interface AllSurfaces extends TestServer {
  /** What Slack's events and people's words came to. */
  heard: unknown[]
  /** Everything that a request could have changed. */
  traces: () => Promise<{ quarantined: number; others: unknown }>
}

/** The whole HTTP surface, every way in open. */
export async function startSurfaces({ wrapStore }: { wrapStore?: (store: Store) => Store } = {}): Promise<AllSurfaces> {
  const heard: unknown[] = []
  const lines: string[] = []
  const hear = async (...what: unknown[]) => void heard.push(what)
  let store: Store | null = null
  const running = await startTestServer({
    environment: { PAGERDUTY_WEBHOOK_SECRETS: SECRET },
    wrapStore: (opened) => {
      store = opened
      return wrapStore?.(opened) ?? opened
    },
    slackPlugin: (scope) => {
      if (!store) throw new Error('the store opens first')
      return slackRoute(scope, {
        signingSecret: secretFromValue(`${SLACK_SECRET},${SECOND_SLACK_SECRET}`),
        seen: createSeenRequests(store, () => NOW_MS),
        metrics: { countDoorRefusal() {} },
        now: () => NOW_MS,
        apiUrl: 'http://127.0.0.1:9/api/',
        botToken: secretFromValue('xoxb-test'),
        logger: createLogger('debug', { write: (line) => void lines.push(line) }),
        sink: {
          messageSeen: (channel, raw) => hear('seen', channel, raw),
          messageDeleted: (channel, ts) => hear('deleted', channel, ts),
          channelChanged: (channel) => hear('changed', channel),
        },
        listeners: [
          (bolt) =>
            bolt.command(SLACK_COMMAND, async ({ ack, command }) => {
              await hear('command', command.text)
              await ack('heard')
            }),
          (bolt) =>
            bolt.action(/^kp_/, async ({ ack, body }) => {
              await hear('press', body.user.id)
              await ack()
            }),
        ],
      })
    },
  })
  return {
    ...running,
    heard,
    logged: () => running.logged() + lines.join(''),
    async traces() {
      const { quarantined, accepted, ...books } = await running.store.books()
      const others = {
        heard: [...heard],
        books,
        taken: accepted - quarantined,
        asked: [...running.operations.asked],
        nudges: running.operations.nudges,
        mode: await running.operations.mode(),
        audit: await running.store.auditHead(),
        states: await running.store.countByState(),
        incidents: await running.store.unplacedIncidents(1_000),
        due: await running.store.due(Number.MAX_SAFE_INTEGER, 1_000),
        sessions: await running.store.setting('sessions'),
        slack: await running.store.setting('slack-seen'),
      }
      return { quarantined, others }
    },
  }
}

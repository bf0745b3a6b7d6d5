import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { signatureOf } from '../../sandbox/pagerduty/webhooks.ts'
import { type App, createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { ALERTMANAGER, PAGERDUTY } from '../fuzz/good-payloads.ts'
import { type SecretFile, secretFile } from './secret-file.ts'

const OLD = 'the-old-secret-0123456789'
const NEW = 'the-new-secret-0123456789'
/** What comes in while the file is being changed. */
const MEANWHILE = 20

interface Inbound {
  variable: string
  /** What the file holds for these secrets. */
  file: (...secrets: string[]) => string
  /** A good request that proves itself with this secret: its status. */
  send: (app: App, secret: string) => Promise<number>
  accepted: number
}

const json = { 'content-type': 'application/json' }

async function post(app: App, url: string, headers: Record<string, string>, payload: string): Promise<number> {
  const answer = await app.server.inject({ method: 'POST', url, headers: { ...json, ...headers }, payload })
  return answer.statusCode
}

const INBOUND: Inbound[] = [
  {
    variable: 'ALERTMANAGER_WEBHOOK_TOKENS',
    file: (...secrets) => secrets.join(','),
    send: (app, secret) =>
      post(app, '/webhooks/alertmanager', { authorization: `Bearer ${secret}` }, JSON.stringify(ALERTMANAGER[0]?.())),
    accepted: 202,
  },
  {
    variable: 'PAGERDUTY_WEBHOOK_SECRETS',
    file: (...secrets) => secrets.join(','),
    send(app, secret) {
      const body = JSON.stringify(PAGERDUTY[0]?.())
      return post(app, '/webhooks/pagerduty', { 'x-pagerduty-signature': signatureOf(Buffer.from(body), secret) }, body)
    },
    accepted: 202,
  },
  {
    variable: 'SLACK_SIGNING_SECRET',
    file: (...secrets) => secrets.join(','),
    send(app, secret) {
      const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' })
      const timestamp = String(Math.floor(Date.now() / 1_000))
      const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
      const headers = { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` }
      return post(app, '/slack/events', headers, body)
    },
    accepted: 200,
  },
  {
    variable: 'OPERATOR_TOKENS',
    file: (...secrets) => secrets.map((secret) => `ann:${secret}`).join(','),
    async send(app, secret) {
      const headers = { authorization: `Bearer ${secret}` }
      return (await app.server.inject({ url: '/api/mode', headers })).statusCode
    },
    accepted: 200,
  },
]

let file: SecretFile
let app: App

async function start({ variable, file: toFile }: Inbound): Promise<void> {
  file = await secretFile(toFile(OLD))
  const environment: Record<string, string> = {
    DATA_DIR: join(file.directory, 'store'),
    ALERTMANAGER_WEBHOOK_TOKENS: 'some-webhook-token-0123456789',
    OPERATOR_TOKENS: 'bob:some-operator-token-0123456789',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_API_URL: 'http://127.0.0.1:9/',
  }
  delete environment[variable]
  const config = readConfig({ ...environment, [`${variable}_FILE`]: file.path })
  app = await createApp(config, { logger: createLogger('silent'), metrics: createMetrics() })
  await app.server.ready()
}

afterEach(async () => {
  await app.stop()
  await file.remove()
})

describe.each(INBOUND)('$variable', (inbound) => {
  const { send, accepted, file: toFile } = inbound

  test('is changed in its file without a restart and without one request refused', async () => {
    await start(inbound)
    const statuses: number[] = []
    async function sendMany(secret: string): Promise<void> {
      for (let sent = 0; sent < MEANWHILE; sent += 1) statuses.push(await send(app, secret))
    }
    // The receiver learns the new one, then the sender changes, then the receiver forgets the old one.
    await Promise.all([sendMany(OLD), file.write(toFile(OLD, NEW))])
    await Promise.all([sendMany(OLD), sendMany(NEW)])
    await Promise.all([sendMany(NEW), file.write(toFile(NEW))])
    await sendMany(NEW)
    expect(statuses).toEqual(Array.from({ length: 5 * MEANWHILE }, () => accepted))
    expect(await send(app, OLD)).toBe(401)
  })

  test('that can not be read is an outage that the sender outlives, not a refusal', async () => {
    await start(inbound)
    await file.remove()
    expect(await send(app, OLD)).toBe(503)
  })
})

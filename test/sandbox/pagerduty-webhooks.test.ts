import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { connectWebhooks, type WebhookSubscription } from '../../sandbox/pagerduty/webhooks.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'

const SECRETS = ['first-secret', 'second-secret']

interface Received {
  headers: IncomingMessage['headers']
  body: string
}

let sandbox: Sandbox
let server: Server
let webhooks: WebhookSubscription
let received: Received[]
let answers: number[]

beforeEach(async () => {
  received = []
  answers = []
  sandbox = await startSandbox()
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
    response.writeHead(answers.shift() ?? 202).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/webhooks/pagerduty`
  webhooks = connectWebhooks(sandbox.pagerduty, { url, secrets: SECRETS, retryAfterMs: [1, 1, 1] })
})
afterEach(async () => {
  await webhooks.close()
  server.closeAllConnections()
  server.close()
  await sandbox.close()
})

function typesReceived(): string[] {
  return received.map(({ body }) => JSON.parse(body).event.event_type)
}

describe('PagerDuty’s webhooks', () => {
  test('carry one event each, signed with every secret over the bytes', async () => {
    sandbox.pagerduty.trigger({ dedupKey: 'k' })
    await webhooks.settled()
    const [first] = received
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      event: { event_type: 'incident.triggered', data: { type: 'incident', status: 'triggered' } },
    })
    const expected = SECRETS.map(
      (secret) =>
        `v1=${createHmac('sha256', secret)
          .update(first?.body ?? '')
          .digest('hex')}`,
    )
    expect(first?.headers['x-pagerduty-signature']).toBe(expected.join(','))
    expect(webhooks.sent).toMatchObject([{ statuses: [202], outcome: 'delivered' }])
  })

  test('are sent again under the same id after 5xx and 429, and later events of the incident wait', async () => {
    answers = [503, 429, 202]
    const { id } = sandbox.pagerduty.trigger({ dedupKey: 'k' })
    sandbox.pagerduty.humanAcknowledges(id)
    await webhooks.settled()
    expect(typesReceived()).toEqual([
      'incident.triggered',
      'incident.triggered',
      'incident.triggered',
      'incident.acknowledged',
    ])
    const ids = received.map(({ headers }) => headers['x-webhook-id'])
    expect(new Set(ids.slice(0, 3)).size).toBe(1)
    expect(ids[3]).not.toBe(ids[0])
  })

  test.each([400, 401, 404])('are dropped at once after %i', async (status) => {
    answers = [status]
    sandbox.pagerduty.trigger({ dedupKey: 'k' })
    await webhooks.settled()
    expect(webhooks.sent).toMatchObject([{ statuses: [status], outcome: 'dropped' }])
  })

  test('are dropped after the last wait', async () => {
    answers = [500, 500, 500, 500]
    sandbox.pagerduty.trigger({ dedupKey: 'k' })
    await webhooks.settled()
    expect(webhooks.sent).toMatchObject([{ statuses: [500, 500, 500, 500], outcome: 'dropped' }])
  })

  test('can be replayed with a fresh id, and tested without an incident', async () => {
    sandbox.pagerduty.trigger({ dedupKey: 'k' })
    await webhooks.settled()
    const [first] = webhooks.sent
    if (first) webhooks.replay(first.event)
    webhooks.ping()
    await webhooks.settled()
    expect(received[1]?.body).toBe(received[0]?.body)
    expect(received[1]?.headers['x-webhook-id']).not.toBe(received[0]?.headers['x-webhook-id'])
    expect(typesReceived()[2]).toBe('pagey.ping')
  })

  test('end when they are disconnected, even in the middle of a wait', async () => {
    await webhooks.close()
    sandbox.pagerduty.trigger({ dedupKey: 'k' })
    await webhooks.settled()
    expect(received).toEqual([])
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { secretFromValue } from '../../../src/config/secret.ts'
import { slackRoute } from '../../../src/handlers/slack/route.ts'
import { startTestServer, type TestServer } from '../test-server.ts'

let running: TestServer

beforeEach(async () => {
  const idle = async () => undefined
  running = await startTestServer({
    slackPlugin: (scope) =>
      slackRoute(scope, {
        signingSecret: secretFromValue('signing-secret-of-the-test'),
        seen: { isFirst: async () => true },
        metrics: { countDoorRefusal() {} },
        now: Date.now,
        apiUrl: 'http://127.0.0.1:9/api/',
        botToken: secretFromValue('xoxb-test'),
        logger: pino({ level: 'silent' }),
        sink: { messageSeen: idle, messageDeleted: idle, channelChanged: idle },
      }),
  })
})

afterEach(() => running.close())

describe('the Slack route in the whole server', () => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('%s is not its method', async (method) => {
    const answer = await running.server.inject({ method, url: '/slack/events' })
    expect({ status: answer.statusCode, allow: answer.headers.allow, body: answer.json() }).toEqual({
      status: 405,
      allow: 'POST',
      body: { error: 'method_not_allowed' },
    })
  })

  test.each([
    ['unsigned', 'application/json', '{}', 401, 'unauthorized'],
    ['text', 'text/plain', '{}', 415, 'unsupported_media_type'],
    ['too large', 'application/json', 'x'.repeat(1024 * 1024 + 1), 413, 'payload_too_large'],
  ])('a body that is %s gets the one error body', async (_sentence, type, payload, status, error) => {
    const answer = await running.server.inject({
      method: 'POST',
      url: '/slack/events',
      payload,
      headers: { 'content-type': type },
    })
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({ status, body: { error } })
  })
})

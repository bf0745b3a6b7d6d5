import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import Fastify, { type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { secretFromValue } from '../../../src/config/secret.ts'
import { type ErrorCode, errorBody, HttpError } from '../../../src/handlers/http-error.ts'
import { slackRoute } from '../../../src/handlers/slack/route.ts'
import { MalformedBodyError } from '../../../src/handlers/strict-json.ts'

const SECRET = 'signing-secret-of-the-test'
const NOW_MS = 1_800_000_000_000
const NOW_SECONDS = NOW_MS / 1_000

let app: FastifyInstance
let taken: unknown[]
let failWith: Error | null
let logged: string

beforeEach(async () => {
  taken = []
  failWith = null
  logged = ''
  app = await start()
})

afterEach(() => app.close())

async function start(signingSecret = secretFromValue(SECRET)): Promise<FastifyInstance> {
  async function take(...what: unknown[]): Promise<void> {
    if (failWith) throw failWith
    taken.push(what)
  }
  const fastify = Fastify()
  fastify.setErrorHandler((error, _request, reply) => {
    const httpError = toHttpError(error)
    return reply.code(httpError.statusCode).type('application/json').send(errorBody(httpError.code))
  })
  await fastify.register(slackRoute, {
    signingSecret,
    seen: { isFirst: async () => true },
    metrics: { countDoorRefusal() {} },
    now: () => NOW_MS,
    apiUrl: 'http://127.0.0.1:9/api/',
    botToken: secretFromValue('xoxb-test'),
    logger: pino({ level: 'trace' }, { write: logLine }),
    sink: {
      messageSeen: (channel, raw) => take('seen', channel, raw),
      messageDeleted: (channel, ts) => take('deleted', channel, ts),
      channelChanged: (channel) => take('changed', channel),
    },
    listeners: [
      (bolt) =>
        bolt.action('wake', async ({ ack }) => {
          await ack()
        }),
      (bolt) =>
        bolt.command('/kp', async ({ ack, command }) => {
          await ack(`heard ${command.text}`)
        }),
    ],
  })
  fastify.post('/other', (request) => ({ got: request.body }))
  return fastify
}

/** What the server's own error handler does with errors of these kinds. */
function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  const isTooLarge = error instanceof Error && 'statusCode' in error && error.statusCode === 413
  const code: ErrorCode =
    error instanceof MalformedBodyError ? 'bad_request' : isTooLarge ? 'payload_too_large' : 'internal'
  return new HttpError(code)
}

function logLine(line: string): void {
  logged += line
}

function signature(body: string | Buffer, timestamp: string | number = NOW_SECONDS, secret = SECRET): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`
}

async function send(body: string | Buffer, headers: Record<string, string | string[]> = {}) {
  const answer = await app.inject({
    method: 'POST',
    url: '/slack/events',
    payload: body,
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(NOW_SECONDS),
      'x-slack-signature': signature(body),
      ...headers,
    },
  })
  return {
    status: answer.statusCode,
    body: answer.body,
    type: answer.headers['content-type'],
    allow: answer.headers.allow,
  }
}

function event(inner: object, more: object = {}): string {
  return JSON.stringify({
    token: 't',
    team_id: 'T1',
    api_app_id: 'A1',
    type: 'event_callback',
    event_id: 'Ev1',
    event_time: NOW_SECONDS,
    event: inner,
    ...more,
  })
}

const MESSAGE = {
  type: 'message',
  channel: 'C1',
  channel_type: 'channel',
  ts: '1700000000.000001',
  text: 'hi',
  bot_id: 'B1',
}
const REFUSED = { status: 401, body: '{"error":"unauthorized"}' }

describe('who may speak', () => {
  test.each<[string, Record<string, string | string[]>]>([
    ['another secret', { 'x-slack-signature': signature('{}', NOW_SECONDS, 'other') }],
    ['no signature', { 'x-slack-signature': '' }],
    [
      'a signature one digit off',
      { 'x-slack-signature': signature('{}').replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
    ],
    ['a signature in capitals', { 'x-slack-signature': signature('{}').toUpperCase().replace('V0', 'v0') }],
    ['a signature of another version', { 'x-slack-signature': signature('{}').replace('v0', 'v2') }],
    ['two signatures', { 'x-slack-signature': [signature('{}'), signature('{}')] }],
    ['two timestamps', { 'x-slack-request-timestamp': [String(NOW_SECONDS), String(NOW_SECONDS)] }],
    ['no timestamp', { 'x-slack-request-timestamp': '' }],
  ])('%s is refused', async (_sentence, headers) => {
    expect(await send('{}', headers)).toMatchObject(REFUSED)
  })

  test.each(['-301', '301', '1e9', '1800000000.0', '0x6b49d200', '1800000000000', 'NaN', '+1800000000'])(
    'the timestamp %s is refused',
    async (given) => {
      const timestamp = /^-?30\d$/.test(given) ? String(NOW_SECONDS + Number(given)) : given
      expect(
        await send('{}', { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature('{}', timestamp) }),
      ).toMatchObject(REFUSED)
    },
  )

  test.each([-299, 300])('a clock %d s apart is accepted', async (skew) => {
    const timestamp = String(NOW_SECONDS + skew)
    const answer = await send('{}', {
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature('{}', timestamp),
    })
    expect(answer.status).toBe(200)
  })

  test('a body altered by one space is refused, before it is parsed', async () => {
    expect(await send('{ }', { 'x-slack-signature': signature('{}') })).toMatchObject(REFUSED)
    expect(await send('{not json', { 'x-slack-signature': signature('{}') })).toMatchObject(REFUSED)
    expect(logged).toBe('')
  })

  test('a secret that can not be read is our fault: 503', async () => {
    await app.close()
    app = await start({
      read() {
        throw new Error('no file')
      },
    })
    expect(await send('{}')).toMatchObject({ status: 503, body: '{"error":"unavailable"}' })
  })
})

describe('what is refused', () => {
  test.each([
    ['text/plain', {}],
    ['application/xml', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
    ['application/jsonp', {}],
    ['', {}],
  ])('the type %j %j', async (type, headers) => {
    expect(await send('{}', { 'content-type': type, ...headers })).toMatchObject({
      status: 415,
      body: '{"error":"unsupported_media_type"}',
    })
  })

  test('more than 1 MiB, before its signature is looked at', async () => {
    expect(await send('x'.repeat(1024 * 1024 + 1), { 'x-slack-signature': '' })).toMatchObject({
      status: 413,
      body: '{"error":"payload_too_large"}',
    })
  })

  test.each([
    ['null', null],
    ['a text', 'message'],
    ['without a type', {}],
  ])(
    'signed, whose event is %s, is taken without effect: Slack would send a 503 again and again',
    async (_name, inner) => {
      const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: inner })
      expect(await send(body)).toMatchObject({ status: 200 })
    },
  )

  test.each<[string, string | Buffer]>([
    ['no body', ''],
    ['half of an object', '{"type":"event_callback"'],
    ['something after the object', '{} {}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a byte order mark', '\ufeff{}'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a prototype key', '{"a":{"__proto__":{"b":1}}}'],
    ['100,000 levels', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['a challenge with markup', '{"type":"url_verification","challenge":"<script>"}'],
    ['a challenge too long', `{"type":"url_verification","challenge":"${'a'.repeat(129)}"}`],
  ])('%s, though signed', async (_sentence, body) => {
    expect(await send(body)).toMatchObject({ status: 400, body: '{"error":"bad_request"}' })
  })

  test('an event in a form', async () => {
    const body = `event=${encodeURIComponent(event(MESSAGE))}`
    expect((await send(body, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
  })
})

describe('what is taken', () => {
  test('a signed challenge goes back as text', async () => {
    const answer = await send('{"type":"url_verification","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ"}')
    expect(answer).toMatchObject({
      status: 200,
      body: '3eZbrw1aB10FEMAGAZd4FyFQ',
      type: expect.stringContaining('text/plain'),
    })
  })

  test.each<[string, object, object, unknown[]]>([
    ['a message', MESSAGE, {}, ['seen', 'C1', expect.objectContaining({ ts: MESSAGE.ts, text: 'hi' })]],
    [
      'an edit, in its new form',
      {
        type: 'message',
        subtype: 'message_changed',
        channel: 'C1',
        ts: '1.1',
        message: { ts: '1.0', text: 'new' },
        previous_message: { text: 'old' },
      },
      {},
      ['seen', 'C1', { ts: '1.0', text: 'new' }],
    ],
    [
      'a deletion',
      { type: 'message', subtype: 'message_deleted', channel: 'C1', ts: '1.1', deleted_ts: '1.0' },
      {},
      ['deleted', 'C1', '1.0'],
    ],
    ['an archived channel', { type: 'channel_archive', channel: 'C1', user: 'U1' }, {}, ['changed', 'C1']],
    ['an unarchived channel', { type: 'channel_unarchive', channel: 'C1', user: 'U1' }, {}, ['changed', 'C1']],
    [
      'our own removal',
      { type: 'member_left_channel', channel: 'C1', user: 'UBOT' },
      { authorizations: [{ user_id: 'UBOT' }] },
      ['changed', 'C1'],
    ],
  ])('%s', async (_sentence, inner, more, expected) => {
    expect(await send(event(inner, more))).toMatchObject({ status: 200, body: '' })
    expect(taken).toEqual([expected])
  })

  test.each<[string, object, object]>([
    [
      'somebody else leaving',
      { type: 'member_left_channel', channel: 'C1', user: 'U2' },
      { authorizations: [{ user_id: 'UBOT' }] },
    ],
    ['an event of a kind not used', { type: 'reaction_added', user: 'U1' }, {}],
    ['a deletion that names nothing', { type: 'message', subtype: 'message_deleted', channel: 'C1' }, {}],
  ])('%s is answered and changes nothing', async (_sentence, inner, more) => {
    expect((await send(event(inner, more))).status).toBe(200)
    expect(taken).toEqual([])
  })

  test('an event that can not be kept is answered 503, and taken when it is sent again', async () => {
    failWith = new Error('disk full, token xoxb-canary')
    expect(await send(event(MESSAGE))).toMatchObject({ status: 503, body: '{"error":"unavailable"}' })
    expect(logged).not.toContain('canary')
    failWith = null
    expect(
      (await send(event(MESSAGE), { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_error' })).status,
    ).toBe(200)
    expect(taken).toHaveLength(1)
  })

  test('a button and a slash command get what their listener acknowledges', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const press = {
      type: 'block_actions',
      user: { id: 'U1' },
      team: { id: 'T1' },
      channel: { id: 'C1' },
      actions: [{ type: 'button', action_id: 'wake', block_id: 'b' }],
    }
    expect(await send(`payload=${encodeURIComponent(JSON.stringify(press))}`, form)).toMatchObject({
      status: 200,
      body: '',
    })
    expect(await send('command=%2Fkp&text=status&team_id=T1&user_id=U1&channel_id=C1', form)).toMatchObject({
      status: 200,
      body: 'heard status',
    })
  })

  test('other routes keep their own body parsers', async () => {
    const answer = await app.inject({ method: 'POST', url: '/other', payload: { a: 1 } })
    expect(answer.json()).toEqual({ got: { a: 1 } })
  })
})

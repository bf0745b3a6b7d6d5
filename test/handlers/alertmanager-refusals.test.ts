import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { webhook, webhookAlert } from './a-webhook.ts'
import { asAlertmanager, OPERATOR_TOKEN, startTestServer, type TestServer } from './test-server.ts'

const URL = '/webhooks/alertmanager'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

async function send(
  payload: string | Buffer | Record<string, unknown>,
  headers: Record<string, string> = asAlertmanager,
) {
  const { statusCode, body } = await running.server.inject({ method: 'POST', url: URL, headers, payload })
  return { statusCode, body }
}

const json = (change: Record<string, unknown>) => JSON.stringify(webhook(change))
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('a webhook that is refused', () => {
  test.each<[string, number, string, Record<string, string>]>([
    ['no credential', 401, 'unauthorized', { 'content-type': 'application/json' }],
    ['a wrong token', 401, 'unauthorized', { ...asAlertmanager, authorization: 'Bearer nope' }],
    ['an operator token', 401, 'unauthorized', { ...asAlertmanager, authorization: `Bearer ${OPERATOR_TOKEN}` }],
    ['an empty token', 401, 'unauthorized', { ...asAlertmanager, authorization: 'Bearer ' }],
    [
      'a prefix of the token',
      401,
      'unauthorized',
      { ...asAlertmanager, authorization: asAlertmanager.authorization.slice(0, -1) },
    ],
    ['a thousand tokens', 401, 'unauthorized', { ...asAlertmanager, authorization: `Bearer ${'x,'.repeat(1_000)}` }],
    ['plain text', 415, 'unsupported_media_type', { ...asAlertmanager, 'content-type': 'text/plain' }],
    ['XML', 415, 'unsupported_media_type', { ...asAlertmanager, 'content-type': 'application/xml' }],
    [
      'a form',
      415,
      'unsupported_media_type',
      { ...asAlertmanager, 'content-type': 'application/x-www-form-urlencoded' },
    ],
    [
      'UTF-16',
      415,
      'unsupported_media_type',
      { ...asAlertmanager, 'content-type': 'application/json; charset=utf-16' },
    ],
    ['gzip', 415, 'unsupported_media_type', { ...asAlertmanager, 'content-encoding': 'gzip' }],
    ['br', 415, 'unsupported_media_type', { ...asAlertmanager, 'content-encoding': 'br' }],
  ])('for %s is answered %d', async (_what, statusCode, code, headers) => {
    expect(await send(json({}), headers)).toEqual({ statusCode, body: `{"error":"${code}"}` })
    expect(await running.store.books()).toMatchObject({ accepted: 0 })
  })

  test.each<[string, string | Buffer]>([
    ['an empty body', ''],
    ['half a body', '{'],
    ['trailing garbage', `${json({})}x`],
    ['null', 'null'],
    ['an array', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['no version', '{"alerts":[]}'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from(json({}).slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]),
    ],
    [
      'overlong UTF-8',
      Buffer.concat([Buffer.from('{"version":"4","a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
    ],
    ['a lone surrogate', json({}).replace('kp\\\\.events', '\\ud800')],
    ['a byte order mark', `\ufeff${json({})}`],
    ['a __proto__ key', json({}).replace('"notification_reason"', '"__proto__"')],
    ['an escaped __proto__ label', json({}).replace('"summary"', '"\\u005f_proto__"')],
    ['a constructor.prototype key', json({ constructor: { prototype: {} } })],
    ['33 levels', json({}).replace('"first notification"', nested(32))],
    ['100,000 levels', json({}).replace('"first notification"', nested(100_000))],
    ['alerts that are no array', json({ alerts: {} })],
    ['no alerts', json({ alerts: undefined })],
    ['an alert that is null', json({ alerts: [null] })],
    ['no group key', json({ groupKey: undefined })],
    ['truncatedAlerts 1e999', json({}).replace('"truncatedAlerts":0', '"truncatedAlerts":1e999')],
    ['truncatedAlerts -0', json({}).replace('"truncatedAlerts":0', '"truncatedAlerts":-0')],
    ['truncatedAlerts 2^63', json({}).replace('"truncatedAlerts":0', '"truncatedAlerts":9223372036854775808')],
    ['a label that is no text', json({ alerts: [webhookAlert({ labels: { alertname: 1 } })] })],
    ['an unknown status', json({ alerts: [webhookAlert({ status: 'pending' })] })],
    ['a start in year 1', json({ alerts: [webhookAlert({ startsAt: '0001-01-01T00:00:00Z' })] })],
    ['a start in year 9999', json({ alerts: [webhookAlert({ startsAt: '9999-01-01T00:00:00Z' })] })],
    ['an end that is none', json({ alerts: [webhookAlert({ endsAt: 'soon' })] })],
  ])('for %s is answered 400', async (_what, payload) => {
    expect(await send(payload)).toEqual({ statusCode: 400, body: '{"error":"bad_request"}' })
    expect(await running.store.books()).toMatchObject({ accepted: 0, pending: 0 })
  })

  test('takes 32 levels in a field that nobody reads', async () => {
    expect(await send(json({}).replace('"first notification"', nested(31)))).toMatchObject({ statusCode: 202 })
  })

  test('for its size is answered 413', async () => {
    const payload = Buffer.alloc(16 * 1024 * 1024 + 1, ' ')
    expect(await send(payload)).toEqual({ statusCode: 413, body: '{"error":"payload_too_large"}' })
  })

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)(
    'as %s is answered 405 and says what is allowed',
    async (method) => {
      const hasBody = method === 'PUT' || method === 'PATCH'
      const { statusCode, headers, body } = await running.server.inject({
        method,
        url: URL,
        headers: hasBody ? asAlertmanager : {},
        ...(hasBody ? { payload: '{}' } : {}),
      })
      expect({ statusCode, body, allow: headers.allow }).toEqual({
        statusCode: 405,
        body: '{"error":"method_not_allowed"}',
        allow: 'POST',
      })
    },
  )

  test('is logged with a constant line that holds nothing of it, and counted', async () => {
    await send(json({ groupKey: 'canary-in-body' }), { ...asAlertmanager, authorization: 'Bearer canary-in-header' })
    await send('{"canary', asAlertmanager)
    expect(running.logged()).toContain('request refused at the door')
    expect(running.logged()).not.toContain('canary')
    const { body } = await running.server.inject('/metrics')
    expect(body).toContain('kp_responder_door_refusals_total{route="/webhooks/alertmanager",code="unauthorized"} 1')
  })
})

describe('a webhook that can not be made durable', () => {
  test.each<[string, keyof Store]>([
    ['its group', 'accept'],
    ['its other alerts', 'acceptIgnored'],
    ['its quarantine', 'quarantine'],
  ])('is answered 503 when the store refuses %s', async (_what, method) => {
    await running.close()
    running = await startTestServer({
      wrapStore: (store) => ({
        ...store,
        messages: store.messages,
        [method]: () => Promise.reject(new StoreUnavailableError('disk full')),
      }),
    })
    const payload =
      method === 'quarantine'
        ? webhook({ version: '5' })
        : webhook({ alerts: [webhookAlert(), webhookAlert({ labels: {} })] })
    expect(await send(payload)).toEqual({ statusCode: 503, body: '{"error":"unavailable"}' })
    expect(running.operations.nudges).toBe(0)
  })

  test('is answered 503 when the file of the tokens is gone, and 202 once it is back', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kp-tokens-'))
    const file = join(directory, 'tokens')
    await writeFile(file, 'token-in-a-file-0123456789')
    await running.close()
    running = await startTestServer({
      environment: { ALERTMANAGER_WEBHOOK_TOKENS: '', ALERTMANAGER_WEBHOOK_TOKENS_FILE: file },
    })
    const headers = { ...asAlertmanager, authorization: 'Bearer token-in-a-file-0123456789' }
    await rename(file, `${file}.old`)
    expect(await send(webhook(), headers)).toEqual({ statusCode: 503, body: '{"error":"unavailable"}' })
    await rename(`${file}.old`, file)
    expect(await send(webhook(), headers)).toMatchObject({ statusCode: 202 })
    await rm(directory, { recursive: true })
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { TerminalError, TransientError } from '../../src/errors.ts'
import { asOperator, startTestServer, type TestServer } from './test-server.ts'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer({ environment: { PUBLIC_URL: 'https://responder.example.com' } })
})
afterEach(() => running.close())

async function get(url: string) {
  const { statusCode, body } = await running.server.inject({ url, headers: asOperator })
  return { statusCode, body: JSON.parse(body) as Record<string, unknown> }
}

async function write(method: 'POST' | 'PUT', url: string, payload: unknown, headers: Record<string, string> = {}) {
  const { statusCode, body } = await running.server.inject({
    method,
    url,
    headers: { ...asOperator, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })
  return { statusCode, body: JSON.parse(body) as Record<string, unknown> }
}

describe('an act by hand', () => {
  test('is done in the name of the operator', async () => {
    expect(await write('POST', '/api/cases/case-1/wake', { reason: ' look now ' })).toEqual({
      statusCode: 200,
      body: { status: 'done' },
    })
    expect(await write('POST', '/api/cases/case-1/recheck', { reason: 'etcd is back' })).toMatchObject({
      statusCode: 200,
    })
    expect(running.operations.asked).toEqual([
      ['wake', 'case-1', 'ann', 'look now'],
      ['recheck', 'case-1', 'ann', 'etcd is back'],
    ])
  })

  test('needs no body where there is nothing to say', async () => {
    const { statusCode } = await running.server.inject({
      method: 'POST',
      url: '/api/cases/case-1/recheck',
      headers: asOperator,
    })
    expect(statusCode).toBe(200)
    expect(running.operations.asked).toEqual([['recheck', 'case-1', 'ann', null]])
  })

  test.each([
    ['not-found', 404, 'not_found'],
    ['no-incident', 409, 'no-incident'],
    ['ended', 409, 'ended'],
  ] as const)('that ends as %s is answered %d', async (outcome, statusCode, error) => {
    running.operations.wakeOutcome = outcome
    expect(await write('POST', '/api/cases/case-1/wake', { reason: 'x' })).toEqual({ statusCode, body: { error } })
  })

  test.each([
    ['no reason', {}],
    ['an empty reason', { reason: '  ' }],
    ['a long reason', { reason: 'x'.repeat(501) }],
    ['another duration', { reason: 'x', duration: '2 hours' }],
    ['an unknown key', { reason: 'x', force: true }],
    ['no object', '"x"'],
    ['half a body', '{'],
    ['a prototype key', '{"reason":"x","__proto__":{}}'],
  ])('with %s is refused', async (_what, payload) => {
    expect(await write('POST', '/api/cases/case-1/wake', payload)).toEqual({
      statusCode: 400,
      body: { error: 'bad_request' },
    })
    expect(running.operations.asked).toEqual([])
  })

  test('hands a case over, and snoozes it for 2 h where no duration is given', async () => {
    expect(await write('POST', '/api/cases/case-1/hand-over', { reason: 'mine' })).toMatchObject({ statusCode: 200 })
    expect(await write('POST', '/api/cases/case-1/snooze', { reason: 'known' })).toMatchObject({ statusCode: 200 })
    expect(await write('POST', '/api/cases/case-1/snooze', { reason: 'known', duration: '30m' })).toMatchObject({
      statusCode: 200,
    })
    expect(running.operations.asked).toEqual([
      ['handOver', 'case-1', 'ann', 'mine'],
      ['snooze', 'case-1', 'ann', { reason: 'known', seconds: 7_200 }],
      ['snooze', 'case-1', 'ann', { reason: 'known', seconds: 1_800 }],
    ])
  })

  test.each([
    [{ refused: 'customer-impacting' }, 409, 'customer-impacting'],
    [{ refused: 'human-engaged' }, 409, 'human-engaged'],
    ['unavailable', 503, 'unavailable'],
    ['ended', 409, 'ended'],
    ['not-found', 404, 'not_found'],
  ] as const)('by hand that meets %j is answered %d', async (outcome, statusCode, error) => {
    running.operations.snoozeOutcome = outcome
    expect(await write('POST', '/api/cases/case-1/snooze', { reason: 'x' })).toEqual({ statusCode, body: { error } })
  })

  test.each(['0s', '8d'])('of %s by hand is out of what PagerDuty takes', async (duration) => {
    expect(await write('POST', '/api/cases/case-1/snooze', { reason: 'x', duration })).toMatchObject({
      statusCode: 400,
    })
  })

  test('larger than any act is refused', async () => {
    expect(await write('POST', '/api/cases/case-1/wake', { reason: 'x'.repeat(20_000) })).toMatchObject({
      statusCode: 413,
    })
  })
})

describe('the mode', () => {
  test('is read and changed, in part too', async () => {
    expect(await get('/api/mode')).toEqual({ statusCode: 200, body: { mode: 'shadow', paused: false } })
    expect(await write('PUT', '/api/mode', { paused: true })).toEqual({
      statusCode: 200,
      body: { mode: 'shadow', paused: true },
    })
    expect(await write('PUT', '/api/mode', { mode: 'live', paused: false })).toMatchObject({
      body: { mode: 'live', paused: false },
    })
    expect(running.operations.asked[0]).toEqual(['setMode', { paused: true }, 'ann'])
  })

  test('can not be live without PagerDuty', async () => {
    running.operations.hasPagerduty = false
    expect(await write('PUT', '/api/mode', { mode: 'live' })).toEqual({
      statusCode: 409,
      body: { error: 'no-pagerduty' },
    })
  })

  test.each([[{}], [{ mode: 'fast' }], [{ paused: 'yes' }], [{ mode: 'shadow', on: 1 }]])(
    'refuses %j',
    async (patch) => {
      expect(await write('PUT', '/api/mode', patch)).toMatchObject({ statusCode: 400 })
    },
  )
})

describe('explain', () => {
  test('gives the decision about JSON and about plain text, as it came', async () => {
    expect(await write('POST', '/api/explain', '{"version":"4"}')).toMatchObject({
      statusCode: 200,
      body: { id: 'case-1' },
    })
    expect(await write('POST', '/api/explain', 'Labels:\n - CRN = x', { 'content-type': 'text/plain' })).toMatchObject({
      statusCode: 200,
    })
    expect(running.operations.asked).toEqual([
      ['explain', '{"version":"4"}'],
      ['explain', 'Labels:\n - CRN = x'],
    ])
  })

  test.each<[string, Error, number, string]>([
    ['that can not be read', new TerminalError('rejected', 'no alert in it'), 400, 'bad_request'],
    ['while an upstream is away', new TransientError('unknown', 'timeout'), 503, 'unavailable'],
    ['that breaks us', new Error('canary'), 500, 'internal'],
  ])('of an input %s is an error', async (_what, error, statusCode, code) => {
    running.operations.explainError = error
    expect(await write('POST', '/api/explain', '{}')).toEqual({ statusCode, body: { error: code } })
  })

  test.each([
    ['an empty text', ' ', 'text/plain'],
    ['a byte order mark', '\ufeffLabels:', 'text/plain'],
    ['no JSON', '{', 'application/json'],
  ])('refuses %s', async (_what, payload, type) => {
    expect(await write('POST', '/api/explain', payload, { 'content-type': type })).toMatchObject({ statusCode: 400 })
  })
})

describe('health', () => {
  test('says alive, and ready only while alerts can be made durable', async () => {
    expect(await get('/healthz')).toEqual({ statusCode: 200, body: { status: 'ok' } })
    expect(await get('/readyz')).toEqual({ statusCode: 200, body: { status: 'ok', checks: { store: 'ok' } } })
    running.operations.isReady = false
    expect(await get('/readyz')).toEqual({
      statusCode: 503,
      body: { status: 'unavailable', checks: { store: 'not writable' } },
    })
  })
})

import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { freePort } from '../support/free-port.ts'
import { waitUntil } from '../support/wait-until.ts'
import { FROM, type PagerdutyServer, sendJson, startServerOf, TOKEN } from './pagerduty-server.ts'

const INCIDENT = { id: 'Q1', status: 'acknowledged' }

let server: PagerdutyServer
let nowMs = Date.parse('2026-11-22T12:00:00Z')

afterEach(async () => {
  await server?.close()
})

/** A client whose clock is the test's, of a server that answers so. */
async function aClient(answer: (response: ServerResponse, nth: number) => void): Promise<PagerdutyClient> {
  server = await startServerOf((_request, response) => answer(response, server.seen.length))
  return new PagerdutyClient({ apiUrl: server.url, token: () => TOKEN, from: FROM, now: () => nowMs, timeoutMs: 3_000 })
}

type Call = (client: PagerdutyClient) => Promise<unknown>
const read: Call = (client) => client.incident('Q1')
const write: Call = (client) => client.addNote('Q1', 'words')
const wake: Call = (client) => client.spending('wake').snooze('Q1', 1)

const END = { code: expect.any(String) }
function endOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error)
}

describe('a PagerDuty that fails every call', () => {
  const failing = (response: ServerResponse) => sendJson(response, 500, {})

  test.each<[string, number, Call]>([
    ['1,000 reads', 1_000, read],
    ['1,000 notes', 1_000, write],
  ])(
    'gets hardly any of %s, and never more than a tenth above the first tries',
    async (_what, count, call) => {
      const client = await aClient(failing)
      for (let done = 0; done < count; done += 50)
        expect(await Promise.all(Array.from({ length: 50 }, () => endOf(call(client))))).toMatchObject(
          Array(50).fill(END),
        )
      expect(server.seen.length).toBeLessThanOrEqual(1.1 * count)
      expect(server.seen.length).toBeLessThanOrEqual(60)
    },
    30_000,
  )

  test('is still asked to ring a page', async () => {
    const client = await aClient(failing)
    await Promise.all(Array.from({ length: 10 }, () => endOf(write(client))))
    const before = server.seen.length
    expect(await endOf(write(client))).toMatchObject({ code: 'not-sent', retryAfterMs: expect.any(Number) })
    expect(await endOf(wake(client))).toMatchObject({ code: 'unknown' })
    expect(server.seen.length - before).toBe(1)
  })
})

describe('what a failed write says', () => {
  test.each<[string, (response: ServerResponse) => void, object]>([
    [
      '429 with seconds: not done, wait',
      (r) => sendJson(r, 429, {}, { 'ratelimit-reset': '7' }),
      { code: 'rate-limited', retryAfterMs: 7_000 },
    ],
    ['429 without a word: not done, wait', (r) => sendJson(r, 429, {}), { code: 'rate-limited', retryAfterMs: 5_000 }],
    ['500: it may be done', (r) => sendJson(r, 500, {}), { code: 'unknown' }],
    ['502: it may be done', (r) => sendJson(r, 502, {}), { code: 'unknown' }],
    ['503: it may be done', (r) => sendJson(r, 503, {}), { code: 'unknown' }],
    ['504: it may be done', (r) => sendJson(r, 504, {}), { code: 'unknown' }],
    ['reset: it may be done', (r) => void r.socket?.resetAndDestroy(), { code: 'unknown' }],
    ['no answer: it may be done', () => undefined, { code: 'unknown' }],
    [
      'a page of HTML: it may be done',
      (r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      { code: 'unknown' },
    ],
    ['half of the JSON: it may be done', (r) => void r.writeHead(200).end('{"note":{'), { code: 'unknown' }],
    [
      'too large an answer: it may be done',
      (r) => void r.writeHead(200).end('x'.repeat(2_000_000)),
      { code: 'unknown' },
    ],
    ['401: final', (r) => sendJson(r, 401, {}), { code: 'unauthorized' }],
    ['403: final', (r) => sendJson(r, 403, {}), { code: 'unauthorized' }],
  ])('%s', async (_sentence, answer, expected) => {
    expect(await endOf(write(await aClient(answer)))).toMatchObject(expected)
    expect(server.seen).toHaveLength(1)
  })

  test('no connection: not sent', async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`
    const client = new PagerdutyClient({ apiUrl, token: () => TOKEN, from: FROM, now: () => nowMs })
    expect(await endOf(write(client))).toMatchObject({ code: 'not-sent', retryAfterMs: null })
  })
})

describe('a PagerDuty that limits calls', () => {
  test('is not called before its time, by any call but a wake', async () => {
    const client = await aClient((response, nth) =>
      nth === 1
        ? sendJson(response, 429, {}, { 'ratelimit-reset': '60' })
        : sendJson(response, 200, { incident: INCIDENT, note: { id: 'N1', content: 'words' } }),
    )
    expect(await endOf(read(client))).toMatchObject({ code: 'rate-limited' })
    nowMs += 10_000
    for (const call of [read, write, (one: PagerdutyClient) => one.snooze('Q1', 5)])
      expect(await endOf(call(client))).toMatchObject({ code: 'rate-limited', retryAfterMs: 50_000 })
    expect(server.seen).toHaveLength(1)
    expect(await wake(client)).toMatchObject({ incident: INCIDENT })
    nowMs += 50_000
    expect(await read(client)).toMatchObject(INCIDENT)
    expect(server.seen).toHaveLength(3)
  })

  test('is obeyed before it refuses anything', async () => {
    const spent = { 'ratelimit-limit': '960', 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }
    const client = await aClient((response) => sendJson(response, 200, { incident: INCIDENT }, spent))
    await read(client)
    expect(await endOf(read(client))).toMatchObject({ code: 'rate-limited', retryAfterMs: 30_000 })
    expect(server.seen).toHaveLength(1)
  })
})

describe('a PagerDuty that refuses our token', () => {
  test('is left alone after two refusals', async () => {
    const client = await aClient((response) => sendJson(response, 401, { error: { code: 2006 } }))
    for (let count = 0; count < 20; count += 1) await endOf(write(client))
    expect(server.seen).toHaveLength(2)
    await waitUntil('a refusal that says when to ask again', async () =>
      String(await endOf(write(client))).includes('refuses our credentials'),
    )
  })
})

import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from '@jest/globals'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { TerminalError, TransientError } from '../../src/errors.ts'
import { NOW_MS } from '../support/builders.ts'
import { freePort } from '../support/free-port.ts'
import { FROM, type PagerdutyServer, sendJson, startServerOf, TOKEN } from './pagerduty-server.ts'

const INCIDENT = { id: 'Q1', status: 'acknowledged' }
const CODE = { error: { code: 1012, message: `Incident is not Acknowledged ${TOKEN}` } }

let server: PagerdutyServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(...[answer]: Parameters<typeof startServerOf>): Promise<PagerdutyServer> {
  server = await startServerOf(answer)
  return server
}

/** What the call failed with; its whole text never holds the token. */
async function failureOf(call: Promise<unknown>): Promise<TransientError | TerminalError> {
  const error = await call.then(
    () => {
      throw new Error('the call did not fail')
    },
    (reason: unknown) => reason,
  )
  if (!(error instanceof TransientError) && !(error instanceof TerminalError)) throw error
  expect(inspect(error, { depth: 10 })).not.toContain(TOKEN)
  expect(JSON.stringify(error)).not.toContain(TOKEN)
  return error
}

describe('an answer of PagerDuty', () => {
  test.each([200, 201])('%i is taken', async (status) => {
    const { client } = await start((_request, response) => sendJson(response, status, { incident: INCIDENT }))
    await expect(client.acknowledge('Q1')).resolves.toMatchObject(INCIDENT)
  })

  test.each([
    [400, 'rejected'],
    [401, 'unauthorized'],
    [402, 'rejected'],
    [403, 'unauthorized'],
    [404, 'not-found'],
    [405, 'rejected'],
    [409, 'rejected'],
    [410, 'rejected'],
    [413, 'rejected'],
    [422, 'rejected'],
  ])('%i is final: %s', async (status, code) => {
    const { client, seen } = await start((_request, response) => sendJson(response, status, CODE))
    const error = await failureOf(client.incident('Q1'))
    expect(error).toBeInstanceOf(TerminalError)
    expect(error).toMatchObject({ code, upstreamCode: '1012', message: `PagerDuty get incident: answered ${status}` })
    expect(seen).toHaveLength(1)
  })

  test.each([408, 500, 501, 502, 503, 504, 599])(
    '%i of a write is unknown, and it is not sent again',
    async (status) => {
      const { client, seen } = await start((_request, response) => sendJson(response, status, {}))
      const error = await failureOf(client.addNote('Q1', 'words'))
      expect(error).toBeInstanceOf(TransientError)
      expect(error).toMatchObject({ code: 'unknown', message: `PagerDuty add note: answered ${status}` })
      expect(seen).toHaveLength(1)
    },
  )

  test('a read that fails once is asked once more', async () => {
    const { client, seen } = await start((_request, response) =>
      seen.length === 1 ? sendJson(response, 500, {}) : sendJson(response, 200, { incident: INCIDENT }),
    )
    await expect(client.incident('Q1')).resolves.toMatchObject(INCIDENT)
    expect(seen).toHaveLength(2)
  })

  test('a read that fails twice is not asked a third time', async () => {
    const { client, seen } = await start((_request, response) => sendJson(response, 503, {}))
    await failureOf(client.incident('Q1'))
    expect(seen).toHaveLength(2)
  })
})

describe('a rate limit', () => {
  test.each<[string, Record<string, string>, number]>([
    ['with the seconds to wait', { 'ratelimit-reset': '7' }, 7_000],
    ['with the other header', { 'retry-after': '3' }, 3_000],
    ['with both, PagerDuty’s own first', { 'ratelimit-reset': '9', 'retry-after': '3' }, 9_000],
    ['with a date', { 'retry-after': new Date(NOW_MS + 4_000).toUTCString() }, 4_000],
    ['with a date that has passed', { 'retry-after': new Date(NOW_MS - 4_000).toUTCString() }, 0],
    ['without headers', {}, 5_000],
    ['with garbage', { 'ratelimit-reset': 'soon' }, 5_000],
    ['with a negative number', { 'ratelimit-reset': '-1' }, 5_000],
    ['with a broken number', { 'ratelimit-reset': '1.5' }, 5_000],
    ['with a wait of days', { 'ratelimit-reset': '999999' }, 900_000],
  ])('%s says how long to wait, and is one request on the wire', async (_name, headers, waitMs) => {
    const calls = [
      (client: PagerdutyClient) => client.incident('Q1'),
      (client: PagerdutyClient) => client.snooze('Q1', 5),
    ]
    for (const call of calls) {
      const one = await start((_request, response) => sendJson(response, 429, { error: { code: 2020 } }, headers))
      const error = await failureOf(call(one.client))
      expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: waitMs })
      expect(one.seen).toHaveLength(1)
      await one.close()
    }
  })

  test('without a body is the same', async () => {
    const { client, seen } = await start((_request, response) => response.writeHead(429).end())
    expect(await failureOf(client.incident('Q1'))).toMatchObject({ code: 'rate-limited', retryAfterMs: 5_000 })
    expect(seen).toHaveLength(1)
  })
})

describe('a broken answer', () => {
  test.each<[string, Parameters<typeof startServerOf>[0]]>([
    ['that never comes', () => undefined],
    [
      'whose body never ends',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"note":')
      },
    ],
    ['that is a reset connection', (_request, response) => response.socket?.resetAndDestroy()],
    [
      'that is cut off',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
        response.write('{"note":')
        setImmediate(() => response.destroy())
      },
    ],
    [
      'that is HTML',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>ok</html>'),
    ],
    [
      'that is truncated JSON',
      (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"note": {"id"'),
    ],
    ['that is empty', (_request, response) => response.writeHead(200).end()],
    ['of another shape', (_request, response) => sendJson(response, 200, { note: 'words' })],
    ['that is null', (_request, response) => sendJson(response, 200, null)],
    [
      'over 1 MiB',
      (_request, response) => sendJson(response, 200, { note: { id: 'N1', content: 'x'.repeat(1_100_000) } }),
    ],
  ])('%s is unknown: the write may have been done, and it is sent once', async (_name, answer) => {
    const { client, seen } = await start(answer)
    const error = await failureOf(client.addNote('Q1', 'words'))
    expect(error).toBeInstanceOf(TransientError)
    expect(error.code).toBe('unknown')
    expect(seen).toHaveLength(1)
  })

  test('an error page keeps its status', async () => {
    const { client } = await start((_request, response) =>
      response.writeHead(403, { 'content-type': 'text/html' }).end('<html>no</html>'),
    )
    expect(await failureOf(client.acknowledge('Q1'))).toMatchObject({ code: 'unauthorized' })
  })

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is not followed: the token goes nowhere else',
    async (status) => {
      const elsewhere = await startServerOf((_request, response) => sendJson(response, 200, { incident: INCIDENT }))
      try {
        const { client } = await start((_request, response) =>
          response.writeHead(status, { location: `${elsewhere.url}/x` }).end(),
        )
        await failureOf(client.acknowledge('Q1'))
        expect(elsewhere.seen).toEqual([])
      } finally {
        await elsewhere.close()
      }
    },
  )

  test('a port where nobody listens: nothing was sent', async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`
    const client = new PagerdutyClient({ apiUrl, token: () => TOKEN, from: FROM, now: () => NOW_MS })
    const error = await failureOf(client.acknowledge('Q1'))
    expect(error).toMatchObject({ code: 'not-sent', message: 'PagerDuty acknowledge: no connection (ECONNREFUSED)' })
  })
})

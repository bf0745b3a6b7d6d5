import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createPrometheusClient, type PrometheusClient } from '../../src/clients/prometheus.ts'
import { FAILURES_QUERY, failuresQueryOf } from '../../src/runbook/debugging.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { CRN } from '../support/builders.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

let server: AnsweringServer
let client: PrometheusClient
const calls: [string, string][] = []

function connect(url: string): PrometheusClient {
  return createPrometheusClient({
    url,
    now: () => NOW_MS,
    timeoutMs: 1_000,
    observe: (operation, outcome) => calls.push([operation, outcome]),
  })
}

beforeEach(async () => {
  calls.length = 0
  server = await startAnsweringServer()
  client = connect(`${server.url}/prod-fra02/carrier105/prometheus/`)
})

afterEach(async () => {
  await server.close()
})

function vector(result: unknown[], rest: object = {}) {
  return json(200, { status: 'success', data: { resultType: 'vector', result }, ...rest })
}

describe('an instant query', () => {
  test('is asked below the path prefix, as the alert asks it', async () => {
    server.answer = vector([])
    await client.query(FAILURES_QUERY.expression)
    const asked = new URL(server.seen[0]?.url ?? '', server.url)
    expect(asked.pathname).toBe('/prod-fra02/carrier105/prometheus/api/v1/query')
    expect(asked.searchParams.get('query')).toBe(
      'sum by(CRN) (delta(armada_kp_events_status{status="failed"}[5m])) > 0',
    )
    expect(server.seen[0]?.method).toBe('GET')
    expect(calls).toEqual([['query', 'ok']])
  })

  test('gives numbers of what are words on the wire, and leaves out what is no number', async () => {
    server.answer = vector(
      [
        { metric: { CRN }, value: [1_700_000_000.123, '2.246975'] },
        { metric: { CRN: 'b' }, value: [1_700_000_000.123, 'NaN'] },
        { metric: { CRN: 'c' }, value: [1_700_000_000.123, '+Inf'] },
        { metric: {}, value: [1_700_000_000, '1'] },
      ],
      { warnings: ['results may be incomplete'], infos: ['not a counter'] },
    )
    expect(await client.query('up')).toEqual({
      samples: [
        { labels: { CRN }, value: 2.246975, atMs: 1_700_000_000_123 },
        { labels: {}, value: 1, atMs: 1_700_000_000_000 },
      ],
      warnings: ['results may be incomplete'],
    })
  })

  test('sends the user and password of its address as basic authentication, and shows them in no link', async () => {
    server.answer = vector([])
    const known = connect(server.url.replace('//', '//ann:p%40ss@'))
    await known.query('up')
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
    expect(known.graphLink('up')).toBe(`${server.url}/graph?g0.expr=up&g0.tab=1`)
  })

  test.each([
    ['bad_data', 400],
    ['execution', 422],
  ])('that Prometheus refuses tells its word %s', async (errorType, status) => {
    server.answer = json(status, { status: 'error', errorType, error: 'parse error: secret="x"' })
    await expect(client.query('up')).rejects.toMatchObject({
      code: 'rejected',
      upstreamCode: errorType,
      message: `Prometheus query: answered ${status}`,
    })
  })

  test.each(BAD_ANSWERS)('that is answered with $name is an error', async ({ answer, code }) => {
    server.answer = answer
    await expect(client.query('up')).rejects.toMatchObject({ code })
    expect(calls).toEqual([['query', code]])
  })

  test('is not sent any more while nothing answers', async () => {
    server.answer = json(503, { status: 'error', errorType: 'timeout', error: 'query timed out' })
    for (let at = 0; at < 5; at += 1) await expect(client.query('up')).rejects.toMatchObject({ code: 'unknown' })
    await expect(client.query('up')).rejects.toMatchObject({ code: 'not-sent' })
    expect(server.seen).toHaveLength(5)
  })
})

describe('a query over a span', () => {
  test('gives a value for each step, and nothing where there is no sample', async () => {
    const fromMs = NOW_MS - 360_000
    server.answer = json(200, {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { CRN },
            values: [
              [fromMs / 1_000, '1'],
              [fromMs / 1_000 + 240, 'NaN'],
              [fromMs / 1_000 + 360, '2.5'],
            ],
          },
        ],
      },
    })
    const values = await client.queryRange(failuresQueryOf(CRN), { fromMs, toMs: NOW_MS, stepMs: 120_000 })
    expect(values).toEqual([1, null, null, 2.5])
    const { pathname, searchParams } = new URL(server.seen[0]?.url ?? '', server.url)
    expect(pathname).toBe('/prod-fra02/carrier105/prometheus/api/v1/query_range')
    expect(Object.fromEntries(searchParams)).toEqual({
      query: `sum by (CRN) (delta(armada_kp_events_status{status="failed",CRN="${CRN}"}[5m]))`,
      start: '1795348440',
      end: '1795348800',
      step: '120',
    })
  })
})

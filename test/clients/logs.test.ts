import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createIamTokens } from '../../src/clients/iam-token.ts'
import { isSearchable, type LogsClient } from '../../src/clients/logs.ts'
import { createIbmCloudLogsClient } from '../../src/clients/logs-ibm-cloud.ts'
import { createMezmoClient } from '../../src/clients/logs-mezmo.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { CLUSTER_ID, MINUTE_MS, OTHER_CLUSTER_ID } from '../support/builders.ts'

const API_KEY = 'sandbox-api-key'
const SERVICE_KEY = 'sandbox-logs-key'
const APP = 'armada-kp-events'
const KINDS = ['logdna', 'ibm-cloud-logs'] as const

let sandbox: Sandbox
let nowMs: number

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.iam.addApiKey(API_KEY)
  nowMs = sandbox.clock.now().getTime()
})

afterEach(async () => {
  await sandbox.close()
})

function connect(kind: (typeof KINDS)[number], url = `${sandbox.url}/logs`, key = SERVICE_KEY): LogsClient {
  const options = { url, now: () => nowMs, timeoutMs: 1_000 }
  if (kind === 'logdna') return createMezmoClient({ ...options, key: secretFromValue(key) })
  const tokens = createIamTokens({
    url: `${sandbox.url}/iam`,
    apiKey: secretFromValue(API_KEY),
    now: () => nowMs,
  })
  return createIbmCloudLogsClient({ ...options, tokens, tier: () => 'frequent_search' })
}

function write(
  text: string,
  { app = APP, level, minutesAgo = 1 }: { app?: string; level?: string; minutesAgo?: number } = {},
) {
  sandbox.logs.write({ app, text, at: new Date(nowMs - minutesAgo * MINUTE_MS), ...(level ? { level } : {}) })
}

function asked(change: object = {}) {
  return { term: CLUSTER_ID, app: APP, fromMs: nowMs - 10 * MINUTE_MS, toMs: nowMs, limit: 50, ...change }
}

describe.each(KINDS)('%s', (kind) => {
  test('gives the lines of a cluster and of the app alone, newest first, with level and time', async () => {
    write(`cluster ${CLUSTER_ID}: wrapping the key failed`, { level: 'error', minutesAgo: 2 })
    write(`cluster ${CLUSTER_ID}: trying again`, { level: 'info' })
    write(`cluster ${OTHER_CLUSTER_ID}: another one`, { level: 'error' })
    write(`cluster ${CLUSTER_ID}: of another app`, { app: 'armada-api', level: 'error' })
    write(`cluster ${CLUSTER_ID}: too old`, { level: 'error', minutesAgo: 11 })
    expect(await connect(kind).search(asked())).toEqual({
      lines: [
        { atMs: nowMs - MINUTE_MS, app: APP, level: 'info', text: `cluster ${CLUSTER_ID}: trying again` },
        {
          atMs: nowMs - 2 * MINUTE_MS,
          app: APP,
          level: 'error',
          text: `cluster ${CLUSTER_ID}: wrapping the key failed`,
        },
      ],
      isPartial: false,
    })
  })

  test('gives the lines of a CorrID in every app', async () => {
    write('CorrID=4b7c-f00d-51ed: denied', { app: 'armada-ghost' })
    write('CorrID=4b7c-f00d-51ee: other')
    const { lines } = await connect(kind).search(asked({ term: '4b7c-f00d-51ed', app: null }))
    expect(lines.map(({ app, text }) => ({ app, text }))).toEqual([
      { app: 'armada-ghost', text: 'CorrID=4b7c-f00d-51ed: denied' },
    ])
  })

  test('says that there is more where it gives only the newest', async () => {
    for (let at = 0; at < 5; at += 1) write(`${CLUSTER_ID} line ${at}`, { minutesAgo: 5 - at })
    const { lines, isPartial } = await connect(kind).search(asked({ limit: 2 }))
    expect(lines.map(({ text }) => text)).toEqual([`${CLUSTER_ID} line 4`, `${CLUSTER_ID} line 3`])
    expect(isPartial).toBe(true)
  })

  test('gives no line where there is none', async () => {
    expect(await connect(kind).search(asked())).toEqual({ lines: [], isPartial: false })
  })

  describe('behind a faulty server', () => {
    let server: AnsweringServer
    beforeEach(async () => {
      server = await startAnsweringServer()
    })
    afterEach(async () => {
      await server.close()
    })

    test.each(BAD_ANSWERS)('is unavailable after $name', async ({ answer, code }) => {
      server.answer = answer
      await expect(connect(kind, server.url).search(asked())).rejects.toMatchObject({ code })
    })
  })
})

describe('logdna', () => {
  test('reads further pages with all parameters as they were', async () => {
    for (let at = 0; at < 450; at += 1) write(`${CLUSTER_ID} line ${at}`)
    const { lines, isPartial } = await connect('logdna').search(asked({ limit: 1_000 }))
    expect(lines).toHaveLength(450)
    expect(isPartial).toBe(false)
    const queries = sandbox.requests.of('logs').map(({ query }) => query)
    expect(queries.map(({ pagination_id }) => pagination_id?.[0])).toEqual([undefined, '200', '400'])
    expect(new Set(queries.map(({ pagination_id: _, ...rest }) => JSON.stringify(rest))).size).toBe(1)
  })

  test('takes an access token where the key is none of a service, and remembers it', async () => {
    const server = await startAnsweringServer()
    server.answer = (response, { headers }) =>
      headers.authorization === 'Token sts_0123456789'
        ? json(200, { lines: [], pagination_id: null })(response)
        : json(401, { error: 'Not Authorized' })(response)
    const client = connect('logdna', server.url, 'sts_0123456789')
    await client.search(asked())
    await client.search(asked())
    expect(server.seen).toHaveLength(3)
    await server.close()
  })
})

describe('ibm-cloud-logs', () => {
  test('asks for another token where its own was revoked', async () => {
    const client = connect('ibm-cloud-logs')
    await client.search(asked())
    sandbox.iam.revokeTokens()
    await expect(client.search(asked())).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await client.search(asked())).toEqual({ lines: [], isPartial: false })
  })

  test.each([
    ['an error frame', ': error\ndata: {"error":{"message":"query failed"}}\n\n'],
    ['no result', ': success\ndata: {"query_id":{"query_id":"q"}}\n\n'],
    ['half a result', ': success\ndata: {"result":{"results":[{"metadata"'],
  ])('is unavailable after %s', async (_, stream) => {
    const server = await startAnsweringServer()
    server.answer = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream)
    await expect(connect('ibm-cloud-logs', server.url).search(asked())).rejects.toMatchObject({ code: 'unknown' })
    await server.close()
  })

  test('takes a line as it stands where the agent gave it no words', async () => {
    const server = await startAnsweringServer()
    const result = { metadata: [], labels: [], user_data: '{"count":1}' }
    server.answer = (response) =>
      response.end(`data: ${JSON.stringify({ result: { results: [result, { user_data: 'plain' }] } })}\r\n\r\n`)
    const { lines } = await connect('ibm-cloud-logs', server.url).search(asked())
    expect(lines).toEqual([
      { atMs: null, app: null, level: null, text: '{"count":1}' },
      { atMs: null, app: null, level: null, text: 'plain' },
    ])
    await server.close()
  })
})

test.each([
  ['4b7c-f00d-51ed', true],
  [CLUSTER_ID, true],
  ['a" OR "b', false],
  ["x' | limit 9", false],
  ['', false],
])('%p as a search term: %p', (term, expected) => {
  expect(isSearchable(term)).toBe(expected)
})

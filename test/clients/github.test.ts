import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createGithubClient, type GithubOptions } from '../../src/clients/github.ts'
import type { GithubCredentials } from '../../src/config/github-access.ts'
import { secretFromFile, secretFromValue } from '../../src/config/secret.ts'
import { type CallErrorCode, TerminalError, TransientError } from '../../src/errors.ts'
import { freePort } from '../support/free-port.ts'

const TOKEN = 'ghp_canary1234567890abcdef'
const NOW_MS = Date.parse('2026-01-01T00:00:00Z')
const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
/** An issue as GitHub gives it. */
const RAW_ISSUE = {
  number: 1,
  html_url: 'https://github.example.com/acme/kp/issues/1',
  state: 'open',
  title: 'x',
  body: null,
  labels: [],
  created_at: '2026-01-01T00:00:00Z',
}
const ISSUE = { title: 'Orphaned', body: 'body', labels: ['kp-events'] }

async function failureOf(call: Promise<unknown>): Promise<TransientError | TerminalError> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof TransientError || error instanceof TerminalError) return error
  throw new Error('not an error of ours', { cause: error })
}

describe('a GitHub that answers anything', () => {
  let server: Server
  let answer: (response: ServerResponse) => void
  let seen: { method: string; url: string; authorization: string | undefined }[]
  let nowMs: number

  beforeEach(async () => {
    seen = []
    nowMs = NOW_MS
    server = createServer((request, response) => {
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization,
      })
      request.resume().on('end', () => answer(response))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const json =
    (status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
    (response: ServerResponse): unknown =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

  function client(change: Partial<GithubOptions> = {}) {
    return createGithubClient({
      apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
      repository: 'acme/kp',
      credentials: { kind: 'token', token: secretFromValue(TOKEN) },
      now: () => nowMs,
      timeoutMs: 5_000,
      ...change,
    })
  }

  const limited = { message: 'You have exceeded a secondary rate limit. Please wait.' }
  const reset = String(NOW_MS / 1_000 + 90)
  const statuses: [string, number, object, Record<string, string>, CallErrorCode, number | null][] = [
    ['moved', 301, {}, { location: 'http://127.0.0.1:1/' }, 'rejected', null],
    ['moved for a while', 307, {}, { location: 'http://127.0.0.1:1/' }, 'rejected', null],
    ['a bad request', 400, {}, {}, 'rejected', null],
    ['bad credentials', 401, { message: 'Bad credentials' }, {}, 'unauthorized', null],
    ['no permission', 403, { message: 'Resource not accessible by integration' }, {}, 'unauthorized', null],
    ['not found', 404, {}, {}, 'not-found', null],
    ['deleted, or issues switched off', 410, {}, {}, 'rejected', null],
    ['invalid', 422, { message: 'Validation Failed', errors: [{ field: 'title' }] }, {}, 'rejected', null],
    ['a limit with retry-after', 403, limited, { 'retry-after': '30' }, 'rate-limited', 30_000],
    ['a 429 with retry-after', 429, {}, { 'retry-after': '7' }, 'rate-limited', 7_000],
    [
      'the hour is used up',
      403,
      {},
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      'rate-limited',
      90_000,
    ],
    [
      'a reset far away',
      429,
      {},
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' },
      'rate-limited',
      900_000,
    ],
    ['a garbled reset', 403, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, 'rate-limited', 60_000],
    ['a limit without any header', 403, limited, {}, 'rate-limited', 60_000],
    ['a 429 without any header', 429, {}, {}, 'rate-limited', 60_000],
    ['a time-out of the server', 408, {}, {}, 'unknown', null],
    ['an error of the server', 500, {}, {}, 'unknown', null],
    ['a bad gateway', 502, {}, {}, 'unknown', null],
    ['unavailable', 503, {}, {}, 'unknown', null],
    ['an answer of no shape', 201, { number: 'x' }, {}, 'unknown', null],
  ]

  test.each(statuses)('%s (%i) is told by its code, sent once and without the token', async (...row) => {
    const [, status, body, headers, code, waitMs] = row
    answer = json(status, body, headers)
    const error = await failureOf(client().createIssue(ISSUE))
    expect(error.code).toBe(code)
    expect(error instanceof TransientError ? error.retryAfterMs : null).toBe(waitMs)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.authorization).toBe(`Bearer ${TOKEN}`)
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(TOKEN)
  })

  const bodies: [string, (response: ServerResponse) => unknown][] = [
    ['a page of HTML', (response) => response.writeHead(201, { 'content-type': 'text/html' }).end('<html>')],
    ['half a JSON', (response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"number": 1,')],
    ['a closed socket', (response) => response.destroy()],
    ['no answer in time', () => undefined],
    ['a body that does not end in time', (response) => response.writeHead(201).write('{')],
    [
      'an answer too large to read',
      (response) =>
        response
          .writeHead(201, { 'content-type': 'application/json' })
          .end(`${JSON.stringify(RAW_ISSUE)}${' '.repeat(17 * 1_048_576)}`),
    ],
  ]

  test.each(bodies)('%s may have been committed', async (_what, give) => {
    answer = give
    const error = await failureOf(client({ timeoutMs: 2_500 }).createIssue(ISSUE))
    expect(error.code).toBe('unknown')
    expect(seen).toHaveLength(1)
  })

  test('a refused connection and credentials that can not be read were not sent', async () => {
    const refused = client({ apiUrl: `http://127.0.0.1:${await freePort()}` })
    expect((await failureOf(refused.createIssue(ISSUE))).code).toBe('not-sent')
    const unreadable = client({ credentials: { kind: 'token', token: secretFromFile('/nowhere/token') } })
    expect((await failureOf(unreadable.createIssue(ISSUE))).code).toBe('not-sent')
    expect(seen).toEqual([])
  })

  test('nothing is sent while a limit holds', async () => {
    answer = json(403, limited, { 'retry-after': '30' })
    const github = client()
    await failureOf(github.createIssue(ISSUE))
    nowMs += 29_000
    const error = await failureOf(github.listIssues({ labels: [], state: 'all' }))
    expect(error).toMatchObject({ code: 'rate-limited', retryAfterMs: 1_000 })
    expect(seen).toHaveLength(1)
    nowMs += 1_000
    answer = json(200, [])
    expect(await github.listIssues({ labels: [], state: 'all' })).toEqual([])
  })

  test('a list without end is given up rather than called complete', async () => {
    answer = json(200, [], { link: '<http://x/>; rel="next"' })
    const error = await failureOf(client({ timeoutMs: 5_000 }).listIssues({ labels: [], state: 'all' }))
    expect(error.code).toBe('rejected')
    expect(seen).toHaveLength(100)
  })
})

describe('a GitHub Enterprise Server', () => {
  let sandbox: Sandbox
  let offsetMs: number

  beforeEach(async () => {
    sandbox = await startSandbox()
    offsetMs = 0
  })

  afterEach(() => sandbox.close())

  const app: GithubCredentials = {
    kind: 'app',
    appId: '12345',
    installationId: 77,
    privateKey: secretFromValue(KEYS.privateKey.replaceAll('\n', '\\n')),
  }

  function client(credentials: GithubCredentials = { kind: 'token', token: secretFromValue(TOKEN) }) {
    return createGithubClient({
      apiUrl: `${sandbox.url}/github/api/v3`,
      repository: DEFAULT_REPOSITORY,
      credentials,
      now: () => Date.now() + offsetMs,
    })
  }

  const tokensAsked = () => sandbox.requests.entries().filter(({ path }) => path.includes('access_tokens')).length

  test('an issue is opened, read, commented and listed below its own base address', async () => {
    const github = client()
    const made = await github.createIssue(ISSUE)
    expect(made).toMatchObject({ number: 1, state: 'open', title: 'Orphaned', body: 'body', labels: ['kp-events'] })
    expect(await github.issue(1)).toEqual(made)
    const comment = await github.addComment(1, 'again')
    expect(await github.listComments(1)).toEqual([comment])
    expect(await github.listIssues({ labels: ['kp-events'], state: 'all' })).toEqual([made])
    expect(await github.listIssues({ labels: ['kp-events', 'other'], state: 'all' })).toEqual([])
    expect(await github.listIssues({ labels: [], state: 'all', sinceMs: Date.now() + 60_000 })).toEqual([])
  })

  test('all pages are read, newest first, and pull requests are left out', async () => {
    for (let count = 0; count < 120; count += 1)
      sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: `issue ${count}`, labels: ['kp-events'] })
    sandbox.github.openPullRequest(DEFAULT_REPOSITORY, { title: 'pull', labels: ['kp-events'] })
    const found = await client().listIssues({ labels: ['kp-events'], state: 'open' })
    expect(found).toHaveLength(120)
    expect(found[0]?.title).toBe('issue 119')
  })

  test.each([
    ['deleted', () => sandbox.github.deleteIssue(DEFAULT_REPOSITORY, 1), '410'],
    [
      'transferred',
      () => {
        sandbox.github.addRepository('kp-sandbox/other')
        sandbox.github.transferIssue(DEFAULT_REPOSITORY, 1, 'kp-sandbox/other')
      },
      '301',
    ],
  ])('an issue that was %s is told so', async (_what, arrange, status) => {
    sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'x' })
    arrange()
    expect(await failureOf(client().issue(1))).toMatchObject({ code: 'rejected', upstreamCode: status })
  })

  test('an app signs itself in once an hour, for its repository and issues alone', async () => {
    sandbox.github.credentials.appPublicKey = KEYS.publicKey
    const github = client(app)
    await Promise.all([github.createIssue(ISSUE), github.createIssue(ISSUE), github.createIssue(ISSUE)])
    expect(tokensAsked()).toBe(1)
    expect(sandbox.github.issues()[0]?.author).toBe('kp-responder[bot]')
    offsetMs = 54 * 60_000
    await github.issue(1)
    expect(tokensAsked()).toBe(1)
    // Shortly before its end another one is asked for.
    offsetMs = 56 * 60_000
    sandbox.clock.jump(56 * 60_000)
    await Promise.all([github.issue(1), github.issue(2)])
    expect(tokensAsked()).toBe(2)
  })

  test('a token that GitHub revoked is replaced at the next call', async () => {
    const github = client(app)
    await github.createIssue(ISSUE)
    sandbox.github.credentials.revokeIssued()
    expect((await failureOf(github.issue(1))).code).toBe('unauthorized')
    expect((await github.issue(1)).number).toBe(1)
  })

  test('an app whose key is refused says so, and asks again at the next call', async () => {
    sandbox.github.credentials.installations = []
    const github = client(app)
    expect((await failureOf(github.createIssue(ISSUE))).message).toContain('get installation token')
    sandbox.github.credentials.installations = [77]
    expect((await github.createIssue(ISSUE)).number).toBe(1)
  })
})

import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createSlackSearch, type SlackSearch } from '../../src/clients/slack-search.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { type CallErrorCode, TerminalError, TransientError } from '../../src/errors.ts'

const TOKEN = 'xoxp-canary-1234567890'
const CHANNEL = 'C54FY4EKG'
const OTHER_CHANNEL = 'C9XGSR292'
const ID = 'c0ffee00000000000001'
const NOW_MS = Date.parse('2026-01-01T00:00:00Z')

function searchAt(apiUrl: string, token = TOKEN): SlackSearch {
  return createSlackSearch({ apiUrl, userToken: secretFromValue(token), now: () => NOW_MS, timeoutMs: 1_000 })
}

async function failureOf(call: Promise<unknown>): Promise<TransientError | TerminalError> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof TransientError || error instanceof TerminalError) return error
  throw error
}

describe('a search in a workspace', () => {
  let sandbox: Sandbox

  beforeEach(async () => {
    sandbox = await startSandbox()
  })

  afterEach(() => sandbox.close())

  function search(token?: string): SlackSearch {
    return searchAt(`${sandbox.url}/slack/api/`, token)
  }

  function say(text: string, more: { channel?: string; threadTs?: string } = {}): string {
    const author = { botId: 'B0DEPLOYED' }
    return sandbox.slack.post({ channel: CHANNEL, author, shape: 'attachment', text, silent: true, ...more })
  }

  function asked(): unknown[] {
    return sandbox.requests.of('slack', 'POST', '/search.messages').map(({ body }) => body)
  }

  test('finds what the channel says of the cluster, newest first, and which of it are replies', async () => {
    const first = say(`deletion of ${ID} requested`)
    const reply = say(`${ID} is gone`, { threadTs: first })
    const last = say(`deletion of ${ID} completed`)
    say(`deletion of ${ID} completed`, { channel: OTHER_CHANNEL })
    say('deletion of c0ffee00000000000002 completed')
    expect(await search().findMessages(CHANNEL, ID)).toMatchObject([
      { channel: CHANNEL, ts: last, threadTs: null },
      { ts: reply, threadTs: first },
      { ts: first, threadTs: null },
    ])
    expect(asked()).toMatchObject([{ query: `"${ID}" in:<#${CHANNEL}>`, sort: 'timestamp', sort_dir: 'desc' }])
  })

  test('finds nothing before the index has caught up, which is no failure', async () => {
    sandbox.slack.setSearchLag(60_000)
    say(`deletion of ${ID} completed`)
    expect(await search().findMessages(CHANNEL, ID)).toEqual([])
    sandbox.clock.jump(60_000)
    expect(await search().findMessages(CHANNEL, ID)).toHaveLength(1)
  })

  test('reads three pages at most', async () => {
    for (let count = 0; count < 301; count += 1) say(`${ID} retried`)
    expect(await search().findMessages(CHANNEL, ID)).toHaveLength(300)
    expect(asked()).toHaveLength(3)
  })

  test('is refused to the token of a bot, and to a user without the scope', async () => {
    expect(await failureOf(search('xoxb-a-bot').findMessages(CHANNEL, ID))).toMatchObject({
      code: 'unauthorized',
      upstreamCode: 'not_allowed_token_type',
    })
    sandbox.slack.setScopes('user', [])
    const error = await failureOf(search().findMessages(CHANNEL, ID))
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('search:read') })
  })

  test('is not sent again until the time that Slack named', async () => {
    sandbox.faults.add({
      upstream: 'slack',
      path: '/search.messages',
      fault: { kind: 'rateLimited', retryAfterSeconds: 17 },
    })
    const limited = search()
    for (let tries = 0; tries < 2; tries += 1)
      expect(await failureOf(limited.findMessages(CHANNEL, ID))).toMatchObject({
        code: 'rate-limited',
        retryAfterMs: 17_000,
      })
    expect(asked()).toHaveLength(1)
  })

  test('that is not answered ends in time', async () => {
    sandbox.faults.add({ upstream: 'slack', fault: { kind: 'hang', when: 'before-commit' } })
    expect(await failureOf(search().findMessages(CHANNEL, ID))).toMatchObject({ code: 'unknown' })
  })
})

describe('an answer to a search', () => {
  let server: Server
  let answer: (response: ServerResponse) => void

  beforeEach(async () => {
    server = createServer((request, response) => {
      request.resume()
      answer(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  function search(body: string, status = 200) {
    answer = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    return searchAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).findMessages(CHANNEL, ID)
  }

  test.each<[string, string, number, CallErrorCode]>([
    ['a page of HTML', '<html>please sign in</html>', 200, 'unknown'],
    ['half of the JSON', '{"ok":true,"messages":{"mat', 200, 'unknown'],
    ['another shape', '{"ok":true,"messages":{"matches":"none"}}', 200, 'unknown'],
    ['no number of pages', '{"ok":true,"messages":{"matches":[]}}', 200, 'unknown'],
    ['a 500', '{}', 500, 'unknown'],
    ['a 401', '{}', 401, 'unauthorized'],
    ['a revoked token', '{"ok":false,"error":"token_revoked"}', 200, 'unauthorized'],
    ['a limit in a 200', '{"ok":false,"error":"ratelimited"}', 200, 'rate-limited'],
    ['a word that is not known', '{"ok":false,"error":"no_query"}', 200, 'rejected'],
  ])('that is %s is a failure that names no token', async (_name, body, status, code) => {
    const error = await failureOf(search(body, status))
    expect(error.code).toBe(code)
    expect(`${error.message} ${error.stack}`).not.toContain('canary')
  })

  test('may hold matches that can not be read: they are left out', async () => {
    const good = {
      ts: '1700000000.000100',
      channel: { id: CHANNEL },
      permalink: 'https://x.slack.com/archives/C/p17',
      text: ID,
    }
    const matches = [null, 7, { ...good, ts: 1.7 }, { ...good, channel: CHANNEL }, { ...good, permalink: 'p17' }, good]
    const body = JSON.stringify({ ok: true, messages: { matches, paging: { pages: 1 } } })
    expect(await search(body)).toEqual([{ channel: CHANNEL, ts: good.ts, threadTs: null, message: good }])
  })
})

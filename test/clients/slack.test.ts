import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { createSlackClient, type SlackClient } from '../../src/clients/slack.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { type CallErrorCode, TerminalError, TransientError } from '../../src/errors.ts'

const TOKEN = 'xoxb-canary-1234567890'
const NOW_MS = Date.parse('2026-01-01T00:00:00Z')

type Answer = (response: ServerResponse) => void

interface Seen {
  method: string
  form: URLSearchParams
  authorization: string | undefined
}

let server: Server
let answer: Answer
let seen: Seen[]
let logged: string
let nowMs: number

beforeEach(async () => {
  seen = []
  logged = ''
  nowMs = NOW_MS
  answer = json({ ok: true })
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { authorization } = request.headers
      seen.push({ method: request.url?.replace('/api/', '') ?? '', form: new URLSearchParams(body), authorization })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function raw(body: string, status = 200): Answer {
  return (response) => response.writeHead(status, { 'content-type': 'text/html' }).end(body)
}

function logLine(line: string): void {
  logged += line
}

function client(apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`): SlackClient {
  const logger = pino({ level: 'trace' }, { write: logLine })
  return createSlackClient({ apiUrl, botToken: secretFromValue(TOKEN), now: () => nowMs, logger, timeoutMs: 1_000 })
}

async function failureOf(call: Promise<unknown>): Promise<TransientError | TerminalError> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof TransientError || error instanceof TerminalError) return error
  throw error
}

function post(slack = client()): Promise<unknown> {
  return slack.postMessage({ channel: 'C1', text: `secret ${TOKEN}` })
}

describe('failures of Slack', () => {
  test.each<[string, Answer, CallErrorCode, number | null]>([
    [
      '429 with Retry-After',
      json({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': '17' }),
      'rate-limited',
      17_000,
    ],
    [
      '429 with a date',
      json({}, 429, { 'retry-after': new Date(NOW_MS + 20_000).toUTCString() }),
      'rate-limited',
      20_000,
    ],
    ['429 without Retry-After', json({}, 429), 'rate-limited', 5_000],
    ['429 with a garbled Retry-After', json({}, 429, { 'retry-after': 'soon' }), 'rate-limited', 5_000],
    ['429 with an absurd Retry-After', json({}, 429, { 'retry-after': '999999' }), 'rate-limited', 900_000],
    ['500', json({ ok: false }, 500), 'unknown', null],
    ['502 with a page', raw('<html>bad gateway</html>', 502), 'unknown', null],
    ['503', json({}, 503), 'unknown', null],
    ['408', json({}, 408), 'unknown', null],
    ['401', json({}, 401), 'unauthorized', null],
    ['403', raw('forbidden', 403), 'unauthorized', null],
    ['404', raw('not here', 404), 'not-found', null],
    ['400', json({}, 400), 'rejected', null],
    ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), 'unknown', null],
    ['200 with a page', raw('<html>please sign in</html>'), 'unknown', null],
    ['200 with nothing', raw(''), 'unknown', null],
    ['200 with half of the JSON', raw('{"ok":true,"chan'), 'unknown', null],
    ['200 with null', json(null), 'unknown', null],
    ['200 with a list', json([]), 'unknown', null],
    ['200 of another shape', json({ ok: true, channel: 7 }), 'unknown', null],
    ['no answer', () => undefined, 'unknown', null],
    ['a body that stops', (response) => void response.writeHead(200).write('{"ok":'), 'unknown', null],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'unknown', null],
  ])('%s', async (_sentence, given, code, retryAfterMs) => {
    answer = given
    const error = await failureOf(post())
    expect(error.code).toBe(code)
    expect(error instanceof TransientError ? error.retryAfterMs : null).toBe(retryAfterMs)
    expect(seen).toHaveLength(1)
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${logged}`).not.toContain('canary')
  })

  test('a refused connection was certainly not sent', async () => {
    const slack = client()
    await new Promise((resolve) => server.close(resolve))
    const error = await failureOf(post(slack))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    expect(error).toMatchObject({ name: 'TransientError', code: 'not-sent' })
    expect(`${error.message} ${logged}`).not.toContain('canary')
  })

  test.each<[string, CallErrorCode]>([
    ['ratelimited', 'rate-limited'],
    ['rate_limited', 'rate-limited'],
    ['message_limit_exceeded', 'rate-limited'],
    ['fatal_error', 'unknown'],
    ['internal_error', 'unknown'],
    ['request_timeout', 'unknown'],
    ['service_unavailable', 'unknown'],
    ['team_added_to_org', 'unknown'],
    ['access_denied', 'unauthorized'],
    ['account_inactive', 'unauthorized'],
    ['ekm_access_denied', 'unauthorized'],
    ['invalid_auth', 'unauthorized'],
    ['missing_scope', 'unauthorized'],
    ['no_permission', 'unauthorized'],
    ['not_allowed_token_type', 'unauthorized'],
    ['not_authed', 'unauthorized'],
    ['not_in_channel', 'unauthorized'],
    ['token_expired', 'unauthorized'],
    ['token_revoked', 'unauthorized'],
    ['channel_not_found', 'not-found'],
    ['message_not_found', 'not-found'],
    ['thread_not_found', 'not-found'],
    ['is_archived', 'rejected'],
    ['cant_update_message', 'rejected'],
    ['edit_window_closed', 'rejected'],
    ['invalid_blocks', 'rejected'],
    ['msg_blocks_too_long', 'rejected'],
    ['msg_too_long', 'rejected'],
    ['no_text', 'rejected'],
    ['restricted_action', 'rejected'],
    ['a_word_not_known_yet', 'rejected'],
    ['constructor', 'rejected'],
  ])('ok:false with %s is %s', async (word, code) => {
    answer = json({ ok: false, error: word })
    const error = await failureOf(post())
    expect(error.code).toBe(code)
    const isTerminal = code === 'unauthorized' || code === 'not-found' || code === 'rejected'
    expect(error instanceof TerminalError ? error.upstreamCode : null).toBe(isTerminal ? word : null)
  })

  test('a missing scope is named, other text of the answer is not repeated', async () => {
    answer = json({ ok: false, error: 'missing_scope', needed: 'channels:history', provided: TOKEN })
    expect((await failureOf(post())).message).toBe('Slack chat.postMessage: missing_scope (needs channels:history)')
    answer = json({ ok: false, error: `<b>${TOKEN}</b>` })
    expect((await failureOf(post())).message).toBe('Slack chat.postMessage: answer is not readable')
  })

  test('a limited method is not called again before its time, others are', async () => {
    const slack = client()
    answer = json({}, 429, { 'retry-after': '30' })
    await failureOf(slack.history('C1', { oldestMs: 0 }))
    answer = json({ ok: true, messages: [], channel: { id: 'C1', name: 'a', is_member: true } })
    nowMs += 10_000
    expect(await failureOf(slack.history('C1', { oldestMs: 0 }))).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 20_000,
    })
    expect(await slack.info('C1')).toEqual({ id: 'C1', name: 'a', isMember: true, isArchived: false })
    expect(seen.map(({ method }) => method)).toEqual(['conversations.history', 'conversations.info'])
    nowMs += 20_000
    expect(await slack.history('C1', { oldestMs: 0 })).toEqual({ messages: [], cursor: null })
  })
})

describe('calls of Slack', () => {
  test('history asks inclusively for the greatest page and follows the cursor', async () => {
    const slack = client()
    answer = json({
      ok: true,
      messages: [{ ts: '1.000001' }],
      has_more: true,
      response_metadata: { next_cursor: 'next' },
    })
    expect(await slack.history('C1', { oldestMs: 1_700_000_000_123, cursor: 'c', priority: 'backfill' })).toEqual({
      messages: [{ ts: '1.000001' }],
      cursor: 'next',
    })
    expect(Object.fromEntries(seen[0]?.form ?? [])).toEqual({
      channel: 'C1',
      oldest: '1700000000.123000',
      inclusive: 'true',
      limit: '999',
      cursor: 'c',
    })
    expect(seen[0]?.authorization).toBe(`Bearer ${TOKEN}`)
  })

  test('more messages without a cursor are no end of the channel', async () => {
    answer = json({ ok: true, messages: [], has_more: true, response_metadata: { next_cursor: '' } })
    expect((await failureOf(client().history('C1', { oldestMs: 0 }))).code).toBe('unknown')
  })

  test('a post opens no preview, mentions nobody and carries its key', async () => {
    answer = json({ ok: true, channel: 'C1', ts: '1700000000.000001' })
    const ref = await client().postMessage({
      channel: 'C1',
      text: 'hi',
      blocks: [{ type: 'divider' }],
      metadataKey: 'case-1',
      threadTs: '1.2',
    })
    expect(ref).toEqual({ channel: 'C1', ts: '1700000000.000001' })
    expect(Object.fromEntries(seen[0]?.form ?? [])).toEqual({
      channel: 'C1',
      text: 'hi',
      blocks: '[{"type":"divider"}]',
      metadata: '{"event_type":"kp_responder_effect","event_payload":{"key":"case-1"}}',
      thread_ts: '1.2',
      unfurl_links: 'false',
      unfurl_media: 'false',
      link_names: 'false',
      parse: 'none',
    })
  })

  test('an own earlier post is found by its key over all pages, another app’s copy of the key is not', async () => {
    const pages: Record<string, unknown>[] = [
      {
        messages: [{ ts: '9.9', bot_id: 'B2', user: 'U2', metadata: { event_type: 'x', event_payload: { key: 'k' } } }],
        response_metadata: { next_cursor: 'p2' },
      },
      {
        messages: [
          { ts: '1.1', text: 'plain' },
          { ts: '2.2', bot_id: 'B1', metadata: { event_payload: { key: 'k' } } },
        ],
      },
    ]
    answer = (response) => {
      const isAuth = seen.at(-1)?.method === 'auth.test'
      const identity = { url: 'https://ws.slack.com/', team_id: 'T1', user_id: 'U1', bot_id: 'B1' }
      json({ ok: true, ...(isAuth ? identity : pages.shift()) })(response)
    }
    const slack = client()
    expect(await slack.findOwnMessage('C1', { sinceMs: 0, metadataKey: 'k' })).toEqual({ channel: 'C1', ts: '2.2' })
    expect(seen.at(-1)?.form.get('include_all_metadata')).toBe('true')
    expect(slack.permalink('C1', '1700000000.000001')).toBe('https://ws.slack.com/archives/C1/p1700000000000001')
  })

  test('many earlier posts are looked for together, each as far back as it may be', async () => {
    const own = (key: string, ts: string) => ({ ts, bot_id: 'B1', metadata: { event_payload: { key } } })
    const pages = [
      { messages: [own('new', '1700000300.0'), own('a', '1700000200.0')], response_metadata: { next_cursor: 'p2' } },
      { messages: [own('old', '1700000000.0')] },
    ]
    answer = (response) => {
      const { method, form } = seen.at(-1) ?? {}
      const identity = { url: 'https://ws.slack.com/', team_id: 'T1', user_id: 'U1', bot_id: 'B1' }
      json({ ok: true, ...(method === 'auth.test' ? identity : pages[form?.has('cursor') ? 1 : 0]) })(response)
    }
    const slack = client()
    const find = (metadataKey: string, sinceMs: number) => slack.findOwnMessage('C1', { metadataKey, sinceMs })
    const at = 1_700_000_000_000
    const found = await Promise.all([find('a', at), find('old', at + 250_000), find('gone', at), find('old', at - 1)])
    expect(found.map((ref) => ref?.ts ?? null)).toEqual(['1700000200.0', null, null, '1700000000.0'])
    const reads = seen.filter(({ method }) => method === 'conversations.history')
    expect(reads.map(({ form }) => [form.get('oldest'), form.get('cursor')])).toEqual([
      [expect.stringMatching(/^1699999999\.999/), null],
      [expect.stringMatching(/^1699999999\.999/), 'p2'],
    ])
  })

  test('a post that may not be sent any more when its turn comes is not sent', async () => {
    const slack = client()
    const refused = slack.postMessage({
      channel: 'C1',
      text: 'hi',
      beforeSend: () => Promise.reject(new Error('lost')),
    })
    await expect(refused).rejects.toThrow('lost')
    expect(seen).toEqual([])
  })

  test('without knowing the workspace a link goes through slack.com', () => {
    expect(client().permalink('C1', '1700000000.000001', '1700000000.000000')).toBe(
      'https://slack.com/archives/C1/p1700000000000001?thread_ts=1700000000.000000&cid=C1',
    )
  })

  test('a channel is found by its exact name', async () => {
    answer = json({
      ok: true,
      channels: [
        { id: 'C0', name: 'armada-deploy-alerts' },
        { id: 'C1', name: 'armada-deploy', is_member: true },
      ],
    })
    expect(await client().findChannelByName('#armada-deploy')).toMatchObject({ id: 'C1', isMember: true })
    expect(await client().findChannelByName('armada')).toBeNull()
  })

  test('polls go before the pages of a long read that wait', async () => {
    answer = json({ ok: true, messages: [] })
    const slack = client()
    const ended: string[] = []
    const read = (name: string, priority: 'poll' | 'backfill') =>
      slack.history(name, { oldestMs: 0, priority }).then(() => ended.push(name))
    const all = [
      read('B1', 'backfill'),
      read('B2', 'backfill'),
      read('B3', 'backfill'),
      read('B4', 'backfill'),
      read('B5', 'backfill'),
      read('B6', 'backfill'),
      read('P1', 'poll'),
    ]
    await Promise.all(all)
    expect(ended.indexOf('P1')).toBeLessThan(ended.indexOf('B6'))
  }, 20_000)
})

import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { SessionLedger } from '../../src/handlers/session-ledger.ts'
import { SESSION_MS } from '../../src/handlers/sessions.ts'
import { formClient } from './form-client.ts'
import { OPERATOR_TOKEN, startTestServer, type TestServer, WEBHOOK_TOKEN } from './test-server.ts'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer()
})
afterEach(() => running.close())

const { post, signIn, page, formTokenOf } = formClient(() => running)

describe('signing in', () => {
  test('opens the page that was asked for, with a cookie that no script and no other site can use', async () => {
    const { statusCode, body } = await page('/cases/case-1', {})
    expect(statusCode).toBe(401)
    expect(body).toContain('<input type="hidden" name="next" value="/cases/case-1">')
    const answer = await post('/sign-in', { token: OPERATOR_TOKEN, next: '/cases/case-1' })
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/cases/case-1')
    expect(answer.cookies).toEqual([
      {
        name: 'kp_session',
        value: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        maxAge: 43_200,
      },
    ])
  })

  test('sets a Secure cookie where people reach us by TLS', async () => {
    await running.close()
    running = await startTestServer({ environment: { PUBLIC_URL: 'https://responder.example.com' } })
    const { cookies } = await post('/sign-in', { token: OPERATOR_TOKEN })
    expect(cookies).toMatchObject([{ name: '__Host-kp_session', secure: true, httpOnly: true }])
  })

  test.each([
    ['a wrong token', { token: 'nope' }],
    ['a webhook token', { token: WEBHOOK_TOKEN }],
  ])('with %s stays on the sign-in page and says why', async (_what, fields) => {
    const { statusCode, body, cookies } = await post('/sign-in', fields)
    expect({ statusCode, cookies }).toEqual({ statusCode: 401, cookies: [] })
    expect(body).toContain('This token is not known.')
  })

  test.each(['//evil.example', 'https://evil.example', '/cases/../x', '/cases/a?b', '/\\evil'])(
    'never leads to %s',
    async (next) => {
      expect((await post('/sign-in', { token: OPERATOR_TOKEN, next })).headers.location).toBe('/')
    },
  )

  test('is refused from another site', async () => {
    expect((await post('/sign-in', { token: OPERATOR_TOKEN }, { origin: 'https://evil.example' })).statusCode).toBe(403)
  })

  test('lasts twelve hours', async () => {
    const cookie = await signIn()
    running.clock.nowMs += SESSION_MS - 1
    expect((await page('/', { cookie })).statusCode).toBe(200)
    running.clock.nowMs += 1
    expect((await page('/', { cookie })).statusCode).toBe(401)
  })

  test('ends when the token of the operator is no longer configured', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kp-operators-'))
    const file = join(directory, 'operators')
    await writeFile(file, `ann:${OPERATOR_TOKEN},ben:another-token-0123456789`)
    await running.close()
    running = await startTestServer({ environment: { OPERATOR_TOKENS: '', OPERATOR_TOKENS_FILE: file } })
    const cookie = await signIn()
    expect((await page('/', { cookie })).statusCode).toBe(200)
    await writeFile(file, 'ann:rotated-token-0123456789,ben:another-token-0123456789')
    await utimes(file, 1, 1) // The change is seen by the file's time, which may be the same within a millisecond.
    expect((await page('/', { cookie })).statusCode).toBe(401)
    await rm(directory, { recursive: true })
  })

  test('ends by signing out', async () => {
    const cookie = await signIn()
    const answer = await post('/sign-out', { formToken: await formTokenOf(cookie) }, { cookie })
    expect(answer.statusCode).toBe(303)
    expect((await page('/', { cookie })).statusCode).toBe(401)
  })

  test('counts at every replica and after a restart, and so does signing out', async () => {
    const cookie = await signIn()
    const { store } = running
    const other = await startTestServer({ wrapStore: () => store })
    try {
      expect((await other.server.inject({ url: '/', headers: { cookie } })).statusCode).toBe(200)
      await post('/sign-out', { formToken: await formTokenOf(cookie) }, { cookie })
      expect((await other.server.inject({ url: '/', headers: { cookie } })).statusCode).toBe(401)
    } finally {
      await other.close()
    }
  })

  test('can not be made by whoever has no key: another store, a changed cookie', async () => {
    const cookie = await signIn()
    const other = await startTestServer()
    try {
      expect((await other.server.inject({ url: '/', headers: { cookie } })).statusCode).toBe(401)
    } finally {
      await other.close()
    }
    const at = cookie.length - 30
    const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`
    expect((await page('/', { cookie: changed })).statusCode).toBe(401)
  })

  test('ends for everybody rather than forget that somebody signed out, after a thousand of them', async () => {
    const stays = await signIn()
    const ledger = new SessionLedger(running.store, () => running.clock.nowMs)
    const ended = Array.from({ length: 999 }, (_, at) => [`id-${at}`, running.clock.nowMs + 1_000])
    const known = JSON.parse((await running.store.setting('sessions')) ?? '')
    await running.store.putSetting('sessions', JSON.stringify({ ...known, ended }))
    await ledger.end('the thousandth', running.clock.nowMs + 1_000)
    expect((await page('/', { cookie: stays })).statusCode).toBe(200)
    await ledger.end('one more', running.clock.nowMs + 1_000)
    expect((await page('/', { cookie: stays })).statusCode).toBe(401)
    expect((await page('/', { cookie: await signIn() })).statusCode).toBe(200)
  })

  test('opens the API for reading, and for writing from our own pages alone', async () => {
    const cookie = await signIn()
    expect((await running.server.inject({ url: '/api/cases', headers: { cookie } })).statusCode).toBe(200)
    const put = async (headers: Record<string, string>) => {
      const answer = await running.server.inject({
        method: 'PUT',
        url: '/api/mode',
        headers: { cookie, host: 'responder:8080', 'content-type': 'application/json', ...headers },
        payload: '{"paused":true}',
      })
      return answer.statusCode
    }
    expect(await put({ origin: 'https://evil.example' })).toBe(403)
    expect(await put({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' })).toBe(403)
    expect(await put({ origin: 'null' })).toBe(403)
    expect(await put({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await put({ 'sec-fetch-site': 'same-site', origin: 'http://responder:8080' })).toBe(403)
    expect(running.operations.setting.paused).toBe(false)
    expect(await put({ origin: 'http://responder:8080', 'sec-fetch-site': 'same-origin' })).toBe(200)
  })
})

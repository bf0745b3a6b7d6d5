import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CLIENT_ID, CLIENT_SECRET, type OidcProvider, startOidcProvider } from './oidc-provider.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const PUBLIC_URL = 'http://127.0.0.1:8080'

let provider: OidcProvider
let running: TestServer

const environmentOf = (operators: string) => ({
  PUBLIC_URL,
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: CLIENT_ID,
  OIDC_CLIENT_SECRET: CLIENT_SECRET,
  OIDC_OPERATORS: operators,
})

beforeEach(async () => {
  provider = await startOidcProvider(`${PUBLIC_URL}/sign-in/callback`)
  running = await startTestServer({ environment: environmentOf('ann@example.com, group:sre, sub:u-7') })
  running.clock.nowMs = Date.now() // The provider signs by the real clock.
})
afterEach(async () => {
  await running.close()
  await provider.close()
})

type Cookies = Record<string, string>

async function get(url: string, cookies: Cookies = {}) {
  const answer = await running.server.inject({ url, cookies })
  const set: Cookies = { ...cookies }
  for (const { name, value } of answer.cookies) set[name] = value
  return { ...answer, statusCode: answer.statusCode, location: String(answer.headers.location ?? ''), set }
}

/** What the browser brings back from the provider, and the cookies it has then. */
async function goToProvider(next = '/'): Promise<{ back: string; cookies: Cookies }> {
  const begun = await get(`/sign-in/oidc?next=${encodeURIComponent(next)}`)
  expect(begun.statusCode).toBe(303)
  const answered = await fetch(begun.location, { redirect: 'manual' })
  const { pathname, search } = new URL(answered.headers.get('location') ?? '')
  return { back: pathname + search, cookies: begun.set }
}

async function signIn(next?: string) {
  const { back, cookies } = await goToProvider(next)
  return get(back, cookies)
}

describe("the organisation's own sign-in", () => {
  test('leads to the page that was asked for, in the name of the verified address', async () => {
    const answer = await signIn('/cases/case-1')
    expect({ status: answer.statusCode, location: answer.location }).toEqual({ status: 303, location: '/cases/case-1' })
    const page = await get('/', answer.set)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('ann@example.com')
    const formToken = /name="formToken" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const paused = await running.server.inject({
      method: 'POST',
      url: '/mode',
      cookies: answer.set,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ formToken, paused: 'true' }).toString(),
    })
    expect(paused.statusCode).toBe(303)
    expect(running.operations.asked).toEqual([['setMode', { paused: true }, 'ann@example.com']])
  })

  test('is offered on the sign-in page beside the token, and never leads to another site', async () => {
    const { body } = await get('/cases/case-1')
    expect(body).toContain('href="/sign-in/oidc?next=%2Fcases%2Fcase-1"')
    expect(body).toContain('name="token"')
    expect((await signIn('//evil.example')).location).toBe('/')
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a listed group', { sub: 'u-2', groups: ['dev', 'sre'] }, 'u-2'],
    ['a group that is told as a text', { sub: 'u-3', groups: 'sre' }, 'u-3'],
    ['a listed subject', { sub: 'u-7', email: 'bob@example.com', email_verified: true }, 'bob@example.com'],
  ])('lets in %s', async (_what, claims, name) => {
    provider.settings.claims = claims
    const answer = await signIn()
    expect(answer.statusCode).toBe(303)
    expect((await get('/', answer.set)).body).toContain(`<span class="soft">${name}</span>`)
  })

  test.each<[string, Record<string, unknown>]>([
    ['somebody else', { sub: 'u-9', email: 'eve@example.com', email_verified: true }],
    ['a listed address that nobody verified', { sub: 'u-9', email: 'ann@example.com' }],
    [
      'a listed address that is said not to be verified',
      { sub: 'u-9', email: 'ann@example.com', email_verified: false },
    ],
    ['a group as a subject', { sub: 'group:sre' }],
  ])('refuses %s', async (_what, claims) => {
    provider.settings.claims = claims
    const answer = await signIn()
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('not among the operators')
    expect((await get('/', answer.set)).statusCode).toBe(401)
  })

  test.each<[string, (settings: OidcProvider['settings']) => void]>([
    ['signed by somebody else', (settings) => Object.assign(settings, { isForged: true })],
    ['of another sign-in', (settings) => Object.assign(settings, { nonce: 'another' })],
    ['for another client', (settings) => Object.assign(settings, { audience: 'another' })],
    ['that says no', (settings) => Object.assign(settings, { refuses: true })],
  ])('believes no answer %s', async (_what, change) => {
    change(provider.settings)
    const answer = await signIn()
    expect(answer.statusCode).toBe(401)
    expect(answer.body).toContain('did not sign you in')
    expect((await get('/', answer.set)).statusCode).toBe(401)
    expect(running.logged()).not.toContain(CLIENT_SECRET)
  })

  test('believes no answer in a browser that did not ask, a second time, or with another state', async () => {
    const { back, cookies } = await goToProvider()
    expect((await get(back)).statusCode).toBe(401)
    expect((await get(back.replace(/state=[^&]+/, 'state=x'), cookies)).statusCode).toBe(401)
    const { back: again, cookies: fresh } = await goToProvider()
    expect((await get(again, fresh)).statusCode).toBe(303)
    expect((await get(again, fresh)).statusCode).toBe(401)
  })

  test('has to be ended within ten minutes', async () => {
    const { back, cookies } = await goToProvider()
    running.clock.nowMs += 601_000
    expect((await get(back, cookies)).body).toContain('That took too long')
  })

  test('takes no cookie of its own for a session, nor a session for its own', async () => {
    const { back, cookies } = await goToProvider()
    const [begun = ''] = Object.values(cookies)
    expect((await get('/', { kp_session: begun })).statusCode).toBe(401)
    const signedIn = await signIn()
    expect((await get(back, { kp_sign_in: signedIn.set.kp_session ?? '' })).statusCode).toBe(401)
  })

  test('that can not be asked is 503, and is asked again the next time', async () => {
    provider.settings.isSick = true
    expect((await get('/sign-in/oidc')).statusCode).toBe(503)
    provider.settings.isSick = false
    const { back, cookies } = await goToProvider()
    provider.settings.isSick = true
    expect((await get(back, cookies)).statusCode).toBe(503)
  })

  test('ends for somebody who is no longer listed', async () => {
    const { set } = await signIn()
    const { store } = running
    const other = await startTestServer({ environment: environmentOf('bob@example.com'), wrapStore: () => store })
    other.clock.nowMs = running.clock.nowMs
    expect((await running.server.inject({ url: '/', cookies: set })).statusCode).toBe(200)
    expect((await other.server.inject({ url: '/', cookies: set })).statusCode).toBe(401)
    await other.close()
  })
})

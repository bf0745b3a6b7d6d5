import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { secretFromValue } from '../../src/config/secret.ts'
import { createOidcProvider } from '../../src/handlers/oidc/provider.ts'
import { CLIENT_ID, CLIENT_SECRET, type OidcProvider, startOidcProvider } from './oidc-provider.ts'

const REDIRECT_URL = 'http://127.0.0.1:8080/sign-in/callback'
/** More than is read of any answer. */
const TOO_LARGE = 1_048_577

let provider: OidcProvider
/** Where a redirect would lead; it must never be asked. */
let elsewhere: Server
let asked: string[]

beforeEach(async () => {
  provider = await startOidcProvider(REDIRECT_URL)
  asked = []
  elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  await provider.close()
  await new Promise((resolve) => elsewhere.close(resolve))
})

/** What somebody who signs in meets: at which step it fails, and with which code. */
async function signIn(timeoutSeconds = 8): Promise<string> {
  const access = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecret: secretFromValue(CLIENT_SECRET),
    scopes: 'openid',
    operators: [],
    redirectUrl: REDIRECT_URL,
  }
  const client = createOidcProvider(access, { timeoutSeconds })
  try {
    const { url, checks } = await client.begin()
    const back = await fetch(url, { redirect: 'manual' })
    const { sub } = await client.finish(new URL(back.headers.get('location') ?? '').search, checks)
    return `signed in as ${sub}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

const json = { 'content-type': 'application/json' }
const PATHS = ['/.well-known/openid-configuration', '/token', '/jwks']
const FAULTS: [string, (response: ServerResponse) => void][] = [
  ['sends more than a megabyte', (response) => void response.writeHead(200, json).end(`"${'x'.repeat(TOO_LARGE)}"`)],
  [
    'sends to another server',
    (response) => {
      const { port } = elsewhere.address() as AddressInfo
      response.writeHead(307, { location: `http://127.0.0.1:${port}/stolen` }).end()
    },
  ],
]

describe("the organisation's provider", () => {
  test('signs in who comes back from it', async () => {
    expect(await signIn()).toBe('signed in as u-1')
  })

  const cases = FAULTS.flatMap(([what, instead]) => PATHS.map((path) => ({ what, path, instead })))
  test.each(cases)('that $what at $path is an outage, and nobody else is asked', async ({ path, instead }) => {
    provider.settings.instead = { [path]: instead }
    expect(await signIn()).toBe('unavailable')
    expect(asked).toEqual([])
  })

  const silences = PATHS.flatMap((path) => [
    { path, what: 'is silent', instead: () => undefined },
    {
      path,
      what: 'begins an answer and never ends it',
      instead: (response: ServerResponse) => void response.writeHead(200, json).write('{'),
    },
  ])
  test.each(silences)('that $what at $path is waited for no longer than its deadline', async ({ path, instead }) => {
    provider.settings.instead = { [path]: instead }
    expect(await signIn(0.2)).toBe('unavailable')
  })
})

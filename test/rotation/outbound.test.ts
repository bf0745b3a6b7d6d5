import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import { type AnsweringServer, json, startAnsweringServer } from '../support/answering-server.ts'
import { waitUntil } from '../support/wait-until.ts'
import { OUTBOUND } from './outbound-clients.ts'
import { type SecretFile, secretFile } from './secret-file.ts'

let upstream: AnsweringServer
let file: SecretFile
let stop: (() => Promise<void>) | undefined

/** What a client needs to know before it makes the call that is looked at; any other answer is as good as none. */
function answerOf(url: string): unknown {
  if (url.endsWith('/access_tokens'))
    return { token: 'ghs_1', expires_at: new Date(Date.now() + 3_600_000).toISOString() }
  if (url.endsWith('/identity/token')) return { access_token: 'iam-1', expires_in: 3_600 }
  if (url.endsWith('/.well-known/openid-configuration'))
    return {
      issuer: upstream.url,
      authorization_endpoint: `${upstream.url}/authorize`,
      token_endpoint: `${upstream.url}/token`,
      jwks_uri: `${upstream.url}/jwks`,
    }
  return {}
}

const named = OUTBOUND.map((secret) => ({
  ...secret,
  name: [secret.variable, secret.environment.LOGS_KIND].join(' ').trim(),
}))
/** Seen to be read anew in tests beside this one: what is sent to us, the address of Redis, and etcd's password. */
const ELSEWHERE = [
  ...['ALERTMANAGER_WEBHOOK_TOKENS', 'OPERATOR_TOKENS', 'PAGERDUTY_WEBHOOK_SECRETS', 'SLACK_SIGNING_SECRET'],
  ...['REDIS_URL', 'ETCD_PASSWORD'],
]

test('every secret of the configuration is looked at here or in a test beside', () => {
  const source = readFileSync(new URL('../../src/config/config.ts', import.meta.url), 'utf8')
  const secrets = [...source.matchAll(/\bsecret\('([A-Z_]+)'\)/g)].map(([, name = '']) => name)
  expect(new Set(secrets)).toEqual(new Set([...OUTBOUND.map(({ variable }) => variable), ...ELSEWHERE]))
})

describe('a secret that we send', () => {
  beforeEach(async () => {
    upstream = await startAnsweringServer()
    upstream.answer = (response, { url }) => json(200, answerOf(url))(response)
  })
  afterEach(async () => {
    await stop?.()
    stop = undefined
    await upstream.close()
    await file.remove()
  })

  test.each(named)('$name is sent as it is in its file at the next call', async (secret) => {
    const { variable, open, provedWith } = secret
    const here = (text: string) => text.replace('URL', upstream.url)
    const [before, after] = secret.secrets.map(here)
    file = await secretFile(before ?? '')
    const client = open(
      readConfig({
        ALERTMANAGER_WEBHOOK_TOKENS: 'some-webhook-token-0123456789',
        OPERATOR_TOKENS: 'bob:some-operator-token-0123456789',
        ...Object.fromEntries(Object.entries(secret.environment).map(([name, value]) => [name, here(value)])),
        [`${variable}_FILE`]: file.path,
      }),
    )
    stop = client.stop
    const proofs = () => upstream.seen.flatMap((request) => provedWith(request, [before ?? '', after ?? '']) ?? [])
    /** The answers are nobody's; what was sent is what counts. */
    async function call(): Promise<void> {
      const sent = proofs().length
      await client.call().catch(() => undefined)
      await waitUntil('a call to be seen', () => proofs().length > sent)
    }

    await call()
    await file.write(after ?? '')
    await call()
    expect(new Set(proofs())).toEqual(new Set([before, after]))
    expect(proofs().at(-1)).toBe(after)
    // From the change on the old one is not sent once more.
    expect(proofs().lastIndexOf(before ?? '')).toBeLessThan(proofs().indexOf(after ?? ''))
  })
})

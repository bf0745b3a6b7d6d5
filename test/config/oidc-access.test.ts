import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/errors.ts'

const NEEDED = {
  ALERTMANAGER_WEBHOOK_TOKENS: 'webhook-token-0123456789',
  OPERATOR_TOKENS: 'ann:operator-token-0123456789',
}
const OIDC = {
  PUBLIC_URL: 'https://responder.example.com/',
  OIDC_ISSUER: 'https://id.example.com/tenant',
  OIDC_CLIENT_ID: 'kp-responder',
  OIDC_CLIENT_SECRET: 'client-secret-0123456789',
  OIDC_OPERATORS: 'Ann@Example.com, group:SRE on call ,sub:00u1',
}

function faultsOf(change: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...NEEDED, ...OIDC, ...change })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

describe("the organisation's sign-in", () => {
  test('is off where nothing of it is given', () => {
    expect(readConfig(NEEDED).oidc).toBeNull()
  })

  test('takes addresses whatever their case, and groups and subjects as they are', () => {
    expect(readConfig({ ...NEEDED, ...OIDC }).oidc).toMatchObject({
      issuer: 'https://id.example.com/tenant',
      scopes: 'openid email profile',
      operators: ['ann@example.com', 'group:SRE on call', 'sub:00u1'],
      redirectUrl: 'https://responder.example.com/sign-in/callback',
    })
  })

  test('may be without TLS on this machine', () => {
    expect(faultsOf({ OIDC_ISSUER: 'http://127.0.0.1:9000' })).toEqual([])
    expect(faultsOf({ OIDC_ISSUER: 'http://localhost:9000' })).toEqual([])
  })

  test.each<[string, Record<string, string>, RegExp[]]>([
    ['an issuer without TLS', { OIDC_ISSUER: 'http://id.example.com' }, [/^OIDC_ISSUER: must be an https URL/]],
    ['a name that only looks like this machine', { OIDC_ISSUER: 'http://127.0.0.1.example.com' }, [/^OIDC_ISSUER: /]],
    ['an issuer that is no URL', { OIDC_ISSUER: 'id' }, [/^OIDC_ISSUER: must be an http or https URL/]],
    ['no issuer', { OIDC_ISSUER: '' }, [/^OIDC_ISSUER: is required/]],
    ['no client', { OIDC_CLIENT_ID: '' }, [/^OIDC_CLIENT_ID: is required/]],
    ['no secret', { OIDC_CLIENT_SECRET: '' }, [/^OIDC_CLIENT_SECRET: is required.*OIDC_CLIENT_SECRET_FILE/]],
    ['no address of ours', { PUBLIC_URL: '' }, [/^PUBLIC_URL: is required with OIDC_ISSUER/]],
    ['nobody who may', { OIDC_OPERATORS: ' , ' }, [/^OIDC_OPERATORS: is required/]],
    ['a name that is no address', { OIDC_OPERATORS: 'ann' }, [/^OIDC_OPERATORS: must be a comma list/]],
    ['scopes that are not of OIDC', { OIDC_SCOPES: 'email' }, [/^OIDC_SCOPES: must name openid/]],
    [
      'several at once',
      { OIDC_CLIENT_ID: '', OIDC_OPERATORS: '' },
      [/^OIDC_CLIENT_ID: is required/, /^OIDC_OPERATORS: is required/],
    ],
  ])('is refused with %s', (_what, change, said) => {
    expect(faultsOf(change)).toEqual(said.map((fault) => expect.stringMatching(fault)))
  })
})

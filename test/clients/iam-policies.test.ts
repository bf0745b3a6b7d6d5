import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createIamPoliciesClient } from '../../src/clients/iam-policies.ts'
import { createIamTokens } from '../../src/clients/iam-token.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { ACCOUNT_ID } from '../support/builders.ts'

const API_KEY = 'canary-api-key'
const TOKEN = 'canary-token'
const OTHER_ACCOUNT = 'a0000000000000000000000000000003'

describe('the authorizations of an account', () => {
  let sandbox: Sandbox
  beforeEach(async () => {
    sandbox = await startSandbox()
    sandbox.iam.addApiKey(API_KEY, [ACCOUNT_ID])
  })
  afterEach(() => sandbox.close())

  function client() {
    const url = `${sandbox.url}/iam`
    const tokens = createIamTokens({ url, apiKey: secretFromValue(API_KEY), now: Date.now })
    return createIamPoliciesClient({ url, tokens, now: Date.now })
  }

  test('are read of every page, with attributes and roles; access policies are left out', async () => {
    const subject = { serviceName: 'containers-kubernetes', accountId: ACCOUNT_ID }
    for (const keyRing of ['a', 'b', 'c', 'd', 'e'])
      sandbox.iam.addAuthorization({
        account: ACCOUNT_ID,
        subject,
        resource: { serviceName: 'kms', keyRing },
        roles: ['Reader', 'AuthorizationDelegator'],
      })
    sandbox.iam.addAuthorization({ account: ACCOUNT_ID, subject, resource: { serviceName: 'kms' }, type: 'access' })
    sandbox.iam.addAuthorization({ account: OTHER_ACCOUNT, subject, resource: { serviceName: 'kms' } })
    const found = await client().authorizations(ACCOUNT_ID)
    expect(found.map(({ resource }) => resource.get('keyRing')?.value)).toEqual(['a', 'b', 'c', 'd', 'e'])
    const given = [...(found[0]?.subject ?? [])].map(([name, { value }]) => [name, value])
    expect(Object.fromEntries(given)).toEqual(subject)
    expect(found[0]?.roles).toEqual(['Reader', 'AuthorizationDelegator'])
  })

  test.each([
    ['a value', undefined, 'b', { value: 'b', isPattern: false }],
    ['a pattern', 'stringMatch', 'b*', { value: 'b*', isPattern: true }],
    ['any value', 'stringExists', 'true', { value: '*', isPattern: true }],
    ['no value', 'stringExists', 'false', { value: 'false', isPattern: false }],
  ] as const)('tell whether an attribute is %s', async (_, operator, keyRing, expected) => {
    sandbox.iam.addAuthorization({
      account: ACCOUNT_ID,
      subject: { serviceName: 'containers-kubernetes', accountId: ACCOUNT_ID },
      resource: { serviceName: 'kms', keyRing },
      ...(operator && { operators: { keyRing: operator } }),
    })
    const [found] = await client().authorizations(ACCOUNT_ID)
    expect(found?.resource.get('keyRing')).toEqual(expected)
  })

  test('are an empty list, not a refusal, where our credentials may not read them', async () => {
    sandbox.iam.addAuthorization({ account: OTHER_ACCOUNT, subject: {}, resource: {} })
    expect(await client().authorizations(OTHER_ACCOUNT)).toEqual([])
  })

  test('are asked for by GET alone', async () => {
    await client().authorizations(ACCOUNT_ID)
    const asked = sandbox.requests.entries().filter(({ path }) => path !== '/identity/token')
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/policies'])
  })
})

describe('an IAM that answers anything', () => {
  let server: AnsweringServer
  beforeEach(async () => {
    server = await startAnsweringServer()
  })
  afterEach(() => server.close())

  function client(outcomes: string[] = []) {
    return createIamPoliciesClient({
      url: server.url,
      tokens: { current: async () => TOKEN, forget: () => undefined },
      now: Date.now,
      timeoutMs: 1_000,
      observe: (operation, outcome) => outcomes.push(`${operation}: ${outcome}`),
    })
  }

  test.each(BAD_ANSWERS)('$name: an error with its code and without the token', async ({ answer, code }) => {
    server.answer = answer
    const outcomes: string[] = []
    const error: unknown = await client(outcomes)
      .authorizations(ACCOUNT_ID)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain(TOKEN)
    expect(outcomes).toEqual([`list authorizations: ${code}`])
  })

  test('a second page that fails makes the whole list unavailable', async () => {
    server.answer = (response, { url }) =>
      url.includes('start=2') ? json(503, {})(response) : json(200, { policies: [], next: { start: '2' } })(response)
    await expect(client().authorizations(ACCOUNT_ID)).rejects.toMatchObject({ code: 'unknown' })
  })

  test('pages without end are given up', async () => {
    server.answer = json(200, { policies: [], next: { start: 'again' } })
    await expect(client().authorizations(ACCOUNT_ID)).rejects.toMatchObject({ code: 'unknown' })
    expect(server.seen).toHaveLength(20)
  })
})

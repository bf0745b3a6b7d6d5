import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SandboxKeyInstance } from '../../sandbox/key-protect/key-protect.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createIamTokens } from '../../src/clients/iam-token.ts'
import { createKeyProtectClient } from '../../src/clients/key-protect.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import type { KeyInstance } from '../../src/model/key-crn.ts'
import { type AnsweringServer, BAD_ANSWERS, json, startAnsweringServer } from '../support/answering-server.ts'
import { ACCOUNT_ID, CRN, crnOf, OTHER_CLUSTER_ID } from '../support/builders.ts'

const API_KEY = 'canary-api-key'
const TOKEN = 'canary-token'
const INSTANCE: KeyInstance = { service: 'kms', region: 'eu-de', instanceId: '0f1e2d3c-0000-4000-8000-000000000001' }
const KEY_ID = '0f1e2d3c-0000-4000-8000-00000000000a'

describe('an instance of Key Protect', () => {
  let sandbox: Sandbox
  let instance: SandboxKeyInstance
  beforeEach(async () => {
    sandbox = await startSandbox()
    sandbox.iam.addApiKey(API_KEY)
    instance = sandbox.keyProtect.addInstance({
      id: INSTANCE.instanceId,
      service: 'kms',
      region: 'eu-de',
      account: ACCOUNT_ID,
    })
  })
  afterEach(() => sandbox.close())

  function client() {
    const url = `${sandbox.url}/iam`
    return createKeyProtectClient({
      urlOf: ({ service, region, instanceId }) =>
        `${sandbox.url}/key-protect/${service === 'kms' ? region : instanceId}`,
      tokens: createIamTokens({ url, apiKey: secretFromValue(API_KEY), now: Date.now }),
      now: Date.now,
    })
  }

  test.each([0, 1, 2, 3, 5])('tells the state %i of a key and its ring', async (state) => {
    instance.keys.push({ id: KEY_ID, name: 'root', state, keyRing: 'clusters' })
    expect(await client().key(INSTANCE, KEY_ID)).toMatchObject({ id: KEY_ID, state, keyRingID: 'clusters' })
  })

  test('tells a key that is not there from one that can not be read', async () => {
    await expect(client().key(INSTANCE, KEY_ID)).rejects.toMatchObject({ code: 'not-found' })
    sandbox.faults.add({ upstream: 'key-protect', fault: { kind: 'status', status: 403 } })
    await expect(client().key(INSTANCE, KEY_ID)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('lists the registrations of one resource, of every page', async () => {
    for (let at = 0; at < 250; at += 1) instance.registrations.push({ keyId: `key-${at}`, resourceCrn: CRN })
    instance.registrations.push({ keyId: KEY_ID, resourceCrn: crnOf(OTHER_CLUSTER_ID) })
    expect(await client().registrationsOf(INSTANCE, CRN)).toHaveLength(250)
    expect(await client().registrationsOf(INSTANCE, crnOf(OTHER_CLUSTER_ID))).toMatchObject([{ keyId: KEY_ID }])
  })

  test('has none for a resource that no registration names: an empty list, after a whole read', async () => {
    expect(await client().registrationsOf(INSTANCE, CRN)).toEqual([])
  })

  test('with more registrations than are read is unavailable, not shown in part', async () => {
    for (let at = 0; at < 1_000; at += 1) instance.registrations.push({ keyId: `key-${at}`, resourceCrn: CRN })
    await expect(client().registrationsOf(INSTANCE, CRN)).rejects.toMatchObject({ code: 'unknown' })
  })

  test('is asked with a new token after it refused one', async () => {
    instance.keys.push({ id: KEY_ID, name: 'root', state: 1 })
    const { key } = client()
    await key(INSTANCE, KEY_ID)
    sandbox.iam.revokeTokens()
    await expect(key(INSTANCE, KEY_ID)).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await key(INSTANCE, KEY_ID)).toMatchObject({ state: 1 })
  })

  test('is asked by GET alone', async () => {
    const { key, registrationsOf } = client()
    await key(INSTANCE, KEY_ID).catch(() => undefined)
    await registrationsOf(INSTANCE, CRN)
    const asked = sandbox.requests.entries().filter(({ upstream }) => upstream === 'key-protect')
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET'])
  })
})

describe('a Key Protect that answers anything', () => {
  let server: AnsweringServer
  let outcomes: string[]
  beforeEach(async () => {
    outcomes = []
    server = await startAnsweringServer()
  })
  afterEach(() => server.close())

  const client = () =>
    createKeyProtectClient({
      urlOf: () => server.url,
      tokens: { current: async () => TOKEN, forget: () => undefined },
      now: Date.now,
      timeoutMs: 1_000,
      observe: (operation, outcome) => outcomes.push(`${operation}: ${outcome}`),
    })

  test.each(BAD_ANSWERS)('$name: an error with its code and without the token', async ({ answer, code }) => {
    server.answer = answer
    const error: unknown = await client()
      .registrationsOf(INSTANCE, CRN)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain(TOKEN)
    expect(outcomes).toEqual([`list registrations: ${code}`])
  })

  test('another key than was asked for is none', async () => {
    server.answer = json(200, { resources: [{ id: 'other', state: 1 }] })
    await expect(client().key(INSTANCE, KEY_ID)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('registrations of other resources are left out, whatever was asked', async () => {
    server.answer = json(200, { resources: [{ keyId: KEY_ID, resourceCrn: crnOf(OTHER_CLUSTER_ID) }] })
    expect(await client().registrationsOf(INSTANCE, CRN)).toEqual([])
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SandboxAuthorization } from '../../../sandbox/iam/iam.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { anAlert, CLUSTER_ID } from '../../support/builders.ts'
import { aQuestion } from './a-question.ts'
import {
  ACCOUNT_1,
  ACCOUNT_2,
  ACCOUNT_3,
  API_KEY,
  anAlertSaying,
  HPCS,
  readerOf,
  SOURCE_CRN,
  TARGET_CRN,
  TARGET_KEY,
} from './cloud-scene.ts'

const TEXT = `get key info from ghost: not authorized: source key ${SOURCE_CRN}, target key ${TARGET_CRN}`
const RING = { keyRing: 'bnpp' }
const DELEGATES = ['Reader', 'AuthorizationDelegator']
/** The runbook's table, by id. */
const AUTHORIZATIONS: Readonly<Record<number, SandboxAuthorization>> = {
  1: toKms('containers-kubernetes', ACCOUNT_1, DELEGATES),
  2: toKms('server-protect', ACCOUNT_2),
  3: toKms('server-protect', ACCOUNT_1),
  5: toHpcs('containers-kubernetes', ACCOUNT_1, DELEGATES),
  6: toHpcs('server-protect', ACCOUNT_2),
  7: toHpcs('server-protect', ACCOUNT_1),
}
let sandbox: Sandbox

function toKms(serviceName: string, accountId: string, roles: readonly string[] = ['Reader']): SandboxAuthorization {
  return { account: ACCOUNT_1, subject: { serviceName, accountId }, resource: { serviceName: 'kms' }, roles }
}

function toHpcs(serviceName: string, accountId: string, roles: readonly string[] = ['Reader']): SandboxAuthorization {
  return { account: ACCOUNT_3, subject: { serviceName, accountId }, resource: { serviceName: 'hs-crypto' }, roles }
}

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.iam.addApiKey(API_KEY, [ACCOUNT_1, ACCOUNT_3])
})
afterEach(() => sandbox.close())

function have(...ids: number[]): void {
  for (const id of ids) {
    const authorization = AUTHORIZATIONS[id]
    if (authorization) sandbox.iam.addAuthorization(authorization)
  }
  // Every account has some that are of no use here.
  for (const account of [ACCOUNT_1, ACCOUNT_3])
    sandbox.iam.addAuthorization({
      account,
      subject: { serviceName: 'is', accountId: account },
      resource: { serviceName: 'cos' },
    })
}

const ask = (text = TEXT) => readerOf(sandbox, 'iam').ask(aQuestion(anAlertSaying(text, 'migration-not-authorized')))

describe('the authorizations that a migration needs', () => {
  test('are told by their ids where all of them are there', async () => {
    have(1, 2, 3, 5, 6, 7)
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'found', lines: [], steps: [] })
    expect(finding?.summary).toBe('authorizations: 1, 2, 3, 5, 6, 7 there')
  })

  test('are named where they are missing: id, subject, target, and where to create each', async () => {
    have(1, 2, 3, 6, 7)
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'absent', link: 'https://cloud.ibm.com/iam/authorizations' })
    expect(finding?.summary).toBe('authorizations: 5 missing of those we may see; 1, 2, 3, 6, 7 there')
    expect(finding?.lines).toEqual(['5 is needed by IKS Secret Encryption during, after'])
    expect(finding?.steps).toEqual([
      {
        text: `create 5 in account ${ACCOUNT_3} (https://cloud.ibm.com/iam/authorizations): containers-kubernetes of account ${ACCOUNT_1} to hs-crypto, ring of the target key, roles Reader, Authorization Delegator`,
        commands: [],
      },
    ])
  })

  test.each([
    ['cluster secrets', 'get key info from ghost for cluster secrets', '1, 5'],
    ['worker pools', 'get key info from ghost for worker pool default', '2, 3, 6'],
    ['block storage', 'get key info from ghost for block storage', '3, 7'],
    ['nothing', 'get key info from ghost', '1, 2, 3, 5, 6, 7'],
  ])('are those of the scenario that the text tells of: %s', async (_, text, ids) => {
    have(1, 2, 3, 5, 6, 7)
    const [finding] = await ask(`${text}: target key ${TARGET_CRN}`)
    expect(finding?.summary).toBe(`authorizations: ${ids} there`)
  })

  test.each<[string, Partial<SandboxAuthorization>]>([
    ['another account', { subject: { serviceName: 'containers-kubernetes', accountId: ACCOUNT_3 } }],
    ['another service', { subject: { serviceName: 'server-protect-x', accountId: ACCOUNT_1 } }],
    [
      'another cluster alone',
      {
        subject: {
          serviceName: 'containers-kubernetes',
          accountId: ACCOUNT_1,
          serviceInstance: 'c9e1qv2f0m3ab4cd5ef0',
        },
      },
    ],
    [
      'another instance of keys',
      { resource: { serviceName: 'hs-crypto', serviceInstance: '0f1e2d3c-0000-4000-8000-00000000ffff' } },
    ],
    ['no role that may read', { roles: ['AuthorizationDelegator'] }],
  ])('are missing where a like one is of %s', async (_, change) => {
    have(1, 2, 3, 6, 7)
    sandbox.iam.addAuthorization({ ...toHpcs('containers-kubernetes', ACCOUNT_1, DELEGATES), ...change })
    const [finding] = await ask()
    expect(finding?.summary).toContain('5 missing')
  })

  test.each<[string, Partial<SandboxAuthorization>, string]>([
    [
      'a key ring',
      { resource: { serviceName: 'hs-crypto', ...RING } },
      '5 is limited, look whether that fits: key ring bnpp',
    ],
    [
      'a resource group',
      { subject: { serviceName: 'containers-kubernetes', accountId: ACCOUNT_1, resourceGroupId: 'g1' } },
      '5 is limited, look whether that fits: subject resourceGroupId g1',
    ],
    ['a role too few', { roles: ['Reader'] }, '5 is limited, look whether that fits: no role AuthorizationDelegator'],
  ])('that are limited to %s are said to be so, not to be missing', async (_, change, line) => {
    have(1, 2, 3, 6, 7)
    sandbox.iam.addAuthorization({ ...toHpcs('containers-kubernetes', ACCOUNT_1, DELEGATES), ...change })
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'found', lines: [line] })
  })

  test('fit where they are limited to this very cluster and to the instance of the target key', async () => {
    have(1, 2, 3, 6, 7)
    sandbox.iam.addAuthorization({
      ...toHpcs('containers-kubernetes', ACCOUNT_1, DELEGATES),
      subject: { serviceName: 'containers-kubernetes', accountId: ACCOUNT_1, serviceInstance: CLUSTER_ID },
      resource: { serviceName: 'hs-crypto', serviceInstance: HPCS },
    })
    const [finding] = await ask()
    expect(finding?.summary).toBe('authorizations: 1, 2, 3, 5, 6, 7 there')
  })

  const keyInRing = (keyRing: string) => {
    const instance = sandbox.keyProtect.addInstance({
      id: HPCS,
      service: 'hs-crypto',
      region: 'eu-fr2',
      account: ACCOUNT_3,
    })
    instance.keys.push({ id: TARGET_KEY, name: 'target', state: 1, keyRing })
  }
  const inRing = (value: string, operator?: 'stringMatch' | 'stringExists') => ({
    ...toHpcs('containers-kubernetes', ACCOUNT_1, DELEGATES),
    resource: { serviceName: 'hs-crypto', keyRing: value },
    ...(operator && { operators: { keyRing: operator } }),
  })

  test.each<[string, SandboxAuthorization, string, string]>([
    ['there where it is limited to the ring of the target key', inRing('bnpp'), 'bnpp', '1, 2, 3, 5, 6, 7 there'],
    ['there where the ring is of its pattern', inRing('b*p?', 'stringMatch'), 'bnpp', '1, 2, 3, 5, 6, 7 there'],
    ['there where it is for any ring', inRing('true', 'stringExists'), 'bnpp', '1, 2, 3, 5, 6, 7 there'],
    ['missing where it is limited to another ring', inRing('bnpp'), 'other', '5 missing of those we may see'],
    ['missing where the ring is not of its pattern', inRing('b*x', 'stringMatch'), 'bnpp', '5 missing of those'],
  ])('of HPCS is %s', async (_, authorization, keyRing, words) => {
    have(1, 2, 3, 6, 7)
    sandbox.iam.addAuthorization(authorization)
    keyInRing(keyRing)
    expect((await ask())[0]?.summary).toContain(words)
  })

  test('that is missing is to be made for the ring of the target key, by its name where Key Protect tells it', async () => {
    have(1, 2, 3, 6, 7)
    keyInRing('bnpp')
    expect((await ask())[0]?.steps[0]?.text).toContain('to hs-crypto, ring bnpp, roles')
  })

  test('are made in one go where several are missing in one account', async () => {
    have(1, 2, 3)
    keyInRing('bnpp')
    expect((await ask())[0]?.steps).toEqual([
      {
        text: `create 5, 6, 7 in account ${ACCOUNT_3} (https://cloud.ibm.com/iam/authorizations) to hs-crypto, ring bnpp: 5 containers-kubernetes of account ${ACCOUNT_1}, roles Reader, Authorization Delegator; 6 server-protect of account ${ACCOUNT_2}, role Reader; 7 server-protect of account ${ACCOUNT_1}, role Reader`,
        commands: [],
      },
    ])
  })

  test('are told without the ring where Key Protect hangs', async () => {
    have(1, 2, 3, 6, 7)
    sandbox.iam.addAuthorization(inRing('bnpp'))
    keyInRing('bnpp')
    sandbox.faults.add({ upstream: 'key-protect', times: 9, fault: { kind: 'hang', when: 'before-commit' } })
    expect((await ask())[0]?.lines).toEqual(['5 is limited, look whether that fits: key ring bnpp'])
  })

  test('of an account that is not known are not checked, and the rest proves little', async () => {
    have(1, 2, 3)
    const [finding] = await ask('get key info from ghost')
    expect(finding).toMatchObject({ outcome: 'weak' })
    expect(finding?.lines).toEqual(['not checked: 5, 6, 7 (account-3 is not known: no text names an HPCS target key)'])
  })

  test('are not missing in an account that shows us nothing: it may not let us read', async () => {
    have(1, 2, 3)
    sandbox.iam.addApiKey(API_KEY, [ACCOUNT_1])
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'weak', steps: [] })
    expect(finding?.lines).toEqual([
      `not checked: 5, 6, 7 (IAM shows our API key no authorization at all of account ${ACCOUNT_3})`,
    ])
  })

  test('are unavailable where no account could be read', async () => {
    sandbox.faults.add({ upstream: 'iam', path: '/v1/policies', times: 99, fault: { kind: 'status', status: 503 } })
    await expect(ask()).rejects.toThrow('IAM list authorizations: answered 503')
  })

  test('are read once for many cases of one account', async () => {
    have(1, 2, 3, 5, 6, 7)
    const reader = readerOf(sandbox, 'iam')
    const question = aQuestion(anAlertSaying(TEXT, 'migration-not-authorized'))
    await Promise.all([reader.ask(question), reader.ask(question)])
    const first = sandbox.requests.entries().length
    await reader.ask(question)
    expect(sandbox.requests.entries()).toHaveLength(first)
  })

  test('are asked for in a migration alone', () => {
    const reader = readerOf(sandbox, 'iam')
    expect(reader.isAskedFor(aQuestion(anAlertSaying(TEXT, 'migration-undetermined')))).toBe(true)
    expect(reader.isAskedFor(aQuestion(anAlertSaying(TEXT, 'deletion-unproven', { isMigration: false })))).toBe(false)
    expect(reader.isAskedFor(aQuestion(anAlert()))).toBe(false)
  })
})

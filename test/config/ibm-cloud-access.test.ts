import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/errors.ts'

const REQUIRED = { ALERTMANAGER_WEBHOOK_TOKENS: 'am-token', OPERATOR_TOKENS: 'ada:ada-token' }
const KEY = { IBM_CLOUD_API_KEY: 'canary-api-key' }
const INSTANCE = { service: 'kms', region: 'eu-de', instanceId: '0f1e2d3c-0000-4000-8000-000000000001' } as const

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...REQUIRED, ...environment })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

describe("IBM Cloud's access", () => {
  test('is none without an API key, and all sources at their usual addresses with one', () => {
    expect(readConfig(REQUIRED).ibmCloud).toBeNull()
    const access = readConfig({ ...REQUIRED, ...KEY }).ibmCloud
    expect(access).toMatchObject({ iamUrl: 'https://iam.cloud.ibm.com', sources: new Set(['key-protect', 'iam']) })
    expect(access?.keysUrlOf(INSTANCE)).toBe('https://eu-de.kms.cloud.ibm.com')
    expect(access?.keysUrlOf({ ...INSTANCE, service: 'hs-crypto' })).toBe(
      'https://0f1e2d3c-0000-4000-8000-000000000001.api.eu-de.hs-crypto.appdomain.cloud',
    )
  })

  test('is narrowed to the sources that are named, and moved to private addresses', () => {
    const access = readConfig({
      ...REQUIRED,
      ...KEY,
      IAM_URL: 'https://private.iam.cloud.ibm.com/',
      IBM_CLOUD_SOURCES: 'key-protect',
      KEY_PROTECT_URL: 'https://private.{region}.kms.cloud.ibm.com/',
    }).ibmCloud
    expect(access).toMatchObject({ iamUrl: 'https://private.iam.cloud.ibm.com', sources: new Set(['key-protect']) })
    expect(access?.keysUrlOf(INSTANCE)).toBe('https://private.eu-de.kms.cloud.ibm.com')
  })

  test.each<[string, Record<string, string>, string]>([
    [
      'a source that is none',
      { ...KEY, IBM_CLOUD_SOURCES: 'iam,etcd' },
      'IBM_CLOUD_SOURCES: must be a comma list of key-protect and iam',
    ],
    [
      'sources without a key',
      { IBM_CLOUD_SOURCES: 'iam' },
      'IBM_CLOUD_API_KEY: is required with IBM_CLOUD_SOURCES, or IBM_CLOUD_API_KEY_FILE',
    ],
    ['a key twice', { ...KEY, IBM_CLOUD_API_KEY_FILE: '/dev/null' }, 'IBM_CLOUD_API_KEY: is given twice'],
    [
      'an address that is none',
      { ...KEY, KEY_PROTECT_URL: '{region}.kms.cloud.ibm.com' },
      'KEY_PROTECT_URL: must be an http or https URL',
    ],
    [
      'a placeholder that is none',
      { ...KEY, HPCS_URL: 'https://{account}.example.com' },
      'HPCS_URL: must be an http or https URL',
    ],
    ['an IAM that is none', { ...KEY, IAM_URL: 'ftp://x' }, 'IAM_URL: must be an http or https URL'],
    ['a flag that is none', { KUBERNETES_IN_CLUSTER: 'yes' }, 'KUBERNETES_IN_CLUSTER: must be true or false'],
  ])('with a fault is named at the start: %s', (_, environment, fault) => {
    const faults = faultsOf(environment)
    expect(faults).toContainEqual(expect.stringContaining(fault))
    expect(faults.join()).not.toContain('canary')
  })
})

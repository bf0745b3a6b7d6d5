import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type EtcdConfig, readEtcdConfig } from '../../src/config/etcd-access.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/config/policy.ts'
import { secretFromValue } from '../../src/config/secret.ts'

let directory: string
let pem: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'etcd-access-'))
  pem = join(directory, 'a.pem')
  writeFileSync(pem, 'PEM')
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

type Regions = Policy['etcd']['regions']

function readFrom(
  environment: Record<string, string>,
  regions: Regions = {},
): { config: EtcdConfig | null; faults: string[] } {
  const faults: string[] = []
  const password = environment.ETCD_PASSWORD ? secretFromValue(environment.ETCD_PASSWORD) : null
  return {
    config: readEtcdConfig(environment, { password, policy: { ...DEFAULT_POLICY.etcd, regions }, faults }),
    faults,
  }
}

describe('the etcds of a configuration', () => {
  test('are none where neither the environment nor the policy names one', () => {
    expect(readFrom({})).toEqual({ config: null, faults: [] })
  })

  test('are the one of the environment: its members, each once, and its credentials', () => {
    const { config, faults } = readFrom({
      ETCD_ENDPOINTS: 'https://etcd-0.example:2379/, https://etcd-1.example:2379,https://etcd-0.example:2379',
      ETCD_USERNAME: 'reader',
      ETCD_PASSWORD: 'secret-password',
      ETCD_CA_FILE: pem,
      ETCD_CERT_FILE: pem,
      ETCD_KEY_FILE: pem,
    })
    expect(faults).toEqual([])
    expect(config?.regions.size).toBe(0)
    expect(config?.fallback?.endpoints).toEqual(['https://etcd-0.example:2379', 'https://etcd-1.example:2379'])
    expect(config?.fallback?.auth?.password.read()).toBe('secret-password')
    expect([config?.fallback?.ca, config?.fallback?.client?.key].map((secret) => secret?.read())).toEqual([
      'PEM',
      'PEM',
    ])
    expect(JSON.stringify(config?.fallback)).not.toContain('secret-password')
  })

  test('are those of the policy by region, each with its own credentials, never those of the environment', () => {
    writeFileSync(join(directory, 'password'), 'of-the-region')
    const { config, faults } = readFrom(
      { ETCD_ENDPOINTS: 'http://[::1]:2379', ETCD_USERNAME: 'reader', ETCD_PASSWORD: 'of-the-environment' },
      {
        'eu-de': { endpoints: ['http://10.0.0.1:2379'] },
        'us-south': {
          endpoints: ['http://10.0.0.2:2379'],
          username: 'dallas',
          passwordFile: join(directory, 'password'),
        },
      },
    )
    expect(faults).toEqual([])
    expect(config?.regions.get('eu-de')).toEqual({
      endpoints: ['http://10.0.0.1:2379'],
      auth: null,
      ca: null,
      client: null,
    })
    expect(config?.regions.get('us-south')?.auth?.password.read()).toBe('of-the-region')
  })
})

describe('a fault is told with the name of its variable', () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      'an address without a port',
      { ETCD_ENDPOINTS: 'http://etcd.example' },
      ['ETCD_ENDPOINTS: each must be http://HOST:PORT or https://HOST:PORT'],
    ],
    [
      'an address with a password, or a path, or no scheme',
      { ETCD_ENDPOINTS: 'http://reader:pw@etcd.example:2379,http://etcd.example:2379/v3,etcd.example:2379' },
      Array(3).fill('ETCD_ENDPOINTS: each must be http://HOST:PORT or https://HOST:PORT'),
    ],
    [
      'members of both schemes',
      { ETCD_ENDPOINTS: 'http://etcd-0.example:2379,https://etcd-1.example:2379' },
      ["ETCD_ENDPOINTS: http and https can't be mixed"],
    ],
    [
      'a user without a password',
      { ETCD_ENDPOINTS: 'http://etcd.example:2379', ETCD_USERNAME: 'reader' },
      ['ETCD_PASSWORD: is required with ETCD_USERNAME'],
    ],
    [
      'a password without a user, and an authority without TLS',
      { ETCD_ENDPOINTS: 'http://etcd.example:2379', ETCD_PASSWORD: 'pw', ETCD_CA_FILE: 'PEM' },
      ['ETCD_USERNAME: is required with ETCD_PASSWORD', 'ETCD_CA_FILE: needs https endpoints in ETCD_ENDPOINTS'],
    ],
    [
      'a certificate without its key and authority',
      { ETCD_ENDPOINTS: 'https://etcd.example:2379', ETCD_CERT_FILE: 'PEM' },
      ['ETCD_KEY_FILE: is required with ETCD_CERT_FILE', 'ETCD_CA_FILE: is required with ETCD_CERT_FILE'],
    ],
    [
      'a file that is not there',
      { ETCD_ENDPOINTS: 'https://etcd.example:2379', ETCD_CA_FILE: '/nowhere/ca.pem' },
      ["ETCD_CA_FILE: the file can't be read"],
    ],
    [
      'credentials of no etcd',
      { ETCD_USERNAME: 'reader', ETCD_KEY_FILE: 'PEM' },
      ['ETCD_USERNAME: is given without ETCD_ENDPOINTS', 'ETCD_KEY_FILE: is given without ETCD_ENDPOINTS'],
    ],
  ])('%s', (_, environment, faults) => {
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, value === 'PEM' ? pem : value]),
    )
    expect(readFrom(given).faults).toEqual(faults)
  })

  test('or with its place in the policy', () => {
    const region = { endpoints: ['http://10.0.0.1'], username: 'reader', passwordFile: '/nowhere/password' }
    expect(readFrom({}, { 'eu-de': region }).faults).toEqual([
      "policy etcd.regions.eu-de.passwordFile: the file can't be read",
      'policy etcd.regions.eu-de.endpoints: each must be http://HOST:PORT or https://HOST:PORT',
    ])
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/errors.ts'

const REQUIRED = { ALERTMANAGER_WEBHOOK_TOKENS: 'am-token', OPERATOR_TOKENS: 'ann:op-token' }
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const KEY = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
const APP = { GITHUB_APP_ID: '12345', GITHUB_APP_INSTALLATION_ID: '77', GITHUB_APP_PRIVATE_KEY: KEY }

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...REQUIRED, ...environment })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

describe('the configuration of GitHub', () => {
  test('is null where nothing of it is given', () => {
    expect(readConfig(REQUIRED).github).toBeNull()
  })

  test('takes a token, the cloud by default', () => {
    const { github } = readConfig({ ...REQUIRED, GITHUB_REPOSITORY: 'acme/kp', GITHUB_TOKEN: 'ghp_x' })
    expect(github).toMatchObject({ apiUrl: 'https://api.github.com', repository: 'acme/kp' })
    expect(github?.credentials.kind).toBe('token')
  })

  test('takes an app on an Enterprise Server, its key on one line too', () => {
    const { github } = readConfig({
      ...REQUIRED,
      ...APP,
      GITHUB_APP_PRIVATE_KEY: KEY.replaceAll('\n', '\\n'),
      GITHUB_API_URL: 'https://github.example.com/api/v3/',
      GITHUB_REPOSITORY: 'acme/kp',
    })
    expect(github).toMatchObject({
      apiUrl: 'https://github.example.com/api/v3',
      credentials: { kind: 'app', appId: '12345', installationId: 77 },
    })
  })

  test.each([
    ['a repository alone', { GITHUB_REPOSITORY: 'acme/kp' }, ['GITHUB_TOKEN']],
    ['a token alone', { GITHUB_TOKEN: 'ghp_x' }, ['GITHUB_REPOSITORY']],
    ['a token and an app', { GITHUB_REPOSITORY: 'acme/kp', GITHUB_TOKEN: 'ghp_x', ...APP }, ['GITHUB_TOKEN']],
    [
      'a part of an app',
      { GITHUB_REPOSITORY: 'acme/kp', GITHUB_APP_ID: '1' },
      ['GITHUB_APP_INSTALLATION_ID', 'GITHUB_APP_PRIVATE_KEY'],
    ],
    [
      'a key that is none',
      { GITHUB_REPOSITORY: 'acme/kp', ...APP, GITHUB_APP_PRIVATE_KEY: 'secret-words' },
      ['GITHUB_APP_PRIVATE_KEY'],
    ],
    [
      'values of the wrong form',
      { GITHUB_REPOSITORY: 'kp', GITHUB_TOKEN: 'ghp_x', GITHUB_API_URL: 'ftp://x' },
      ['GITHUB_API_URL', 'GITHUB_REPOSITORY'],
    ],
    ['a file that is not there', { GITHUB_REPOSITORY: 'a/b', GITHUB_TOKEN_FILE: '/nowhere' }, ['GITHUB_TOKEN_FILE']],
  ])('%s: each fault is named and no secret is in it', (_what, environment, names) => {
    const faults = faultsOf(environment)
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(names)
    expect(faults.join('\n')).not.toMatch(/secret-words|ghp_x|BEGIN/)
  })
})

import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import { readList, readOperators, secretFromFile, secretFromValue } from '../../src/config/secret.ts'
import { ConfigError } from '../../src/errors.ts'

const REQUIRED = { ALERTMANAGER_WEBHOOK_TOKENS: 'am-token', OPERATOR_TOKENS: 'ada:ada-token' }

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

function fileOf(name: string, content: string): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('the configuration', () => {
  test('of the two required secrets has the defaults of all else', () => {
    expect(readConfig(REQUIRED)).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      logLevel: 'info',
      publicUrl: null,
      seedMode: 'shadow',
      dataDir: './data',
      pagerduty: null,
      slack: null,
    })
  })

  test('is frozen', () => {
    expect(Object.isFrozen(readConfig(REQUIRED))).toBe(true)
  })

  test('takes addresses with or without a slash at the end, and an empty value as none', () => {
    const config = readConfig({
      ...REQUIRED,
      PUBLIC_URL: 'https://responder.example.com/',
      PAGERDUTY_API_URL: 'https://api.eu.pagerduty.com/',
      PAGERDUTY_API_TOKEN: 't',
      PAGERDUTY_FROM: 'responder@example.com',
      SLACK_BOT_TOKEN: 'x',
      SLACK_API_URL: 'http://127.0.0.1:1/api',
      LOG_LEVEL: '',
    })
    expect(config.publicUrl).toBe('https://responder.example.com')
    expect(config.pagerduty).toMatchObject({ apiUrl: 'https://api.eu.pagerduty.com', from: 'responder@example.com' })
    expect(config.slack).toMatchObject({ apiUrl: 'http://127.0.0.1:1/api/', signingSecret: null })
    expect(config.logLevel).toBe('info')
  })

  test.each<[string, Record<string, string>, RegExp]>([
    ['a port that is a word', { PORT: 'http' }, /^PORT: /],
    ['a port out of range', { PORT: '65536' }, /^PORT: must be a port number up to 65535/],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL: /],
    ['an unknown mode', { RESPONDER_MODE: 'on' }, /^RESPONDER_MODE: /],
    ['an address that is none', { PUBLIC_URL: 'responder' }, /^PUBLIC_URL: must be an http or https URL/],
    ['an address of another scheme', { PAGERDUTY_API_URL: 'file:///x' }, /^PAGERDUTY_API_URL: /],
    [
      'live without PagerDuty',
      { RESPONDER_MODE: 'live' },
      /^PAGERDUTY_API_TOKEN: is required when RESPONDER_MODE is live/,
    ],
    [
      'a PagerDuty token without a user',
      { PAGERDUTY_API_TOKEN: 't' },
      /^PAGERDUTY_FROM: is required with PAGERDUTY_API_TOKEN/,
    ],
    [
      'a user that is no address',
      { PAGERDUTY_API_TOKEN: 't', PAGERDUTY_FROM: 'ada' },
      /^PAGERDUTY_FROM: must be the e-mail/,
    ],
    [
      'TLS certificates not checked',
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      /^NODE_TLS_REJECT_UNAUTHORIZED: must not be 0/,
    ],
    ['no signing secret in the list', { SLACK_SIGNING_SECRET: ',' }, /^SLACK_SIGNING_SECRET: holds no secret/],
    ['no token in the list', { ALERTMANAGER_WEBHOOK_TOKENS: ' , ' }, /^ALERTMANAGER_WEBHOOK_TOKENS: holds no token/],
    ['an operator without a name', { OPERATOR_TOKENS: 'token' }, /^OPERATOR_TOKENS: must be a comma list/],
    ['an operator without a token', { OPERATOR_TOKENS: 'ada:' }, /^OPERATOR_TOKENS: must be a comma list/],
    ['two operators with one token', { OPERATOR_TOKENS: 'ada:x,bob:x' }, /^OPERATOR_TOKENS: two operators share/],
    ['a heartbeat that is no address', { HEARTBEAT_URL: 'k3y' }, /^HEARTBEAT_URL: must be an http or https URL$/],
    ['a policy that is not there', { POLICY_FILE: '/nowhere/policy.yaml' }, /^POLICY_FILE: the file can't be read/],
    [
      'a secret file that is not there',
      { SLACK_BOT_TOKEN_FILE: '/nowhere/token' },
      /^SLACK_BOT_TOKEN_FILE: the file can't be read/,
    ],
  ])('with %s is refused', (_name, change, fault) => {
    const faults = faultsOf({ ...REQUIRED, ...change })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(fault)
  })

  test('with many faults is told all of them at once, the policy included, by name and without a secret', () => {
    const faults = faultsOf({
      PORT: 'x',
      PUBLIC_URL: 'x',
      RESPONDER_MODE: 'live',
      OPERATOR_TOKENS: 's3cr3t-without-a-name',
      POLICY_FILE: fileOf('policy.yaml', 'snoze: {}\nsnooze: {busy: x}'),
    })
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'ALERTMANAGER_WEBHOOK_TOKENS',
      'OPERATOR_TOKENS',
      'PAGERDUTY_API_TOKEN',
      'PORT',
      'PUBLIC_URL',
      'policy (whole file)',
      'policy snooze.busy',
    ])
    expect(faults.join()).not.toContain('s3cr3t')
  })

  test('reads its policy from the file', () => {
    const POLICY_FILE = fileOf('policy.yaml', 'snooze: {busy: 1h}')
    expect(readConfig({ ...REQUIRED, POLICY_FILE }).policy.current().snooze.busy).toBe(3_600_000)
  })
})

/** As Kubernetes and careful people do: another file under the same name, whose time may be any. */
function putInPlace(path: string): void {
  const aside = `${path}.new`
  writeFileSync(aside, 'new')
  const at = new Date(Date.now() - 60_000)
  utimesSync(aside, at, at)
  renameSync(aside, path)
}

describe('a secret', () => {
  test('may be given by file, without the line end', () => {
    const config = readConfig({
      OPERATOR_TOKENS_FILE: fileOf('operators', 'ada:one,bob:two\n'),
      ALERTMANAGER_WEBHOOK_TOKENS_FILE: fileOf('tokens', ' one , two \n'),
    })
    expect(readOperators(config.operatorTokens)).toEqual([
      { name: 'ada', token: 'one' },
      { name: 'bob', token: 'two' },
    ])
    expect(readList(config.alertmanagerTokens)).toEqual(['one', 'two'])
  })

  test('may not be given twice, nor by an empty file', () => {
    expect(faultsOf({ ...REQUIRED, OPERATOR_TOKENS_FILE: fileOf('operators', 'ada:x') })).toEqual([
      'OPERATOR_TOKENS: is given twice: unset OPERATOR_TOKENS or OPERATOR_TOKENS_FILE',
    ])
    expect(faultsOf({ ...REQUIRED, SLACK_BOT_TOKEN_FILE: fileOf('empty', '\n') })).toEqual([
      'SLACK_BOT_TOKEN_FILE: the file is empty',
    ])
  })

  test('is read again when its file changes', () => {
    const path = fileOf('token', 'old')
    const secret = secretFromFile(path)
    expect(secret.read()).toBe('old')
    writeFileSync(path, 'new')
    utimesSync(path, new Date(), new Date(Date.now() + 5_000))
    expect(secret.read()).toBe('new')
  })

  test.each([
    ['written in two halves within one tick', (path: string) => writeFileSync(path, 'new-and-longer')],
    ['put in its place with an older time', putInPlace],
  ])('is the new one at once where its file is %s', (_what, change) => {
    const path = fileOf('token', 'old')
    const secret = secretFromFile(path)
    const at = new Date(Date.now() - 60_000)
    utimesSync(path, at, at)
    for (let again = 0; again < 3; again += 1) expect(secret.read()).toBe('old')
    writeFileSync(path, '')
    expect(secret.read()).toBe('')
    change(path)
    expect(secret.read()).toBe(readFileSync(path, 'utf8'))
    expect(secret.read()).not.toBe('old')
  })

  test('is the last one, however often its file is written in a row', () => {
    const path = fileOf('token', 'value-00')
    const secret = secretFromFile(path)
    for (let version = 10; version < 60; version += 1) {
      writeFileSync(path, `value-${version}`)
      expect(secret.read()).toBe(`value-${version}`)
    }
  })

  test('whose file is gone is no longer known', () => {
    const path = fileOf('token', 'old')
    const secret = secretFromFile(path)
    secret.read()
    rmSync(path)
    expect(() => secret.read()).toThrow()
  })

  test('never prints itself', () => {
    const secret = secretFromValue('s3cr3t')
    expect(
      `${inspect(secret, { depth: 9, showHidden: true })} ${JSON.stringify(secret)} ${String(secret)}`,
    ).not.toContain('s3cr3t')
    expect(inspect(readConfig({ ...REQUIRED, OPERATOR_TOKENS: 'ada:s3cr3t' }), { depth: 9 })).not.toContain('s3cr3t')
  })

  test("an operator's token may hold a colon, a name may not be empty", () => {
    expect(readOperators(secretFromValue('ada:a:b, :c, bob:d'))).toEqual([
      { name: 'ada', token: 'a:b' },
      { name: 'bob', token: 'd' },
    ])
  })
})

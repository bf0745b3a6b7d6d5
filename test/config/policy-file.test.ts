import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readConfig } from '../../src/config/config.ts'
import type { PolicySource } from '../../src/config/policy-source.ts'

const HOUR_MS = 3_600_000

let folder: string
let policy: PolicySource

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kp-policy-'))
  write('snooze: {busy: 1h}')
  policy = open(file())
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(folder, 'policy.yaml')
const write = (text: string) => writeFileSync(file(), text)

function open(POLICY_FILE: string | undefined): PolicySource {
  return readConfig({ ALERTMANAGER_WEBHOOK_TOKENS: 'a', OPERATOR_TOKENS: 'ann:b', POLICY_FILE }).policy
}

describe('a policy file that changes', () => {
  test('is taken once it says the same twice, and told apart by its hash', () => {
    const { hash } = policy.state()
    write('snooze: {busy: 3h}')
    expect([policy.reread(false), policy.current().snooze.busy]).toEqual(['same', HOUR_MS])
    expect([policy.reread(false), policy.current().snooze.busy]).toEqual(['taken', 3 * HOUR_MS])
    expect(policy.reread(false)).toBe('same')
    expect(policy.state().hash).toMatch(/^[0-9a-f]{12}$/)
    expect(policy.state().hash).not.toBe(hash)
  })

  test('is not taken half written', () => {
    write('snooze: {busy: 3h}\nshadow')
    expect(policy.reread(false)).toBe('same')
    write('snooze: {busy: 3h}\nshadowNotify: true')
    expect(policy.reread(false)).toBe('same')
    expect(policy.reread(false)).toBe('taken')
  })

  test('is taken at once when somebody says that it is written', () => {
    write('snooze: {busy: 3h}')
    expect([policy.reread(true), policy.current().snooze.busy]).toEqual(['taken', 3 * HOUR_MS])
  })

  test('leaves to whoever works with the one before what they have', () => {
    const before = policy.current()
    write('snooze: {busy: 3h}')
    policy.reread(true)
    expect(before.snooze.busy).toBe(HOUR_MS)
  })

  test('is found behind the link that a mounted ConfigMap swaps', () => {
    const put = (version: string, text: string) => {
      mkdirSync(join(folder, version))
      writeFileSync(join(folder, version, 'policy.yaml'), text)
      symlinkSync(version, join(folder, '..next'))
      renameSync(join(folder, '..next'), join(folder, '..data'))
    }
    put('..1', 'snooze: {busy: 4h}')
    symlinkSync('..data/policy.yaml', join(folder, 'mounted.yaml'))
    const mounted = open(join(folder, 'mounted.yaml'))
    put('..2', 'snooze: {busy: 5h}')
    expect([mounted.reread(true), mounted.current().snooze.busy]).toEqual(['taken', 5 * HOUR_MS])
  })

  test.each<[string, () => void, RegExp[]]>([
    ['with two faults', () => write('snoze: {}\nsnooze: {busy: x}'), [/^policy snooze.busy/, /^policy \(whole file\)/]],
    ['that is no YAML', () => write('{'), [/^policy is not YAML/]],
    ['that is empty', () => write(' \n'), [/^POLICY_FILE: the file is empty/]],
    ['that is gone', () => rmSync(file()), [/^POLICY_FILE: the file can't be read$/]],
    [
      'whose etcd has a file that is not there',
      () => write('etcd: {regions: {eu-de: {endpoints: ["https://etcd:2379"], caFile: /nowhere}}}'),
      [/^policy etcd.regions.eu-de.caFile: the file can't be read/],
    ],
  ])('%s is refused whole, once, until it is corrected', (_what, spoil, faults) => {
    const { hash } = policy.state()
    spoil()
    expect([policy.reread(true), policy.reread(true)]).toEqual(['refused', 'same'])
    expect(policy.state()).toEqual({ hash, faults: faults.map((one) => expect.stringMatching(one)), needsRestart: [] })
    expect(policy.current().snooze.busy).toBe(HOUR_MS)
    write('snooze: {busy: 1h}')
    expect([policy.reread(true), policy.state().faults]).toEqual(['taken', []])
  })

  test('keeps what was set up at the start, says so, and takes the rest', () => {
    write(`snooze: {busy: 3h}
channels: {deployFailure: {id: C0ANOTHER1, authors: [B0123456789]}}
etcd: {regions: {eu-de: {endpoints: ["http://etcd:2379"]}}, sentinelKey: /s}`)
    expect(policy.reread(true)).toBe('taken')
    expect(policy.state().needsRestart).toEqual(['channels.deployFailure.id', 'etcd.regions'])
    const { snooze, channels, etcd } = policy.current()
    expect(snooze.busy).toBe(3 * HOUR_MS)
    expect(channels.deployFailure).toMatchObject({ id: 'C9XGSR292', authors: ['B0123456789'] })
    expect(etcd).toMatchObject({ regions: {}, sentinelKey: '/s' })
    write('snooze: {busy: 3h}')
    expect([policy.reread(true), policy.state().needsRestart]).toEqual(['taken', []])
  })

  test('is not looked for where there is none', () => {
    const builtIn = open(undefined)
    expect([builtIn.reread(true), builtIn.state().hash]).toEqual(['same', 'built-in'])
  })
})

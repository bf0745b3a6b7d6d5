import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { toKubernetesAccess } from '../../src/config/kubernetes-access.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubernetes-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function fileOf(content: object | string): string {
  const path = join(directory, 'kubeconfig')
  writeFileSync(path, typeof content === 'string' ? content : stringify(content))
  return path
}

function aKubeconfig({
  cluster = {},
  user = { token: 'canary-token' },
  current = 'hub-1',
}: {
  cluster?: object
  user?: object
  current?: string
} = {}) {
  return {
    'current-context': current,
    contexts: [
      { name: 'hub-1', context: { cluster: 'c', user: 'u' } },
      { name: 'prod-fra02-carrier105', context: { cluster: 'other', user: 'u' } },
    ],
    clusters: [
      { name: 'c', cluster: { server: 'https://hub-1.example.com:6443/', ...cluster } },
      { name: 'other', cluster: { server: 'https://hub-2.example.com' } },
    ],
    users: [{ name: 'u', user }],
  }
}

function accessOf(given: Partial<Parameters<typeof toKubernetesAccess>[0]>) {
  const faults: string[] = []
  const none = { kubeconfig: undefined, isInCluster: false, carrier: undefined, host: undefined, port: undefined }
  return { access: toKubernetesAccess({ ...none, ...given }, faults), faults }
}

describe('a kubeconfig', () => {
  test('gives the current context with its token and its authority', () => {
    const kubeconfig = fileOf(
      aKubeconfig({ cluster: { 'certificate-authority-data': base64('PEM'), 'tls-server-name': 'kube' } }),
    )
    const { access, faults } = accessOf({ kubeconfig })
    expect(faults).toEqual([])
    expect(access?.hubOf('stage-dal10-carrier103')?.target()).toEqual({
      server: 'https://hub-1.example.com:6443',
      ca: 'PEM',
      serverName: 'kube',
      credentials: { kind: 'token', token: 'canary-token' },
    })
  })

  test('gives the context that is named like the carrier of the alert', () => {
    const { access } = accessOf({ kubeconfig: fileOf(aKubeconfig()) })
    expect(access?.hubOf('prod-fra02-carrier105')?.target().server).toBe('https://hub-2.example.com')
    expect(access?.hubs.map(({ name }) => name)).toEqual(['hub-1', 'prod-fra02-carrier105'])
  })

  test.each([
    ['the same carrier', 'carrier-a', 'carrier-a', 'hub-1'],
    ['another carrier', 'carrier-a', 'carrier-b', null],
    ['no carrier in the alert', 'carrier-a', null, null],
    ['no carrier known', undefined, 'carrier-b', 'hub-1'],
  ])('whose current context is of a carrier serves alerts of that alone: %s', (_, carrier, ofAlert, expected) => {
    const { access } = accessOf({ kubeconfig: fileOf(aKubeconfig()), carrier })
    expect(access?.hubOf(ofAlert)?.name ?? null).toBe(expected)
  })

  test('may name files, which are read anew: a token rotates', () => {
    mkdirSync(join(directory, 'pki'))
    writeFileSync(join(directory, 'pki', 'ca.pem'), 'PEM of a file')
    writeFileSync(join(directory, 'token'), 'first\n')
    const kubeconfig = fileOf(
      aKubeconfig({ cluster: { 'certificate-authority': 'pki/ca.pem' }, user: { tokenFile: 'token' } }),
    )
    const hub = accessOf({ kubeconfig }).access?.hubOf(null)
    expect(hub?.target()).toMatchObject({ ca: 'PEM of a file', credentials: { token: 'first' } })
    writeFileSync(join(directory, 'token'), 'second\n')
    expect(hub?.target()).toMatchObject({ credentials: { token: 'second' } })
  })

  test('may hold a client certificate instead of a token', () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }
    const { access } = accessOf({ kubeconfig: fileOf(aKubeconfig({ user })) })
    expect(access?.hubOf(null)?.target().credentials).toEqual({ kind: 'certificate', certificate: 'CERT', key: 'KEY' })
  })

  test.each([
    ['no file', () => join(directory, 'none'), "the file can't be read"],
    ['no YAML', () => fileOf('{'), 'is no YAML'],
    ['another shape', () => fileOf({ contexts: [] }), 'is no kubeconfig'],
    [
      'a current context without a user',
      () => fileOf(aKubeconfig({ current: 'gone' })),
      'context gone: its cluster or its user is missing',
    ],
    [
      'a user whose token a program makes',
      () => fileOf(aKubeconfig({ user: { exec: { command: 'x' } } })),
      'programs (exec) are not run',
    ],
    [
      'a server that need not prove itself',
      () => fileOf(aKubeconfig({ cluster: { 'insecure-skip-tls-verify': true } })),
      'insecure-skip-tls-verify is not taken',
    ],
  ])('with a fault is named at the start: %s', (_, pathOf, fault) => {
    const { faults } = accessOf({ kubeconfig: pathOf() })
    expect(faults).toEqual([expect.stringContaining(`KUBERNETES_KUBECONFIG: `)])
    expect(faults[0]).toContain(fault)
    expect(faults[0]).not.toContain('canary')
  })
})

describe('a pod of the hub itself', () => {
  test('uses the token of its service account, read anew, and the authority beside it', () => {
    writeFileSync(join(directory, 'token'), 'first')
    writeFileSync(join(directory, 'ca.crt'), 'PEM')
    const { access, faults } = accessOf({
      isInCluster: true,
      host: 'fd00::1',
      port: '443',
      serviceAccountDirectory: directory,
    })
    expect(faults).toEqual([])
    writeFileSync(join(directory, 'token'), 'second')
    expect(access?.hubOf(null)?.target()).toEqual({
      server: 'https://[fd00::1]:443',
      ca: 'PEM',
      serverName: null,
      credentials: { kind: 'token', token: 'second' },
    })
  })

  test('without a mounted token, or outside a cluster, is a fault', () => {
    expect(
      accessOf({ isInCluster: true, host: '10.0.0.1', port: '443', serviceAccountDirectory: directory }).faults,
    ).toEqual([expect.stringContaining('is its service account token mounted?')])
    expect(accessOf({ isInCluster: true }).faults).toEqual([expect.stringContaining('this is no pod')])
  })
})

describe('what does not fit together', () => {
  test('is named: both ways at once, or a carrier without one', () => {
    const both = accessOf({ kubeconfig: fileOf(aKubeconfig()), isInCluster: true })
    expect(both.faults).toEqual([expect.stringContaining('is given beside KUBERNETES_IN_CLUSTER')])
    expect(accessOf({ carrier: 'x' })).toEqual({
      access: null,
      faults: [expect.stringContaining('KUBERNETES_CARRIER')],
    })
  })
})

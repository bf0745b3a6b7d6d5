import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { checkIbmCloud } from '../../../src/commands/doctor/check-ibm-cloud.ts'
import { checkKubernetes } from '../../../src/commands/doctor/check-kubernetes.ts'
import type { Finding } from '../../../src/commands/doctor/finding.ts'
import { readConfig } from '../../../src/config/config.ts'

const API_KEY = 'canary-api-key'
const TOKEN = 'canary-token'
const INSTANCE = '0f1e2d3c-0000-4000-8000-000000000001'
const ACCOUNT = 'b9f1cbd2ae7b4b5fb8ad5c0c3fbbd5dd'
let sandbox: Sandbox
let directory: string

beforeEach(async () => {
  sandbox = await startSandbox()
  directory = mkdtempSync(join(tmpdir(), 'doctor-cloud-'))
  sandbox.iam.addApiKey(API_KEY, [ACCOUNT])
  sandbox.keyProtect.addInstance({ id: INSTANCE, service: 'kms', region: 'eu-de', account: ACCOUNT })
  sandbox.iam.addAuthorization({ account: ACCOUNT, subject: {}, resource: { serviceName: 'kms' } })
  sandbox.kubernetes.addToken(TOKEN)
  sandbox.kubernetes.addPod({
    namespace: 'armada',
    name: 'armada-kp-events-a',
    labels: { app: 'armada-kp-events' },
    phase: 'Running',
    containers: [{ name: 'armada-kp-events', ready: true, restarts: 0, waiting: null }],
    log: [],
  })
})
afterEach(async () => {
  await sandbox.close()
  rmSync(directory, { recursive: true })
})

function fileOf(name: string, content: object): string {
  const path = join(directory, name)
  writeFileSync(path, stringify(content))
  return path
}

function configOf(environment: Record<string, string> = {}, policy: object = {}) {
  const instances = [{ id: INSTANCE, region: 'eu-de', accounts: [ACCOUNT] }]
  return readConfig({
    ALERTMANAGER_WEBHOOK_TOKENS: 'x',
    OPERATOR_TOKENS: 'ada:x-y-z',
    POLICY_FILE: fileOf('policy.yaml', { keyProtect: { instances }, ...policy }),
    IBM_CLOUD_API_KEY: API_KEY,
    IAM_URL: `${sandbox.url}/iam`,
    KEY_PROTECT_URL: `${sandbox.url}/key-protect/{region}`,
    KUBERNETES_KUBECONFIG: fileOf('kubeconfig', {
      'current-context': 'hub',
      contexts: [{ name: 'hub', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `${sandbox.url}/kubernetes` } }],
      users: [{ name: 'u', user: { token: TOKEN } }],
    }),
    ...environment,
  })
}

async function linesOf(findings: AsyncGenerator<Finding>): Promise<string[]> {
  const lines: string[] = []
  for await (const { state, check, says } of findings) lines.push(`${state} ${check}: ${says}`)
  expect(lines.join()).not.toContain('canary')
  return lines
}

const cloud = (environment?: Record<string, string>, policy?: object) =>
  linesOf(checkIbmCloud(configOf(environment, policy), { now: Date.now }))
const hub = (environment?: Record<string, string>, policy?: object) =>
  linesOf(checkKubernetes(configOf(environment, policy), { now: Date.now }))

describe('the doctor looks at IBM Cloud', () => {
  test('and says that key, instances and accounts are well', async () => {
    expect(await cloud()).toEqual([
      'ok ibm cloud token: IAM gives one for the API key',
      `ok key protect Key Protect ${INSTANCE}: lets us list registrations`,
      `ok iam account ${ACCOUNT}: shows us 1 authorizations`,
    ])
  })

  test.each<[string, () => void, Record<string, string>, object, string]>([
    [
      'a refused API key',
      () => sandbox.iam.reset(),
      {},
      {},
      'fail ibm cloud token: IBM Cloud IAM get token: the API key was refused',
    ],
    [
      'an instance that is not there',
      () => sandbox.keyProtect.reset(),
      {},
      {},
      `fail key protect Key Protect ${INSTANCE}: Key Protect list registrations: answered 404`,
    ],
    [
      'an account that may not be read',
      () => sandbox.iam.addApiKey(API_KEY, []),
      {},
      {},
      `fail iam account ${ACCOUNT}: shows us no authorization at all`,
    ],
    ['no instance', () => undefined, {}, { keyProtect: { instances: [] } }, 'warn key protect: no instance is named'],
    ['no account', () => undefined, {}, { keyProtect: { instances: [] } }, 'warn iam: the policy names no account'],
    ['no API key', () => undefined, { IBM_CLOUD_API_KEY: '' }, {}, 'off ibm cloud: IBM_CLOUD_API_KEY is not set'],
  ])('and names %s', async (_, spoil, environment, policy, line) => {
    spoil()
    expect(await cloud(environment, policy)).toContainEqual(expect.stringContaining(line))
  })

  test('and asks the sources alone that are named', async () => {
    expect(await cloud({ IBM_CLOUD_SOURCES: 'iam' })).toHaveLength(2)
  })
})

describe('the doctor looks at the hub', () => {
  test('and says that pods and logs can be read', async () => {
    expect(await hub()).toEqual([
      'ok kubernetes hub: lists 1 pod in namespace armada',
      'ok kubernetes hub logs: can be read',
    ])
  })

  test.each<[string, () => void, Record<string, string>, object, string]>([
    [
      'a grant of another namespace',
      () => sandbox.kubernetes.addToken(TOKEN, 'other'),
      {},
      {},
      'fail kubernetes hub: Kubernetes list pods: answered 403',
    ],
    [
      'a selector that matches none',
      () => undefined,
      {},
      { kubernetes: { selector: 'app=x' } },
      'fail kubernetes hub: no pod matches app=x',
    ],
    [
      'logs that may not be read',
      () => void sandbox.faults.add({ upstream: 'kubernetes', path: /log$/, fault: { kind: 'status', status: 403 } }),
      {},
      {},
      'fail kubernetes hub logs: Kubernetes get log: answered 403',
    ],
    ['no hub', () => undefined, { KUBERNETES_KUBECONFIG: '' }, {}, 'off kubernetes: neither'],
  ])('and names %s', async (_, spoil, environment, policy, line) => {
    spoil()
    expect(await hub(environment, policy)).toContainEqual(expect.stringContaining(line))
  })
})

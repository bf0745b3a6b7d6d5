import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { SandboxKeyInstance } from '../../../sandbox/key-protect/key-protect.ts'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import type { Policy } from '../../../src/config/policy.ts'
import { anAlert, CRN, humanJudgement } from '../../support/builders.ts'
import { aQuestion } from './a-question.ts'
import {
  ACCOUNT_1,
  ACCOUNT_3,
  API_KEY,
  anAlertSaying,
  HPCS,
  KMS,
  readerOf,
  SOURCE_CRN,
  SOURCE_KEY,
  TARGET_CRN,
  TARGET_KEY,
} from './cloud-scene.ts'

const ORPHAN_TEXT = 'Error finding ETCD info for the cluster'
const MIGRATION_TEXT = `check key status for migration: source key ${SOURCE_CRN}, target key ${TARGET_CRN}`
let sandbox: Sandbox
let kms: SandboxKeyInstance
let hpcs: SandboxKeyInstance

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.iam.addApiKey(API_KEY)
  kms = sandbox.keyProtect.addInstance({ id: KMS, service: 'kms', region: 'eu-fr2', account: ACCOUNT_1 })
  hpcs = sandbox.keyProtect.addInstance({ id: HPCS, service: 'hs-crypto', region: 'eu-fr2', account: ACCOUNT_3 })
})
afterEach(() => sandbox.close())

const INSTANCES: Policy['keyProtect']['instances'] = [
  { id: KMS, service: 'kms', region: 'eu-fr2', accounts: [] },
  { id: HPCS, service: 'hs-crypto', region: 'eu-fr2', accounts: [ACCOUNT_1] },
]

describe('the registrations that name a deleted cluster', () => {
  const alert = anAlertSaying(ORPHAN_TEXT, 'orphaned-key-registration', { isMigration: false })
  const ask = (instances: typeof INSTANCES = INSTANCES, subject = alert) =>
    readerOf(sandbox, 'key-protect', { keyProtect: { instances } }).ask(aQuestion(subject))

  test('are told with key, ring, state and CRN, and with the calls that remove each and show that it is gone', async () => {
    kms.keys.push({ id: SOURCE_KEY, name: 'cluster-root', state: 1, keyRing: 'clusters' })
    kms.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN })
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'found', summary: '1 registration still names the cluster' })
    expect(finding?.lines).toEqual([
      `key ${SOURCE_KEY}, ring clusters, active, in Key Protect eu-fr2 ${KMS}; name cluster-root; registered 2024-05-12`,
      `its CRN: ${SOURCE_CRN}`,
    ])
    expect(finding?.steps.flatMap(({ commands }) => commands)).toEqual([
      `curl -X DELETE '${sandbox.url}/key-protect/eu-fr2/api/v2/keys/${SOURCE_KEY}/registrations/${encodeURIComponent(CRN)}' -H "Authorization: Bearer $IAM_TOKEN" -H 'Bluemix-Instance: ${KMS}' -H 'X-Kms-Key-Ring: clusters'`,
      `ibmcloud kp registrations -i ${KMS} -k ${SOURCE_KEY} -r clusters -c '${CRN}'`,
    ])
  })

  test('of HPCS are shown by the CLI at the address of the instance', async () => {
    hpcs.keys.push({ id: TARGET_KEY, name: 'x', state: 2 })
    hpcs.registrations.push({ keyId: TARGET_KEY, resourceCrn: CRN, preventKeyDeletion: true })
    const [finding] = await ask()
    expect(finding?.lines[0]).toContain('ring default, disabled (suspended), in HPCS eu-fr2')
    expect(finding?.lines[0]).toContain('it keeps the key from being deleted')
    expect(finding?.steps.at(-1)?.commands[0]).toMatch(/^KP_TARGET_ADDR=\S+ ibmcloud kp registrations -i /)
  })

  test('are looked for in the instances of the keys that the error text names, whatever the policy knows', async () => {
    kms.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN })
    const [finding] = await ask(
      [],
      anAlertSaying(`${ORPHAN_TEXT} (key ${SOURCE_CRN})`, 'orphaned-key-registration', { isMigration: false }),
    )
    expect(finding).toMatchObject({ outcome: 'found' })
  })

  test('whose key can not be read are told all the same, and why', async () => {
    kms.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN })
    sandbox.faults.add({ upstream: 'key-protect', path: /metadata$/, fault: { kind: 'status', status: 403 } })
    const [finding] = await ask()
    expect(finding?.lines[0]).toContain('ring and state unknown (Key Protect get key metadata: answered 403)')
    expect(finding?.steps[0]?.commands[0]).not.toContain('X-Kms-Key-Ring')
  })

  test('are absent only where every instance was read whole, and for these alone', async () => {
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'absent', steps: [] })
    expect(finding?.summary).toContain(
      `no registration names the cluster in Key Protect eu-fr2 ${KMS}, HPCS eu-fr2 ${HPCS}; the key may be`,
    )
  })

  test('are unavailable, not absent, where one instance did not answer and the others have none', async () => {
    sandbox.faults.add({ upstream: 'key-protect', path: `/${HPCS}/`, fault: { kind: 'status', status: 503 } })
    await expect(ask()).rejects.toMatchObject({ code: 'unknown' })
  })

  test('of the instances that answered are told, with the one that did not', async () => {
    kms.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN })
    sandbox.faults.add({ upstream: 'key-protect', path: `/${HPCS}/`, fault: { kind: 'status', status: 503 } })
    const [finding] = await ask()
    expect(finding).toMatchObject({ outcome: 'found' })
    expect(finding?.lines.at(-1)).toBe(`not read: HPCS eu-fr2 ${HPCS} (Key Protect list registrations: answered 503)`)
  })

  test('are not looked for in an instance that serves other accounts', async () => {
    const instances = INSTANCES.map((one) => ({ ...one, accounts: [ACCOUNT_3] }))
    await expect(ask(instances)).rejects.toThrow('no instance is known to ask')
    expect(sandbox.requests.entries()).toEqual([])
  })

  test('put no name from outside into a command', async () => {
    kms.keys.push({ id: SOURCE_KEY, name: '$(reboot)', state: 1, keyRing: "x'; reboot; '" })
    kms.registrations.push({ keyId: SOURCE_KEY, resourceCrn: CRN }, { keyId: '$(reboot)', resourceCrn: CRN })
    const [finding] = await ask()
    expect(finding?.steps).toHaveLength(2)
    expect(JSON.stringify(finding?.steps)).not.toContain('reboot')
  })
})

describe('the keys of a migration', () => {
  const ask = (text = MIGRATION_TEXT) =>
    readerOf(sandbox, 'key-protect').ask(aQuestion(anAlertSaying(text, 'migration-key-state')))

  test.each([
    [1, 1, 'source key active, target key active', 0],
    [2, 1, 'source key disabled (suspended), target key active', 1],
    [1, 3, 'source key active, target key expired (deactivated)', 1],
    [5, 0, 'source key deleted (destroyed), target key not active yet (pre-activation)', 2],
  ])('in the states %i and %i are told in words', async (source, target, summary, steps) => {
    kms.keys.push({ id: SOURCE_KEY, name: 'x', state: source, expirationDate: '2024-12-31T00:00:00Z' })
    hpcs.keys.push({ id: TARGET_KEY, name: 'x', state: target, keyRing: 'bnpp' })
    const [finding] = await ask()
    expect(finding).toMatchObject({ source: 'key-protect', outcome: 'found', summary })
    expect(finding?.steps).toHaveLength(steps)
  })

  test('that are disabled come with the command that enables them', async () => {
    kms.keys.push({ id: SOURCE_KEY, name: 'x', state: 1 })
    hpcs.keys.push({ id: TARGET_KEY, name: 'x', state: 2, keyRing: 'bnpp' })
    const [finding] = await ask()
    expect(finding?.steps).toEqual([
      {
        text: 'have the customer enable the target key',
        commands: [
          `KP_TARGET_ADDR=${sandbox.url}/key-protect/${HPCS} ibmcloud kp key enable ${TARGET_KEY} -i ${HPCS} --key-ring bnpp`,
        ],
      },
    ])
  })

  test('of which one is gone and one may not be read are told apart', async () => {
    sandbox.faults.add({ upstream: 'key-protect', path: `/${HPCS}/`, fault: { kind: 'status', status: 403 } })
    const [finding] = await ask()
    expect(finding?.summary).toBe('source key not there, target key not readable')
  })

  test('are unavailable where none could be asked, or no text names them', async () => {
    sandbox.faults.add({ upstream: 'key-protect', times: 2, fault: { kind: 'status', status: 503 } })
    await expect(ask()).rejects.toMatchObject({ code: 'unknown' })
    await expect(ask('check key status for migration')).rejects.toThrow('neither error texts nor logs name its CRN')
  })

  test('are taken from the logs where the error text does not name them', async () => {
    kms.keys.push({ id: SOURCE_KEY, name: 'x', state: 2 })
    const question = aQuestion(anAlertSaying('check key status for migration', 'migration-key-state'))
    const completedTrace = Promise.resolve({ ...question.trace, sourceKey: SOURCE_CRN })
    const [finding] = await readerOf(sandbox, 'key-protect').ask({ ...question, completedTrace })
    expect(finding?.summary).toBe('source key disabled (suspended)')
  })
})

describe('Key Protect', () => {
  test.each([
    ['a deleted cluster', anAlertSaying(ORPHAN_TEXT, 'orphaned-key-registration', { isMigration: false }), true],
    ['a deletion that is not proven', anAlertSaying(ORPHAN_TEXT, 'deletion-unproven', { isMigration: false }), true],
    ['a failed migration', anAlertSaying(MIGRATION_TEXT, 'migration-key-state'), true],
    ['a busy cluster', anAlert(), false],
    ['a cluster that is not known', anAlert({ labels: {}, judgement: humanJudgement('cluster-unidentified') }), false],
  ])('is asked about %s: %#', (_, alert, isAsked) => {
    expect(readerOf(sandbox, 'key-protect').isAskedFor(aQuestion(alert))).toBe(isAsked)
  })
})

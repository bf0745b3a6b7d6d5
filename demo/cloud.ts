import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { ACCOUNT_ID } from './alertmanager.ts'
import type { Secrets } from './environment.ts'

/** The account that hosts HPCS: account-3 of the runbook. */
export const HPCS_ACCOUNT = 'fedcba98765432100123456789abcdef'
/** The account in which the workers of the demo's migrations run: account-2. */
export const WORKER_ACCOUNT = 'bab556e1c47446ef8da61e399343a3e7'
/** The carrier of every alert of the demo: its hub. */
export const CARRIER = 'prod-fra02-carrier105'

export const KEY_PROTECT = { id: '11111111-aaaa-4000-8000-000000000001', region: 'eu-fr2' } as const
export const HPCS = { id: '33333333-cccc-4000-8000-000000000003', region: 'eu-fr2' } as const
/** Where the keys of the clusters in eu-de lie. */
export const KEY_PROTECT_WELL = { id: '55555555-eeee-4000-8000-000000000005', region: 'eu-de' } as const
const SOURCE_KEY_ID = '22222222-bbbb-4000-8000-000000000002'
const TARGET_KEY_ID = '44444444-dddd-4000-8000-000000000004'
/** The ring of the target key. */
export const TARGET_RING = 'bnpp'
/** The key to which a deleted cluster is still registered. */
export const ORPHAN_KEY_ID = '66666666-ffff-4000-8000-000000000006'
export const ORPHAN_RING = 'clusters'

export const SOURCE_KEY = `crn:v1:bluemix:public:kms:eu-fr2:a/${ACCOUNT_ID}:${KEY_PROTECT.id}:key:${SOURCE_KEY_ID}`
export const TARGET_KEY = `crn:v1:bluemix:public:hs-crypto:eu-fr2:a/${HPCS_ACCOUNT}:${HPCS.id}:key:${TARGET_KEY_ID}`

/** Keys, service authorizations and the hub's pods as they are when the demo begins: authorization 5 is missing. */
export function furnishCloud({ iam, keyProtect, kubernetes }: Sandbox, secrets: Secrets): void {
  iam.addApiKey(secrets.ibmCloudApiKey, [ACCOUNT_ID, HPCS_ACCOUNT])
  const source = keyProtect.addInstance({ ...KEY_PROTECT, service: 'kms', account: ACCOUNT_ID })
  source.keys.push({ id: SOURCE_KEY_ID, name: 'cluster-root', state: 1 })
  const target = keyProtect.addInstance({ ...HPCS, service: 'hs-crypto', account: HPCS_ACCOUNT })
  target.keys.push({ id: TARGET_KEY_ID, name: 'cluster-root-hpcs', state: 1, keyRing: TARGET_RING })
  const others = keyProtect.addInstance({ ...KEY_PROTECT_WELL, service: 'kms', account: ACCOUNT_ID })
  others.keys.push({ id: ORPHAN_KEY_ID, name: 'cluster-root', state: 1, keyRing: ORPHAN_RING })

  const delegates = ['Reader', 'AuthorizationDelegator']
  const allow = (account: string, target: string, [serviceName, accountId]: [string, string], roles?: string[]) =>
    iam.addAuthorization({
      account,
      subject: { serviceName, accountId },
      // As the runbook's table has it: those for HPCS are limited to a ring.
      resource: { serviceName: target, ...(target === 'hs-crypto' && { keyRing: TARGET_RING }) },
      ...(roles && { roles }),
    })
  allow(ACCOUNT_ID, 'kms', ['containers-kubernetes', ACCOUNT_ID], delegates)
  allow(ACCOUNT_ID, 'kms', ['server-protect', WORKER_ACCOUNT])
  allow(ACCOUNT_ID, 'kms', ['server-protect', ACCOUNT_ID])
  allow(HPCS_ACCOUNT, 'hs-crypto', ['server-protect', WORKER_ACCOUNT])
  allow(HPCS_ACCOUNT, 'hs-crypto', ['server-protect', ACCOUNT_ID])

  kubernetes.addToken(secrets.hubToken)
  for (const name of ['armada-kp-events-7d9f-a', 'armada-kp-events-7d9f-b'])
    kubernetes.addPod({
      namespace: 'armada',
      name,
      labels: { app: 'armada-kp-events' },
      phase: 'Running',
      containers: [{ name: 'armada-kp-events', ready: true, restarts: 0, waiting: null }],
      log: [],
    })
}

/** The way to the hub, by the name of its carrier. */
export function writeKubeconfig(folder: string, { sandbox, secrets }: { sandbox: Sandbox; secrets: Secrets }): void {
  const content = {
    'current-context': CARRIER,
    contexts: [{ name: CARRIER, context: { cluster: CARRIER, user: 'responder' } }],
    clusters: [{ name: CARRIER, cluster: { server: `${sandbox.url}/kubernetes` } }],
    users: [{ name: 'responder', user: { token: secrets.hubToken } }],
  }
  writeFileSync(join(folder, 'kubeconfig'), stringify(content))
}

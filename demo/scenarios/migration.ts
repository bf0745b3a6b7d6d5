import { ACCOUNT_ID } from '../alertmanager.ts'
import { HPCS_ACCOUNT, SOURCE_KEY, TARGET_KEY, TARGET_RING } from '../cloud.ts'
import { ETCD_REGIONS } from '../etcds.ts'
import type { Scene } from '../scene.ts'
import type { Scenario } from './scenario.ts'
import { BUSY, errorText, masterOperation, NO_ETCD_RECORD, posts } from './slack-acts.ts'

const CORR_ID = '4b7c-f00d-51ed'
/** What the logs tell more of than the channel does. */
const LOGGED_ID = '4b7c-cafe-0042'
const ALERTS = [{ region: ETCD_REGIONS.migrating }]

interface MigrationError {
  reason:
    | 'migration-cluster-state'
    | 'migration-key-not-in-use'
    | 'migration-key-not-readable'
    | 'migration-key-state'
    | 'migration-not-authorized'
    | 'migration-provider-error'
  title: string
  text: string
  /** Of the runbook's advice. */
  advice: string[]
}

/** General Debugging, 5 a-d and 7-9. */
const ERRORS: readonly MigrationError[] = [
  {
    reason: 'migration-cluster-state',
    title: 'the check of the cluster state failed',
    text: 'check cluster state: cluster is deploying',
    advice: ['look at its state'],
  },
  {
    reason: 'migration-key-not-in-use',
    title: 'the source key is not in use',
    text: 'check key in use: key is not used by the cluster',
    advice: ['the intent names the right source root key'],
  },
  {
    reason: 'migration-key-not-readable',
    title: 'the key could not be read',
    text: 'get key info from ghost: no key returned',
    advice: ['verify the service authorizations'],
  },
  {
    reason: 'migration-key-state',
    title: 'the key is disabled',
    text: 'check key status for migration: key is suspended',
    advice: ['verify that it is enabled'],
  },
  {
    reason: 'migration-not-authorized',
    title: 'a request was not authorized',
    text: 'wrapping the key: 403 Forbidden',
    advice: ['Ask: #iam-adopters', 'C0NLB2W3B'],
  },
  {
    reason: 'migration-provider-error',
    title: 'HPCS answered with a server error',
    text: 'HPCS answered 503 service unavailable',
    advice: ['Ask: #hp-crypto-kms', 'CFFC7M3B3'],
  },
]

/** Alerts of a region in which a key migration is under way. */
export const MIGRATION: readonly Scenario[] = [
  {
    name: 'migration-blocked',
    title: 'in a migration: busy with another KMS action',
    given: [errorText(BUSY)],
    alerts: ALERTS,
    expect: {
      state: 'snoozed',
      reasons: ['migration-blocked'],
      effects: ['acknowledge', 'snooze 7200', 'note'],
      noteIncludes: ['Snoozed 2 h', 'BNPP to HPCS', 'snooze 1 of 1'],
    },
  },
  ...ERRORS.map(
    ({ reason, title, text, advice }): Scenario => ({
      name: reason,
      title: `in a migration: ${title}`,
      given: [posts({ channel: 'kpEventsAlerts', by: 'kpEvents', text: (scene) => migrationError(text, scene) })],
      alerts: ALERTS,
      expect: {
        state: 'handed-over',
        reasons: [reason],
        effects: ['note'],
        noteIncludes: ['Needs you', `CorrID ${CORR_ID}`, SOURCE_KEY, TARGET_KEY, ...advice],
      },
    }),
  ),
  {
    name: 'migration-looked-up',
    title: 'in a migration: what a person would look up is looked up',
    given: [
      posts({
        channel: 'kpEventsAlerts',
        by: 'kpEvents',
        text: (scene) =>
          `Key migration of cluster ${scene.clusterId()} failed: get key info from ghost, CorrID=${LOGGED_ID}`,
      }),
      logsTell,
      fails,
    ],
    alerts: ALERTS,
    expect: {
      state: 'handed-over',
      reasons: ['migration-key-not-readable'],
      effects: ['note'],
      // Nothing is left to look up: the error's own words, both keys and how they are, what is missing and where to make it.
      noteIncludes: [
        'Needs you',
        `CorrID ${LOGGED_ID}`,
        'ghost: 403 not authorized to read the target key',
        SOURCE_KEY,
        TARGET_KEY,
        'Key Protect: source key active, target key active',
        '5 missing of those we may see',
        `create 5 in account ${HPCS_ACCOUNT}`,
        `containers-kubernetes of account ${ACCOUNT_ID} to hs-crypto, ring ${TARGET_RING}`,
        'Ask: #iam-adopters',
      ],
      also: hasLookedUp,
    },
  },
  {
    name: 'migration-master-operation-failed',
    title: 'in a migration: busy, but a master operation of the cluster failed',
    given: [
      masterOperation('master_update failed: webhook denied the request', { secondsAgo: 3_600 }),
      errorText(BUSY),
    ],
    alerts: ALERTS,
    expect: {
      state: 'handed-over',
      reasons: ['master-operation-failed'],
      effects: ['note'],
      noteIncludes: ['armada-deploy-operation-failures', 'openshift-webhooks_update'],
      also: hasWebhookTest,
    },
  },
  {
    name: 'migration-deletion-unproven',
    title: 'in a migration: no etcd record, and no deletion to show for it',
    given: [errorText(NO_ETCD_RECORD)],
    alerts: ALERTS,
    expect: {
      state: 'handed-over',
      reasons: ['deletion-unproven'],
      effects: ['note'],
      noteIncludes: ['#armada-deploy-alerts', 'Migration BNPP to HPCS'],
    },
  },
  {
    name: 'migration-other-error',
    title: 'in a migration: an error text that nobody knows',
    given: [errorText('unexpected end of key event stream')],
    alerts: ALERTS,
    expect: { state: 'handed-over', reasons: ['migration-undetermined'], effects: ['note'] },
  },
  {
    name: 'migration-no-error-text',
    title: 'in a migration: no error text comes',
    alerts: ALERTS,
    expect: { state: 'handed-over', reasons: ['migration-undetermined'], effects: ['note'] },
  },
]

/** As the alert's own Prometheus has it. */
function fails({ sandbox, clusterId }: Scene): void {
  const crn = `crn:v1:bluemix:public:containers-kubernetes:${ETCD_REGIONS.migrating}:a/${ACCOUNT_ID}:${clusterId()}::`
  for (const minutesAgo of [50, 20, 8, 3, 1]) sandbox.prometheus.addFailures(crn, 2, minutesAgo * 60_000)
}

/** The microservice's own lines: the channel says less. */
function logsTell({ sandbox, clusterId }: Scene): void {
  const app = 'armada-kp-events'
  sandbox.logs.write({
    app,
    level: 'info',
    text: `CorrID=${LOGGED_ID} cluster ${clusterId()} migration intent source key CRN=${SOURCE_KEY}, target key CRN=${TARGET_KEY}`,
  })
  sandbox.logs.write({
    app,
    level: 'error',
    text: `CorrID=${LOGGED_ID} ghost: 403 not authorized to read the target key`,
  })
}

/** The case page and the API have what every source said, pods of the hub included. */
async function hasLookedUp({ findCase }: Scene): Promise<string[]> {
  const subject = await findCase()
  const found = subject?.alerts.flatMap(({ findings }) => findings) ?? []
  const said = new Set(found.map(({ source, outcome }) => `${source} ${outcome}`))
  // Prometheus is asked once in two seconds for all: its answer may be older than the failures of this cluster.
  const isAsked = found.some(({ source }) => source === 'prometheus')
  return ['logs found', 'key-protect found', 'iam absent', 'kubernetes weak']
    .filter((answer) => !said.has(answer))
    .concat(isAsked ? [] : ['prometheus'])
    .map((answer) => `the case lacks the answer: ${answer}`)
}

/** The commands are too long for some notes; the case page always has them. */
async function hasWebhookTest({ findCase }: Scene): Promise<string[]> {
  const subject = await findCase()
  const lines = subject?.alerts.flatMap(({ advice }) => advice.flatMap((section) => section.lines)) ?? []
  return lines.some((line) => line.includes('kubectl run webhook-test')) ? [] : ['the case page lacks the webhook test']
}

function migrationError(text: string, { clusterId }: Scene): string {
  return `Key migration of cluster ${clusterId()} failed: ${text}, CorrID=${CORR_ID}, source key CRN=${SOURCE_KEY}, target key CRN=${TARGET_KEY}`
}

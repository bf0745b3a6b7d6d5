import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SlackOutbox } from '../../src/actions/slack-outbox.ts'
import { CaseLock } from '../../src/cases/case-lock.ts'
import { createGithubClient } from '../../src/clients/github.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/config/policy.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import type { Case } from '../../src/model/case.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { hiddenMark } from '../../src/model/issue.ts'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import { type ReconcileDeps, reconcile } from '../../src/reconcile.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Mode, Store } from '../../src/store/store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { aReceivedAlert, anUpdate, CLUSTER_ID, labelsOf, OTHER_CLUSTER_ID } from '../support/builders.ts'

jest.setTimeout(30_000)

const KP_BOT = 'B0KPEVENTS'
const DEPLOY_BOT = 'B0DEPLOYED'
const POLICY: Policy = {
  ...DEFAULT_POLICY,
  channels: {
    ...DEFAULT_POLICY.channels,
    kpEventsAlerts: { ...DEFAULT_POLICY.channels.kpEventsAlerts, authors: [KP_BOT] },
    deployAlerts: { ...DEFAULT_POLICY.channels.deployAlerts, authors: [DEPLOY_BOT] },
  },
}
const CREATE = { upstream: 'github', method: 'POST', path: /\/issues$/ } as const
const COMMENT = { upstream: 'github', method: 'POST', path: /\/comments$/ } as const

let sandbox: Sandbox
let directory: string
let store: Store
let offsetMs: number
let mode: { mode: Mode; paused: boolean }
let policy: Policy
let isGithubConfigured: boolean
let lock: CaseLock

const now = () => Date.now() + offsetMs

beforeEach(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'kp-issue-'))
  store = await openSqliteStore(directory, Date.now())
  offsetMs = 0
  mode = { mode: 'live', paused: false }
  policy = POLICY
  isGithubConfigured = true
  lock = new CaseLock()
})

afterEach(async () => {
  await store.close()
  await sandbox.close()
  await rm(directory, { recursive: true, force: true })
})

/** What Slack's channels say of a deleted cluster: the error of its key events, and that its deletion completed. */
async function askChannel(channel: string, { clusterId, toMs }: { clusterId: string; toMs: number }) {
  const said = (text: string, botId: string, agoMs: number): IndexedMessage => ({
    channel,
    ts: ((toMs - agoMs) / 1_000).toFixed(6),
    threadTs: null,
    author: { userId: null, botId, appId: null, name: botId },
    segments: [text],
    editedTs: null,
  })
  const messages =
    channel === policy.channels.kpEventsAlerts.id
      ? [said(`cluster ${clusterId}: Error finding ETCD info for the cluster`, KP_BOT, 60_000)]
      : channel === policy.channels.deployAlerts.id
        ? [said(`cluster ${clusterId} deletion completed`, DEPLOY_BOT, 86_400_000)]
        : []
  return {
    outcome: messages.length > 0 ? ('found' as const) : ('absent' as const),
    why: null,
    isCatchingUp: false,
    completeToMs: toMs,
    observedAtMs: toMs,
    messages,
  }
}

function toDeps(): ReconcileDeps {
  const logger = pino({ level: 'silent' })
  return {
    store,
    policy,
    publicUrl: 'https://responder.example.com',
    pagerduty: {
      from: 'responder@example.com',
      client: new PagerdutyClient({
        apiUrl: `${sandbox.url}/pagerduty`,
        token: () => 'sandbox-pagerduty-token',
        from: 'responder@example.com',
        now,
      }),
    },
    github: isGithubConfigured
      ? {
          repository: DEFAULT_REPOSITORY,
          lock,
          client: createGithubClient({
            apiUrl: `${sandbox.url}/github/api/v3`,
            repository: DEFAULT_REPOSITORY,
            credentials: { kind: 'token', token: secretFromValue('ghp_canary1234567890') },
            now,
          }),
        }
      : null,
    gathering: {
      slack: { askChannel },
      etcd: {
        lookUp: async () => ({ outcome: 'absent', why: 'no key at revision 7', revision: '7', observedAtMs: now() }),
      },
      permalink: (channel, ts) => `https://slack.example.com/archives/${channel}/p${ts.replace('.', '')}`,
      policy,
      catchUpUntilMs: 0,
    },
    outbox: new SlackOutbox({
      store,
      client: null,
      channel: policy.channels.notify,
      now,
      isAllowed: async () => false,
      record: async () => undefined,
      probeAfterMs: policy.windows.probe,
      logger,
    }),
    storms: { read: async () => null },
    modeSwitch: { read: async () => mode, write: async () => mode },
    ownUser: { id: () => null, learn: async () => undefined },
    metrics: createMetrics(),
    now,
    notChecked: [],
  }
}

function groupKeyOf(name: string): string {
  return `{}:{alertname="ArmadaKPEventsProcessingErrors", group="${name}"}`
}

/** The group fires for the clusters, and PagerDuty has its incident. */
async function fire(name: string, clusterIds: readonly string[] = [CLUSTER_ID]): Promise<void> {
  sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(name)) })
  await tell(name, clusterIds, 'firing')
}

async function tell(name: string, clusterIds: readonly string[], status: 'firing' | 'resolved'): Promise<void> {
  const alerts = clusterIds.map((clusterId, index) =>
    aReceivedAlert({
      fingerprint: `${name}${index}`.padEnd(16, '0'),
      labels: labelsOf(clusterId),
      startsAtMs: Date.now() - 600_000,
      status,
      endsAtMs: status === 'resolved' ? now() : null,
    }),
  )
  await store.accept(anUpdate({ groupKey: groupKeyOf(name), alerts }), `${name}/${status}/${now()}`, now())
}

/** Looks at the group as the scheduler does, while it asks for another look at once. */
async function settle(name: string, deps = toDeps()): Promise<Case> {
  for (let look = 0; look < 20; look += 1) {
    const nextMs = await reconcile(groupKeyOf(name), deps)
    if (nextMs === null || nextMs > now()) break
  }
  const subject = await store.latestCase(groupKeyOf(name))
  if (!subject) throw new Error('there is no case')
  return subject
}

const notes = (name: string) => {
  const incident = sandbox.pagerduty.byKey(dedupKeyOf(groupKeyOf(name)))
  return incident ? sandbox.ledger.of('note').filter(({ target }) => target === incident.id) : []
}
const noteText = (name: string) => notes(name).map(({ detail }) => String(detail.content)).join('\n---\n')
const effects = () => sandbox.ledger.entries().map(({ effect }) => effect)

describe('the issue of a deleted cluster', () => {
  test('is opened before the page is quieted, and the note names it', async () => {
    await fire('a')
    const subject = await settle('a')
    expect(effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
    expect(subject.state).toBe('snoozed')
    expect(subject.snooze?.seconds).toBe(43_200)
    const [issue] = sandbox.github.issues()
    expect(issue?.title).toBe(`Orphaned KMS key registration: cluster ${CLUSTER_ID}`)
    expect(issue?.labels).toEqual(['kp-events', 'orphaned-key-registration'])
    expect(noteText('a')).toContain(`/${DEFAULT_REPOSITORY}/issues/1`)
  })
})

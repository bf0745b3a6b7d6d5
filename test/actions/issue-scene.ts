import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { DEFAULT_REPOSITORY } from '../../sandbox/github/github.ts'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { HeldPages } from '../../src/actions/held-pages.ts'
import { toPagerdutyAccess } from '../../src/actions/pagerduty-access.ts'
import { SlackOutbox } from '../../src/actions/slack-outbox.ts'
import { createGithubClient } from '../../src/clients/github.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { DEFAULT_POLICY, type Policy } from '../../src/config/policy.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { FindingsDesk } from '../../src/evidence/findings/findings-desk.ts'
import type { Case } from '../../src/model/case.ts'
import { dedupKeyOf } from '../../src/model/identity.ts'
import type { ActionKind } from '../../src/model/plan.ts'
import type { IndexedMessage } from '../../src/model/slack-message.ts'
import { type ReconcileDeps, reconcile } from '../../src/reconcile.ts'
import { setAside } from '../../src/set-aside.ts'
import { ProcessExclusive } from '../../src/store/exclusive.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Mode, Store } from '../../src/store/store.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { anUpdate, aReceivedAlert, CLUSTER_ID, labelsOf } from '../support/builders.ts'

const KP_BOT = 'B0KPEVENTS'
const DEPLOY_BOT = 'B0DEPLOYED'
export const POLICY: Policy = {
  ...DEFAULT_POLICY,
  channels: {
    ...DEFAULT_POLICY.channels,
    kpEventsAlerts: { ...DEFAULT_POLICY.channels.kpEventsAlerts, authors: [KP_BOT] },
    deployAlerts: { ...DEFAULT_POLICY.channels.deployAlerts, authors: [DEPLOY_BOT] },
  },
}

/** A responder without its server: one look at a time, when a test asks for it. What may change is a property. */
export interface IssueScene {
  sandbox: Sandbox
  policy: Policy
  mode: { mode: Mode; paused: boolean }
  isGithubConfigured: boolean
  /** What is looked up beside the evidence; null where nothing is. */
  findings: FindingsDesk | null
  now: () => number
  /** Clusters that etcd still has. */
  recorded: Set<string>
  /** Our clock runs on; the upstreams' stays, since a snooze is judged by PagerDuty's own time. */
  pass: (ms: number) => void
  groupKeyOf: (name: string) => string
  /** The group fires for the clusters, and PagerDuty has its incident. */
  fire: (name: string, clusterIds?: readonly string[]) => Promise<void>
  /** Alertmanager tells again that it fires. */
  repeat: (name: string) => Promise<void>
  resolve: (name: string) => Promise<void>
  /** PagerDuty tells that something happened to the incident. */
  hear: (name: string, incidentId: string) => Promise<void>
  /** Looks at the group as the scheduler does, while it asks for another look at once. */
  settle: (name: string) => Promise<Case>
  /** Gives the case up, as the scheduler does after too many failed looks. */
  setAside: (name: string) => Promise<void>
  /** Stores the case with these fields changed, as a process that died at another moment would have left it. */
  amend: (name: string, change: (subject: Case) => Partial<Case>) => Promise<void>
  /** Forgets what the process remembers; the store and the upstreams stay. */
  restart: () => void
  /** Keeps a copy of the store as it is now. */
  save: () => Promise<void>
  /** Puts the copy back, or an empty store where none was kept: what was stored since is lost, and the store says so. */
  lose: () => Promise<void>
  /** While true the store takes no intent, and can't be written. */
  isStoreAway: boolean
  /** The store takes no intent after one of this action. */
  storeGoesAwayAfter: ActionKind | null
  /** How long a page is held while the store is away, in ms. */
  holdWithoutStoreMs: number
  /** What we wrote outside, oldest first. */
  effects: () => string[]
  noteText: (name: string) => string
  stop: () => Promise<void>
}

export async function setIssueScene(): Promise<IssueScene> {
  const sandbox = await startSandbox()
  const directory = await mkdtemp(join(tmpdir(), 'kp-issue-'))
  const data = join(directory, 'data')
  const copy = join(directory, 'copy')
  let store = await openStore()
  let doubtBeforeMs = 0
  let offsetMs = 0
  let ownId: string | null = null
  const now = () => Date.now() + offsetMs
  const scene: IssueScene = {
    sandbox,
    policy: POLICY,
    mode: { mode: 'live', paused: false },
    isGithubConfigured: true,
    findings: null,
    now,
    isStoreAway: false,
    storeGoesAwayAfter: null,
    holdWithoutStoreMs: 40_000,
    recorded: new Set(),
    pass(ms) {
      offsetMs += ms
    },
    groupKeyOf,
    async fire(name, clusterIds = [CLUSTER_ID]) {
      sandbox.pagerduty.trigger({ dedupKey: dedupKeyOf(groupKeyOf(name)) })
      await tell(name, clusterIds, 'firing')
    },
    repeat: (name) => tell(name, [CLUSTER_ID], 'firing'),
    resolve: (name) => tell(name, [CLUSTER_ID], 'resolved'),
    async hear(name, incidentId) {
      const event = { eventId: `${name}/${now()}`, type: 'incident.changed', receivedAtMs: now(), lookAtMs: now() }
      await store.acceptIncidentEvent({ ...event, incidentId, mayOpenCase: false })
    },
    async amend(name, change) {
      const subject = await store.latestCase(groupKeyOf(name))
      if (!subject) throw new Error('there is no case')
      await store.saveCase({ ...subject, ...change(subject) }, { mergedUpTo: null, isSettled: false })
    },
    async settle(name) {
      deps ??= toDeps()
      for (let look = 0; look < 20; look += 1) {
        const findings = scene.findings ? { findings: scene.findings } : {}
        const nextMs = await reconcile(groupKeyOf(name), { ...deps, ...findings, policy: scene.policy })
        if (nextMs === null || nextMs > now()) break
      }
      const subject = await store.latestCase(groupKeyOf(name))
      if (!subject) throw new Error('there is no case')
      return subject
    },
    setAside: (name) => setAside(groupKeyOf(name), toDeps()),
    restart() {
      deps = null
    },
    async save() {
      await store.close()
      await cp(data, copy, { recursive: true })
      store = await openStore()
      deps = null
    },
    async lose() {
      await store.close()
      await rm(data, { recursive: true })
      if (existsSync(copy)) await cp(copy, data, { recursive: true })
      store = await openStore()
      doubtBeforeMs = now()
      deps = null
      ownId = null
    },
    effects: () => sandbox.ledger.entries().flatMap(({ effect, actor }) => (actor === 'responder' ? [effect] : [])),
    noteText(name) {
      const incident = sandbox.pagerduty.byKey(dedupKeyOf(groupKeyOf(name)))
      const notes = sandbox.ledger.of('note').filter(({ target }) => target === incident?.id)
      return notes.map(({ detail }) => String(detail.content)).join('\n---\n')
    },
    async stop() {
      heldPages?.stop()
      await store.close()
      await sandbox.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  let deps: ReconcileDeps | null = null

  async function openStore(): Promise<Store> {
    const opened = await openSqliteStore(data, Date.now())
    const away = () => {
      if (scene.isStoreAway) throw new StoreUnavailableError('the store is away')
    }
    return {
      ...opened,
      history: { doubtBeforeMs: () => doubtBeforeMs, frozenWhy: () => null },
      async intend(...args) {
        away()
        const record = await opened.intend(...args)
        if (args[0].action === scene.storeGoesAwayAfter) scene.isStoreAway = true
        return record
      },
      async conclude(...args) {
        if (scene.storeGoesAwayAfter === null) away()
        return opened.conclude(...args)
      },
      async checkWritable() {
        away()
      },
    }
  }

  let heldPages: HeldPages | null = null

  function toDeps(): ReconcileDeps {
    const logger = pino({ level: 'silent' })
    heldPages?.stop()
    heldPages = new HeldPages({
      checkStore: () => store.checkWritable(),
      cryOut: async () => undefined,
      logger,
      waitMs: scene.holdWithoutStoreMs,
    })
    return {
      store,
      policy: scene.policy,
      publicUrl: 'https://responder.example.com',
      pagerduty: toPagerdutyAccess(
        new PagerdutyClient({
          apiUrl: `${sandbox.url}/pagerduty`,
          token: () => 'sandbox-pagerduty-token',
          from: 'responder@example.com',
          now,
        }),
        'responder@example.com',
      ),
      github: scene.isGithubConfigured
        ? {
            repository: DEFAULT_REPOSITORY,
            lock: new ProcessExclusive(),
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
          lookUp: async ({ clusterId }) => ({
            outcome: scene.recorded.has(clusterId) ? 'present' : 'absent',
            why: 'asked at revision 7',
            revision: '7',
            observedAtMs: now(),
          }),
        },
        permalink: (channel, ts) => `https://slack.example.com/archives/${channel}/p${ts.replace('.', '')}`,
        policy: scene.policy,
        catchUpUntilMs: 0,
      },
      outbox: new SlackOutbox({
        store,
        client: null,
        channel: () => POLICY.channels.notify,
        now,
        isAllowed: async () => false,
        record: async () => undefined,
        probeAfterMs: () => POLICY.windows.probe,
        logger,
      }),
      storms: { read: async () => null },
      modeSwitch: { read: async () => scene.mode, write: async () => scene.mode },
      ownUser: {
        id: () => ownId,
        async learn(id) {
          ownId = id
        },
      },
      metrics: createMetrics(),
      now,
      notChecked: [],
      heldPages,
    }
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

  return scene
}

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
    channel === POLICY.channels.kpEventsAlerts.id
      ? [said(`cluster ${clusterId}: Error finding ETCD info for the cluster`, KP_BOT, 60_000)]
      : channel === POLICY.channels.deployAlerts.id
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

function groupKeyOf(name: string): string {
  return `{}:{alertname="ArmadaKPEventsProcessingErrors", group="${name}"}`
}

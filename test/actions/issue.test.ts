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
import { anUpdate, aReceivedAlert, CLUSTER_ID, labelsOf, OTHER_CLUSTER_ID } from '../support/builders.ts'

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
let ownId: string | null
/** Clusters that etcd still has. */
let recorded: Set<string>

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
  recorded = new Set()
  ownId = null
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
        lookUp: async ({ clusterId }) => ({
          outcome: recorded.has(clusterId) ? 'present' : 'absent',
          why: 'asked at revision 7',
          revision: '7',
          observedAtMs: now(),
        }),
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
    ownUser: {
      id: () => ownId,
      async learn(id) {
        ownId = id
      },
    },
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
const noteText = (name: string) =>
  notes(name)
    .map(({ detail }) => String(detail.content))
    .join('\n---\n')
const effects = () => sandbox.ledger.entries().flatMap(({ effect, actor }) => (actor === 'responder' ? [effect] : []))
const bodyOf = (number: number) => sandbox.github.issues()[number - 1]?.body ?? ''
const MARK = hiddenMark('issue', CLUSTER_ID)

/** Our clock runs on; the upstreams' stays, since a snooze is judged by PagerDuty's own time. */
function pass(ms: number): void {
  offsetMs += ms
}

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
    expect(issue?.body).toContain(MARK)
    expect(noteText('a')).toContain(`/${DEFAULT_REPOSITORY}/issues/1`)
    expect(subject.receipts.find(({ action }) => action === 'issue')).toMatchObject({
      result: 'created',
      why: null,
      link: `https://github.example.com/${DEFAULT_REPOSITORY}/issues/1`,
    })
  })

  test.each([
    ['its answer is lost', { kind: 'reset', when: 'after-commit' }, true],
    ['it is answered with a 502 though made', { kind: 'commitThenStatus', status: 502 }, true],
    ['its answer is half a JSON', { kind: 'truncatedJson' }, true],
    ['its request is lost', { kind: 'reset', when: 'before-commit' }, true],
    ['its answer is lost and the labels were dropped', { kind: 'reset', when: 'after-commit' }, false],
  ] as const)('is opened once when %s, by a process that starts anew', async (_what, fault, hasPushAccess) => {
    sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess })
    sandbox.faults.add({ ...CREATE, fault })
    await fire('a')
    expect((await settle('a')).state).toBe('waiting')
    expect(effects()).not.toContain('acknowledge')
    pass(10_000)
    lock = new CaseLock()
    await settle('a')
    // Before the probe's time nothing is sent again.
    expect(effects().filter((effect) => effect === 'issue').length).toBeLessThanOrEqual(1)
    pass(21_000)
    expect((await settle('a')).state).toBe('snoozed')
    expect(sandbox.github.issues()).toHaveLength(1)
    expect(effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is one for two cases of the cluster, and the later one comments once', async () => {
    await fire('a')
    await fire('b')
    await Promise.all([settle('a'), settle('b')])
    await Promise.all([settle('a'), settle('b')])
    const issues = sandbox.github.issues()
    expect(issues).toHaveLength(1)
    expect(issues[0]?.comments).toHaveLength(1)
    expect(issues[0]?.comments[0]?.body).toContain('fires again')
    expect(noteText('a')).toContain('/issues/1')
    expect(noteText('b')).toContain('/issues/1')
  })

  test('is commented once when the answer to the comment is lost', async () => {
    await fire('a')
    await settle('a')
    sandbox.faults.add({ ...COMMENT, fault: { kind: 'reset', when: 'after-commit' } })
    await fire('b')
    // The issue is there, so nothing waits for the comment.
    expect((await settle('b')).state).toBe('snoozed')
    pass(31_000)
    await settle('b')
    expect(sandbox.github.issues()[0]?.comments).toHaveLength(1)
  })

  test('is one for a cluster, and one for each of several', async () => {
    await fire('a', [CLUSTER_ID, OTHER_CLUSTER_ID])
    expect((await settle('a')).state).toBe('snoozed')
    expect(
      sandbox.github
        .issues()
        .map(({ title }) => title)
        .sort(),
    ).toEqual([CLUSTER_ID, OTHER_CLUSTER_ID].map((id) => `Orphaned KMS key registration: cluster ${id}`).sort())
  })

  test('is found again by its mark when the store is new, and gets a comment', async () => {
    sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'by hand', labels: POLICY.issue.labels })
    sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'ours', body: `x\n${MARK}`, labels: POLICY.issue.labels })
    await fire('a')
    const subject = await settle('a')
    expect(subject.state).toBe('snoozed')
    expect(effects()).not.toContain('issue')
    expect(sandbox.github.issues()[1]?.comments).toHaveLength(1)
    expect(subject.receipts.find(({ action }) => action === 'issue')?.result).toBe('adopted')
  })

  test('is never taken for a pull request that carries its mark', async () => {
    sandbox.github.openPullRequest(DEFAULT_REPOSITORY, { title: 'x', body: MARK, labels: POLICY.issue.labels })
    await fire('a')
    await settle('a')
    expect(sandbox.github.issues().filter(({ isPullRequest }) => !isPullRequest)).toHaveLength(1)
  })

  test('is opened anew where the earlier one is closed and nothing rests on it', async () => {
    sandbox.github.openIssue(DEFAULT_REPOSITORY, { title: 'ours', body: MARK, labels: POLICY.issue.labels })
    sandbox.github.changeIssue(DEFAULT_REPOSITORY, 1, { state: 'closed' })
    await fire('a')
    expect((await settle('a')).state).toBe('snoozed')
    expect(bodyOf(2)).toContain(MARK)
  })

  test('says in its receipt which labels GitHub left out', async () => {
    sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasPushAccess: false })
    await fire('a')
    const subject = await settle('a')
    expect(subject.state).toBe('snoozed')
    expect(subject.receipts.find(({ action }) => action === 'issue')).toMatchObject({
      result: 'created',
      why: 'GitHub left out the labels kp-events, orphaned-key-registration: we may not set them',
    })
  })

  test('waits for the end of a secondary limit, and nothing is quieted before', async () => {
    sandbox.github.setSecondaryLimit({ status: 403 })
    await fire('a')
    const deps = toDeps()
    expect((await settle('a', deps)).state).toBe('waiting')
    pass(30_000)
    await settle('a', deps)
    expect(effects()).toEqual([])
    pass(31_000)
    expect((await settle('a', deps)).state).toBe('snoozed')
    expect(effects()).toEqual(['issue', 'acknowledge', 'snooze', 'note'])
  })

  test('is opened also where another alert keeps the case with people', async () => {
    recorded.add(OTHER_CLUSTER_ID)
    await fire('a', [CLUSTER_ID, OTHER_CLUSTER_ID])
    const subject = await settle('a')
    expect(subject.state).toBe('handed-over')
    expect(effects()).toEqual(['issue', 'note'])
    expect(noteText('a')).toContain(`GitHub issue of cluster ${CLUSTER_ID}: https://`)
  })

  test('says once on itself that the group resolved', async () => {
    await fire('a')
    await settle('a')
    await tell('a', [CLUSTER_ID], 'resolved')
    sandbox.faults.add({ ...COMMENT, fault: { kind: 'reset', when: 'after-commit' } })
    await settle('a')
    pass(31_000)
    await settle('a')
    await settle('a')
    const comments = sandbox.github.issues()[0]?.comments ?? []
    expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('resolved at')])
  })
})

describe('no snooze without an issue', () => {
  test.each([
    [
      'GitHub is not configured',
      () => {
        isGithubConfigured = false
      },
      'GitHub is not configured',
    ],
    ['issues are switched off', () => sandbox.github.addRepository(DEFAULT_REPOSITORY, { hasIssues: false }), '410'],
    ['the token is refused', () => sandbox.github.credentials.acceptOnly(['other']), '401'],
    [
      'the hour has no issue left',
      () => {
        policy = { ...POLICY, budgets: { ...POLICY.budgets, issuesPerHour: 0 } }
      },
      'at most 0',
    ],
  ])('%s: the page stays with people and the note says why', async (_what, arrange, why) => {
    arrange()
    await fire('a')
    const subject = await settle('a')
    expect(subject.state).toBe('handed-over')
    expect(effects()).toEqual(['note'])
    expect(noteText('a')).toContain(why)
    expect(noteText('a')).toContain('Needs you: judged orphaned-key-registration, not snoozed, the GitHub issue')
  })

  test('people are told when GitHub stays away, and the case goes on when it is back', async () => {
    sandbox.faults.down('github')
    await fire('a')
    expect((await settle('a')).state).toBe('waiting')
    expect(effects()).toEqual([])
    pass(61_000)
    expect((await settle('a')).state).toBe('handed-over')
    expect(noteText('a')).toContain('the GitHub issue could not be opened yet: GitHub list issues')
    sandbox.faults.up('github')
    pass(31_000)
    expect((await settle('a')).state).toBe('snoozed')
    expect(effects()).toEqual(['note', 'issue', 'acknowledge', 'snooze', 'note'])
  })

  test('shadow writes nothing and says what it would do', async () => {
    mode = { mode: 'shadow', paused: false }
    await fire('a')
    const subject = await settle('a')
    expect(effects()).toEqual([])
    expect(sandbox.requests.entries().filter(({ upstream }) => upstream === 'github')).toEqual([])
    expect(subject.plan?.actions.map(({ action }) => action)).toEqual([
      'issue',
      'acknowledge',
      'snooze',
      'note',
      'slack',
    ])
    expect(subject.plan?.refusals).toContainEqual(expect.objectContaining({ action: 'issue', rail: 'shadow' }))
    expect(subject.receipts[0]).toMatchObject({ action: 'issue', result: 'would', why: 'shadow' })
  })
})

describe('the second snooze of a deleted cluster', () => {
  const NEAR_THE_END_MS = 12 * 3_600_000 - 240_000

  test('is made while the issue is open', async () => {
    await fire('a')
    await settle('a')
    pass(NEAR_THE_END_MS)
    const subject = await settle('a')
    expect(subject.state).toBe('snoozed')
    expect(effects().filter((effect) => effect === 'snooze')).toHaveLength(2)
    expect(sandbox.github.issues()[0]?.comments).toEqual([])
  })

  test.each([
    ['closed', 'is closed', () => sandbox.github.changeIssue(DEFAULT_REPOSITORY, 1, { state: 'closed' })],
    ['deleted', 'was deleted or moved', () => sandbox.github.deleteIssue(DEFAULT_REPOSITORY, 1)],
    ['not to be read', 'could not be read', () => sandbox.faults.down('github')],
  ])('is not made while the issue is %s: people are told', async (_state, words, arrange) => {
    await fire('a')
    await settle('a')
    arrange()
    pass(NEAR_THE_END_MS)
    const subject = await settle('a')
    expect(subject.state).toBe('handed-over')
    expect(subject.plan?.headline).toContain('issue 1 of cluster')
    expect(subject.plan?.headline).toContain(words)
    expect(effects().filter((effect) => effect === 'issue' || effect === 'snooze')).toEqual(['issue', 'snooze'])
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { classify } from '../../src/classifiers/classify.ts'
import { type Config, readConfig } from '../../src/config/config.ts'
import { fixedPolicy } from '../../src/config/policy-source.ts'
import { gatherFacts } from '../../src/evidence/gather.ts'
import type { Case } from '../../src/model/case.ts'
import type { AlertFacts, EtcdFacts } from '../../src/model/facts.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { connectUpstreams, toGathering } from '../../src/upstreams.ts'
import { aCase, anAlert, anEtcdAnswer, aSnooze, CLUSTER_ID } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const KP_BOT = 'B0KPEVENTS'
const DEPLOY_BOT = 'B0DEPLOYED'

let sandbox: Sandbox
let directory: string
let store: Store
let config: Config
let upstreams: ReturnType<typeof connectUpstreams>

beforeEach(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'searched-deletion-'))
  store = await openSqliteStore(directory, now())
  connect({ SLACK_USER_TOKEN: 'xoxp-installer' })
})

afterEach(async () => {
  await upstreams.slackEvidence?.stop()
  await store.close()
  await sandbox.close()
  await rm(directory, { recursive: true, force: true })
})

function now(): number {
  return sandbox.clock.now().getTime()
}

function connect(environment: Record<string, string>): void {
  const read = readConfig({
    ALERTMANAGER_WEBHOOK_TOKENS: 'am-token',
    OPERATOR_TOKENS: 'ada:ada-token',
    SLACK_API_URL: `${sandbox.url}/slack/api/`,
    SLACK_BOT_TOKEN: 'xoxb-responder',
    ...environment,
  })
  const policy = read.policy.current()
  const { kpEventsAlerts, deployAlerts, ...others } = policy.channels
  const channels = {
    ...others,
    kpEventsAlerts: { ...kpEventsAlerts, authors: [KP_BOT] },
    deployAlerts: { ...deployAlerts, authors: [DEPLOY_BOT] },
  }
  config = { ...read, policy: fixedPolicy({ ...policy, channels }) }
  upstreams = connectUpstreams(config, { store, logger: pino({ level: 'silent' }), metrics: null, now })
}

/** All three channels are read whole, but those that are named. */
async function readChannels(except: string[] = []): Promise<void> {
  const { kpEventsAlerts, deployFailure, deployAlerts } = config.policy.current().channels
  sandbox.slack.post({
    channel: kpEventsAlerts.id,
    author: { botId: KP_BOT },
    shape: 'text',
    text: `Error finding ETCD info for the cluster ${CLUSTER_ID}`,
  })
  sandbox.slack.post({
    channel: deployFailure.id,
    author: { botId: 'B0FAILURES' },
    shape: 'text',
    text: 'another cluster failed',
  })
  for (const { id } of [kpEventsAlerts, deployFailure, deployAlerts]) {
    sandbox.slack.setMember(id, true)
    if (except.includes(id)) continue
    await upstreams.slackEvidence?.refresh(id)
    await waitUntil('the whole read', () =>
      upstreams.slackEvidence?.status().some(({ channel, fullReadAtMs }) => channel === id && fullReadAtMs !== null),
    )
  }
}

function sayDeleted(more: { agoMs?: number; botId?: string; text?: string } = {}): string {
  return sandbox.slack.post({
    channel: config.policy.current().channels.deployAlerts.id,
    author: { botId: more.botId ?? DEPLOY_BOT, username: 'deployer' },
    shape: 'attachment',
    text: more.text ?? `cluster ${CLUSTER_ID} deletion completed`,
    at: new Date(now() - (more.agoMs ?? 500 * DAY_MS)),
  })
}

async function judge(
  change: { etcd?: Partial<EtcdFacts>; subject?: Partial<Case>; facts?: AlertFacts; startsAgoMs?: number } = {},
) {
  const nowMs = now()
  const alert = { ...anAlert({ startsAtMs: nowMs - 600_000, firstReceivedAtMs: nowMs }), facts: change.facts ?? null }
  const deps = {
    ...toGathering(config.policy.current(), { ...upstreams, catchUpUntilMs: 0 }),
    etcd: { lookUp: async () => anEtcdAnswer({ observedAtMs: nowMs, ...change.etcd }) },
  }
  const context = { nowMs, authorRule: 'none-when-empty' as const }
  const facts = await gatherFacts(aCase({ alerts: [alert], ...change.subject }), alert, { deps, context })
  return { facts, ...classify(facts, config.policy.current()) }
}

function searches(): number {
  return sandbox.requests.of('slack', 'POST', '/search.messages').length
}

describe('the token of a user', () => {
  test('may stand in a file, and is no use without the token of the bot', async () => {
    const file = join(directory, 'user-token')
    await writeFile(file, 'xoxp-in-a-file\n')
    await upstreams.slackEvidence?.stop()
    connect({ SLACK_USER_TOKEN_FILE: file })
    expect(config.slack?.userToken?.read()).toBe('xoxp-in-a-file')
    expect(() => connect({ SLACK_USER_TOKEN: 'xoxp-installer', SLACK_BOT_TOKEN: '' })).toThrow(
      expect.objectContaining({
        faults: [expect.stringMatching(/^SLACK_BOT_TOKEN: is required with SLACK_USER_TOKEN/)],
      }),
    )
  })
})

describe('a deletion that only a search finds', () => {
  test('older than the index proves that the registration was left behind, and is shown with its link', async () => {
    await readChannels()
    const ts = sayDeleted()
    const { verdict } = await judge()
    expect(verdict).toMatchObject({
      reason: 'orphaned-key-registration',
      evidence: expect.arrayContaining([
        expect.objectContaining({
          source: 'deploy-alerts',
          outcome: 'found',
          summary: expect.stringMatching(/^deployer at 20.*, by search$/),
          link: expect.stringContaining(`/p${ts.replace('.', '')}`),
          quote: expect.stringContaining('deletion completed'),
        }),
      ]),
    })
  })

  test('proves it while the channel is not read yet', async () => {
    await readChannels([config.policy.current().channels.deployAlerts.id])
    sayDeleted({ agoMs: DAY_MS })
    const { facts, verdict } = await judge()
    expect(facts.deletions?.outcome).toBe('unavailable')
    expect(verdict?.reason).toBe('orphaned-key-registration')
  })

  test.each<[string, Parameters<typeof sayDeleted>[0]]>([
    ['of an author who is not listed', { botId: 'B0STRANGER' }],
    ['that was only requested', { text: `cluster ${CLUSTER_ID} deletion requested` }],
    ['that tells it of another cluster', { text: `${CLUSTER_ID} is next\nc0ffee00000000000009 deletion completed` }],
  ])('proves nothing by a message %s', async (_name, said) => {
    await readChannels()
    sayDeleted(said)
    const { facts, verdict } = await judge()
    expect([facts.deletionBySearch, verdict?.reason]).toEqual([null, 'deletion-unproven'])
    expect(searches()).toBe(1)
  })

  test('within the span that was read completely does not count: the index would hold it', async () => {
    await readChannels()
    sayDeleted({ agoMs: DAY_MS })
    expect((await judge()).verdict?.reason).toBe('deletion-unproven')
  })

  test('is not hidden by what else was said of the cluster since', async () => {
    await readChannels()
    sayDeleted()
    for (let days = 450; days < 460; days += 1)
      sayDeleted({ agoMs: days * DAY_MS, text: `cluster ${CLUSTER_ID}: a message` })
    expect((await judge()).verdict?.reason).toBe('orphaned-key-registration')
  })

  test('is not searched for where the index shows one', async () => {
    sayDeleted({ agoMs: DAY_MS })
    await readChannels()
    expect((await judge()).verdict?.reason).toBe('orphaned-key-registration')
    expect(searches()).toBe(0)
  })

  test.each<[EtcdFacts['outcome']]>([['present'], ['unavailable'], ['not-trusted']])(
    'is not searched for where it decides nothing: the record is %s',
    async (outcome) => {
      await readChannels()
      sayDeleted()
      expect((await judge({ etcd: { outcome } })).facts.deletionBySearch).toBeNull()
      expect(searches()).toBe(0)
    },
  )

  test('makes nothing absent: where the channel is unavailable it stays so', async () => {
    await readChannels([config.policy.current().channels.deployAlerts.id])
    const { facts, verdict } = await judge()
    expect([facts.deletions?.outcome, facts.deletionBySearch]).toEqual(['unavailable', null])
    expect(verdict?.message).toContain("can't be read")
  })

  test('changes nothing when the search fails, whatever the channel', async () => {
    await readChannels()
    sayDeleted()
    sandbox.slack.setMethodError('search.messages', 'token_revoked')
    const { facts, verdict } = await judge()
    expect([facts.deletions?.outcome, verdict?.reason]).toEqual(['absent', 'deletion-unproven'])
  })

  test('holds while its snooze stands though the search fails, and not for another', async () => {
    await readChannels()
    sayDeleted()
    const { facts } = await judge()
    await upstreams.slackEvidence?.stop()
    connect({ SLACK_USER_TOKEN: 'xoxp-installer' })
    sandbox.slack.setMethodError('search.messages', 'internal_error')
    await readChannels()
    const during = await judge({ facts, subject: { snooze: aSnooze({ untilMs: now() + HOUR_MS }) } })
    expect(during.verdict?.reason).toBe('orphaned-key-registration')
    const ending = await judge({ facts, subject: { snooze: aSnooze({ untilMs: now() + 60_000 }) } })
    expect(ending.verdict?.reason).toBe('deletion-unproven')
    expect((await judge({ facts })).verdict?.reason).toBe('deletion-unproven')
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { SlackOutbox } from '../../src/actions/slack-outbox.ts'
import { AuditAnchors } from '../../src/audit-anchors.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { createSlackClient } from '../../src/clients/slack.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { fixedPolicy } from '../../src/config/policy-source.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import type { ChannelStatus } from '../../src/evidence/slack/watched-channel.ts'
import { IncomingIncidents } from '../../src/incoming-incidents.ts'
import type { Arrival } from '../../src/model/arrival.ts'
import { OutageWatch } from '../../src/outage-watch.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { noticeOf, StormWatch } from '../../src/storm-watch.ts'
import { openOwnUser } from '../../src/upstreams.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { ACCOUNT_ID, aCase, aSnooze, HOUR_MS, MINUTE_MS } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type HandedRoles, handedRoles } from './handed-roles.ts'

jest.setTimeout(90_000)

const logger = pino({ level: 'silent' })
const { notify, deployFailure } = DEFAULT_POLICY.channels

let redis: RedisServer
let databases = 0
let stores: [Store, Store]
let close: () => Promise<void>
let roles: HandedRoles

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

/** The store as one replica has it, with the roles that the test hands out. */
function withRoles(store: Store, replica: string): Store {
  return { ...store, leadership: roles.of(replica) }
}

async function oneFile(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'roles-'))
  const store = await openSqliteStore(directory, Date.now())
  stores = [withRoles(store, 'one'), withRoles(store, 'other')]
  close = async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function oneRedis(): Promise<void> {
  databases = (databases + 1) % 16
  const open = () => openRedisStore(`${redis.url}/${databases}`, { now: Date.now, logger })
  const opened = await Promise.all([open(), open()])
  stores = [withRoles(opened[0], 'one'), withRoles(opened[1], 'other')]
  close = async () => {
    for (const store of opened) await store.close()
  }
}

describe.each([
  ['on the embedded store', oneFile],
  ['on one Redis', oneRedis],
])('what two replicas do once, %s', (_, open) => {
  beforeEach(async () => {
    roles = handedRoles()
    await open()
  })

  afterEach(() => close())

  describe('in Slack', () => {
    let sandbox: Sandbox
    let outboxes: SlackOutbox[]

    beforeEach(async () => {
      sandbox = await startSandbox()
      outboxes = stores.map((store) => {
        const client = createSlackClient({
          apiUrl: `${sandbox.url}/slack/api/`,
          botToken: secretFromValue('xoxb-test'),
          now: Date.now,
          logger,
        })
        return new SlackOutbox({
          store,
          client,
          channel: () => (notify.id ? notify : { ...notify, id: SLACK_CHANNELS.notify.id }),
          now: Date.now,
          isAllowed: async () => true,
          record: (told, { slack }) =>
            store.exclusive.run(told.groupKey, async () => {
              const subject = await store.caseById(told.id)
              if (subject) await store.saveCase({ ...subject, slack }, { mergedUpTo: null, isSettled: false })
            }),
          probeAfterMs: () => 100,
          logger,
        })
      })
    })

    afterEach(async () => {
      for (const outbox of outboxes) await outbox.stop()
      await sandbox.close()
    })

    const posted = () => sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)

    test('a case that both tell at once has one message', async () => {
      const action = {
        action: 'slack' as const,
        key: 'slack/case-1',
        why: 'test',
        contentKey: 'a',
        text: 'the case',
        blocks: [],
      }
      const plan = { headline: 'x', outcomeKey: 'x', actions: [action], refusals: [] }
      const stored = await stores[0].saveCase(aCase({ plan }), { mergedUpTo: null, isSettled: false })
      for (const outbox of outboxes) outbox.tell(stored.id)
      await waitUntil('the message', async () => (await stores[1].caseById(stored.id))?.slack?.contentKey === 'a')
      for (const outbox of outboxes) outbox.tell(stored.id)
      await Promise.all(outboxes.map((outbox) => outbox.stop()))
      expect(posted()).toHaveLength(1)
    })

    test('a storm of which each sees another part has one notice, which says in the end that it is over', async () => {
      const clock = { nowMs: Date.now() }
      const { perRegion, calm } = DEFAULT_POLICY.storm
      const arrivals = Array.from({ length: perRegion + 1 }, (_none, number): Arrival => {
        const clusterId = `c${String(number).padStart(19, '0')}`
        return { clusterId, region: 'us-south', accountId: ACCOUNT_ID, atMs: clock.nowMs - number * 1_000 }
      })
      const parts = [arrivals.slice(0, perRegion), arrivals.slice(1)]
      const watches = stores.map((store, at) => {
        const watch: StormWatch = new StormWatch({
          store: { ...store, arrivals: async () => parts[at] ?? [] },
          policy: fixedPolicy(DEFAULT_POLICY),
          now: () => clock.nowMs,
          onChange: (key) => outboxes[at]?.notice(noticeOf(watch, key)),
        })
        return watch
      })
      await Promise.all(watches.map((watch) => watch.read()))
      await waitUntil('the notice', () => posted().length > 0)
      clock.nowMs += 2 * calm
      await Promise.all(watches.map((watch) => watch.read()))
      await waitUntil('the end', () => posted().some(({ text }) => text.startsWith('Storm over')))
      await waitUntil('the forgetting', async () => (await stores[0].setting('storms')) === '[]')
      expect(posted()).toHaveLength(1)
      for (const watch of watches) watch.stop()
    })
  })

  test('an outage of Slack wakes one snooze in 30 min, whoever has the role, and however it passes over', async () => {
    const clock = { nowMs: Date.now() }
    for (const id of ['case-1', 'case-2', 'case-3']) {
      const snooze = aSnooze({ fromMs: clock.nowMs - HOUR_MS, untilMs: clock.nowMs + 5 * HOUR_MS })
      const subject = aCase({ id, groupKey: id, dedupKey: id, state: 'snoozed', snooze })
      await stores[0].saveCase(subject, { mergedUpTo: null, isSettled: false })
    }
    const woken: string[] = []
    const watches = stores.map(
      (store) =>
        new OutageWatch({
          store,
          slackEvidence: { status: (): ChannelStatus[] => [] },
          channel: deployFailure.id,
          wake: async (caseId) => void woken.push(caseId),
          now: () => clock.nowMs,
          logger,
        }),
    )
    for (const watch of watches) watch.start()
    const lookAfter = async (minutes: number) => {
      clock.nowMs += minutes * MINUTE_MS
      await Promise.all(watches.map((watch) => watch.look()))
    }
    await lookAfter(31)
    expect(woken).toHaveLength(0)
    roles.give('outage-watch', 'one')
    await lookAfter(0)
    expect(woken).toHaveLength(1)
    roles.give('outage-watch', 'other')
    await lookAfter(1)
    expect(woken).toHaveLength(1)
    await lookAfter(30)
    expect(woken).toHaveLength(2)
    for (const watch of watches) watch.stop()
  })

  test('the head of the audit is anchored by the replica that takes the role over, at once', async () => {
    const lines: string[] = []
    const heard = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    await stores[0].appendAudit({ kind: 'test', actor: 'test', record: {}, nowMs: Date.now() })
    const anchors = stores.map((store) => new AuditAnchors({ store, logger: heard }))
    for (const each of anchors) each.start()
    roles.give('audit-anchor', 'other')
    await waitUntil('the anchor', () => lines.some((line) => line.includes('audit anchor')))
    expect(lines).toHaveLength(1)
    for (const each of anchors) each.stop()
  })

  test('our own user of PagerDuty is known to a replica once another has learnt it', async () => {
    const [one, other] = await Promise.all(stores.map((store) => openOwnUser(store)))
    await one?.learn('PUSER')
    await other?.recall?.()
    expect(other?.id()).toBe('PUSER')
  })

  test('an incident without a case, told to the one that does not sweep, is asked about by the other alone', async () => {
    const sandbox = await startSandbox()
    const asked: string[] = []
    const incoming = stores.map((store, at) => {
      const client = new PagerdutyClient({
        apiUrl: `${sandbox.url}/pagerduty`,
        token: () => 'sandbox-pagerduty-token',
        from: 'responder@example.com',
        now: Date.now,
        observe: () => void asked.push(at === 0 ? 'one' : 'other'),
      })
      const nudge = () => undefined
      return new IncomingIncidents({
        store,
        client,
        policy: fixedPolicy(DEFAULT_POLICY),
        lock: store.exclusive,
        nudge,
        now: Date.now,
        logger,
      })
    })
    for (const each of incoming) each.start()
    roles.give('sweep', 'one')
    const incident = sandbox.pagerduty.trigger({ dedupKey: 'b'.repeat(64), summary: 'disk full' })
    const event = { eventId: 'E1', type: 'incident.triggered', incidentId: incident.id, mayOpenCase: true }
    await stores[1].acceptIncidentEvent({ ...event, receivedAtMs: Date.now() - 10 * MINUTE_MS, lookAtMs: Date.now() })
    incoming[1]?.nudge()
    await waitUntil('the incident to be placed', async () => (await stores[1].unplacedIncidents(1)).length === 0)
    expect(new Set(asked)).toEqual(new Set(['one']))
    for (const each of incoming) await each.stop()
    await sandbox.close()
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import pino from 'pino'
import { dedupKeyOf } from '../../src/model/identity.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import {
  ACCOUNT_ID,
  aCase,
  anAlert,
  anIncident,
  CLUSTER_ID,
  humanJudgement,
  labelsOf,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'
import { updateOf } from './delivery-contract.ts'
import { INTENT, RECEIPT, spanOf } from './effect-contract.ts'

jest.setTimeout(150_000)

const GROUPS = ['g1', 'g2', `dedup:${dedupKeyOf('g1')}`]
const CLUSTERS = [CLUSTER_ID, OTHER_CLUSTER_ID]
const INCIDENTS = ['Q1', 'Q2']
const KEYS = ['issue/a', 'issue/b', 'note/a']
const STATES = ['gathering', 'snoozed', 'resolved'] as const

type Step = (store: Store) => Promise<unknown>

const group = fc.constantFrom(...GROUPS)
const cluster = fc.constantFrom(...CLUSTERS)
const incident = fc.constantFrom(...INCIDENTS)
const key = fc.constantFrom(...KEYS)
const atMs = fc.integer({ min: 0, max: 9 }).map((ms) => NOW_MS + ms)
// An update without alerts is left out: the embedded store keeps it as the oldest pending one until its group settles again.
const few = fc.integer({ min: 1, max: 3 })

/** One change, told by what it does, so that a counterexample can be read. */
const step: fc.Arbitrary<Step> = fc.oneof(
  named(fc.tuple(group, few, fc.constantFrom('x', 'y'), atMs), 'accept', (store, [name, alerts, content, ms]) =>
    store.accept(updateOf(alerts, name), content, ms),
  ),
  named(group, 'discard', async (store, name) => {
    const [first] = await store.pending(name)
    return store.discard(name, first?.id ?? 0)
  }),
  named(fc.tuple(group, cluster, incident, fc.constantFrom(...STATES), fc.boolean(), atMs), 'save', save),
  named(fc.tuple(group, atMs), 'makeDue', (store, [name, ms]) => store.makeDue(name, ms)),
  named(fc.tuple(group, fc.option(atMs)), 'look', (store, [name, ms]) =>
    store.exclusive.run(name, async () => {
      const tries = await store.beginLook(name, NOW_MS)
      await store.endLook(name, ms)
      return tries
    }),
  ),
  named(fc.tuple(key, cluster, fc.boolean(), atMs), 'intend', (store, [name, clusterId, isReal, ms]) =>
    store.intend({ ...INTENT, key: name }, ms, [spanOf({ clusterId, isReal, fromMs: ms, untilMs: ms + 5 })]),
  ),
  named(fc.tuple(key, atMs), 'done', (store, [name, ms]) => store.conclude(name, 'done', RECEIPT, ms, { [name]: ms })),
  named(key, 'refused', (store, name) => store.conclude(name, 'refused', RECEIPT, NOW_MS)),
  named(key, 'withdraw', (store, name) => store.withdraw(name)),
  named(atMs, 'endSnoozes', (store, ms) => store.endSnoozes('case-1', ms)),
  named(fc.tuple(incident, few, fc.boolean(), few), 'event', (store, [incidentId, event, mayOpenCase, days]) =>
    store.acceptIncidentEvent({
      eventId: `E${event}`,
      type: 'incident.acknowledged',
      incidentId,
      receivedAtMs: NOW_MS + days * 50 * 3_600_000,
      lookAtMs: NOW_MS + event,
      mayOpenCase,
    }),
  ),
  named(group, 'settle news', async (store, name) =>
    store.settleIncidentNews(name, (await store.incidentNews(name)) ?? 0),
  ),
  named(fc.tuple(fc.option(group), atMs), 'place', async (store, [name, ms]) => {
    const [first] = await store.unplacedIncidents(1)
    if (first) await store.placeIncident(first, name, ms)
  }),
)

function named<T>(values: fc.Arbitrary<T>, what: string, run: (store: Store, value: T) => Promise<unknown>) {
  return values.map((value): Step => {
    const one: Step = (store) => run(store, value)
    return Object.defineProperty(one, 'toString', { value: () => `${what} ${JSON.stringify(value)}` })
  })
}

async function save(
  store: Store,
  [groupKey, clusterId, incidentId, state, isSettled, startsAtMs]: [
    string,
    string,
    string,
    (typeof STATES)[number],
    boolean,
    number,
  ],
): Promise<unknown> {
  const known = await store.latestCase(groupKey)
  const reason = clusterId === CLUSTER_ID ? 'busy' : 'no-error-text'
  const alerts = [anAlert({ labels: labelsOf(clusterId), startsAtMs, judgement: humanJudgement(reason) })]
  const subject = known ?? aCase({ id: `case of ${groupKey}`, groupKey, openedAtMs: startsAtMs })
  const mergedUpTo = (await store.pending(groupKey)).at(0)?.id ?? null
  return store.saveCase(
    { ...subject, state, alerts, incidents: [anIncident({ id: incidentId })] },
    { mergedUpTo, isSettled },
  )
}

/** All that a store can be asked. */
async function answers(store: Store): Promise<unknown> {
  const lists = [{}, { state: 'resolved' as const }, { reason: 'busy' as const }, { clusterId: CLUSTER_ID }]
  return {
    books: await store.books(),
    due: [await store.due(NOW_MS + 4, 10), await store.nextDueMs(), await store.countByState()],
    groups: await Promise.all(
      GROUPS.map(async (name) => [
        (await store.pending(name)).map(({ receivedAtMs, update }) => [receivedAtMs, update]),
        await store.latestCase(name),
        await store.latestCaseOfKey(dedupKeyOf(name)),
        (await store.incidentNews(name)) === null,
      ]),
    ),
    clusters: await Promise.all(
      CLUSTERS.map(async (id) => [
        inOrder(await store.openCasesOfCluster(id)),
        await store.countCases(id, NOW_MS + 4),
        inOrder(await store.snoozesOf(id, NOW_MS + 6)),
      ]),
    ),
    lists: await Promise.all(
      lists.map((filter) => store.listCases({ limit: 2, ...filter }).then(({ cases }) => cases)),
    ),
    open: inOrder(await store.openCaseIds()),
    neighbours: inOrder(await store.openNeighbours({ region: 'us-south', accountId: ACCOUNT_ID, exceptCaseId: 'g1' })),
    arrivals: inOrder(await store.arrivals(NOW_MS + 4)),
    incidents: await Promise.all(INCIDENTS.map(async (id) => (await store.openCaseOfIncident(id)) !== null)),
    unplaced: inOrder((await store.unplacedIncidents(9)).map(({ incidentId, sinceMs }) => ({ incidentId, sinceMs }))),
    effects: await store.effectsOf('case-1'),
    counts: [
      await store.countSnoozes(NOW_MS + 4, true),
      await store.countSnoozes(NOW_MS + 4, false),
      await store.countEffects('issue/', NOW_MS + 4),
      await store.oldestOpenIntentMs(),
    ],
    audit: await store.auditRecords(0, 100),
  }
}

/** Where the port promises no order. */
function inOrder(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort()
}

describe('the store in Redis and the embedded one', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })

  afterAll(() => server.stop())

  test('give the same answers after the same changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
        const directory = mkdtempSync(join(tmpdir(), 'store-'))
        const redis = new Redis(server.url)
        await redis.flushall()
        const stores = [
          await openSqliteStore(directory, NOW_MS),
          await openRedisStore(server.url, { now: () => NOW_MS, logger: pino({ level: 'silent' }) }),
        ] as const
        try {
          for (const change of steps) {
            const [embedded, shared] = [await change(stores[0]), await change(stores[1])]
            expect(shared).toEqual(embedded)
            expect(await answers(stores[1])).toEqual(await answers(stores[0]))
          }
        } finally {
          for (const store of stores) await store.close()
          redis.disconnect()
          rmSync(directory, { recursive: true })
        }
      }),
      { numRuns: 15 },
    )
  })
})

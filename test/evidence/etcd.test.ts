import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { EtcdSandbox } from '../../sandbox/etcd/etcd.ts'
import { createEtcdClient, type EtcdClient } from '../../src/clients/etcd.ts'
import { createEtcdEvidence, type EtcdReader } from '../../src/evidence/etcd.ts'
import type { EtcdFacts } from '../../src/model/facts.ts'
import { waitUntil } from '../support/wait-until.ts'

const CLUSTER = { clusterId: 'c0ffee00000000000001', accountId: 'a'.repeat(32), region: 'eu-de' }
const OTHER = { ...CLUSTER, clusterId: 'c0ffee00000000000002' }
const SENTINEL = '/clusters/.sentinel'
const KEY = `/clusters/${CLUSTER.clusterId}`
const NOW_MS = Date.parse('2026-11-22T12:00:00Z')
const POLICY = { clusterKeys: ['/clusters/{clusterId}'], sentinelKey: SENTINEL }
/** Long enough for a busy machine: only those that never answer take it all. */
const DEADLINE_MS = 3_000
const PROBE_EVERY_MS = 20

/** What a restart keeps. */
let settings: Map<string, string>
let isStoreBroken: boolean
let sandboxes: EtcdSandbox[]
let readers: EtcdReader[]
let etcd: EtcdSandbox

// Etcd's library takes a second to load, and more on a busy machine: not within the first look's deadline.
beforeAll(async () => {
  await import('etcd3')
})

beforeEach(async () => {
  settings = new Map()
  isStoreBroken = false
  sandboxes = []
  readers = []
  etcd = await anEtcd()
})

afterEach(() => {
  for (const reader of readers) reader.close()
  for (const sandbox of sandboxes) sandbox.close()
})

async function anEtcd(): Promise<EtcdSandbox> {
  const sandbox = new EtcdSandbox()
  sandboxes.push(sandbox)
  await sandbox.start()
  sandbox.put(SENTINEL)
  return sandbox
}

type EtcdState = Pick<EtcdSandbox, 'behaviour' | 'clusterId' | 'revision' | 'alarms'>

function set(change: Partial<EtcdState>): (at: EtcdSandbox) => void {
  return (at) => {
    Object.assign(at, change)
  }
}

function clientOf(...members: EtcdSandbox[]): EtcdClient {
  const endpoints = members.map(({ endpoint }) => endpoint)
  return createEtcdClient({ endpoints, auth: null, ca: null, client: null }, { deadlineMs: DEADLINE_MS })
}

function read({
  fallback = clientOf(etcd),
  regions = {},
  policy = POLICY,
  probeEveryMs = PROBE_EVERY_MS,
}: {
  fallback?: EtcdClient | null
  regions?: Record<string, EtcdClient>
  policy?: typeof POLICY
  probeEveryMs?: number
} = {}): EtcdReader {
  // Its own test's: a probe that ends late must not write into what the next test starts with.
  const kept = settings
  const reader = createEtcdEvidence({
    clients: { fallback, regions: new Map(Object.entries(regions)) },
    policy: () => policy,
    store: {
      async setting(name) {
        if (isStoreBroken) throw new Error('disk full')
        return kept.get(name) ?? null
      },
      async putSetting(name, value) {
        if (isStoreBroken) throw new Error('disk full')
        kept.set(name, value)
      },
      async putMode() {},
    },
    now: () => NOW_MS,
    probeEveryMs,
  })
  readers.push(reader)
  return reader
}

describe('an etcd that is well', () => {
  test('proves a record present, and names the key and the revision', async () => {
    etcd.put(KEY)
    expect(await read().lookUp(CLUSTER)).toEqual({
      outcome: 'present',
      why: `etcd at ${etcd.endpoint.slice(7)} holds ${KEY} at revision 3`,
      revision: '3',
      observedAtMs: NOW_MS,
    })
  })

  test('proves a record absent, though the key of another cluster begins with its id', async () => {
    etcd.put(`${KEY}0`)
    expect(await read().lookUp(CLUSTER)).toEqual({
      outcome: 'absent',
      why: `etcd at ${etcd.endpoint.slice(7)} holds the sentinel key, and none of ${KEY}, at revision 3`,
      revision: '3',
      observedAtMs: NOW_MS,
    })
  })

  test('is asked for every key of the policy, with id, account and region in their places', async () => {
    const policy = { ...POLICY, clusterKeys: ['/clusters/{clusterId}', '/{region}/{accountId}/{clusterId}'] }
    const reader = read({ policy })
    expect(await reader.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    etcd.put(`/eu-de/${CLUSTER.accountId}/${CLUSTER.clusterId}`)
    expect(await reader.lookUp(CLUSTER)).toMatchObject({ outcome: 'present' })
  })
})

describe('an answer that proves nothing', () => {
  test.each<[string, (etcd: EtcdSandbox) => void, 'unavailable' | 'not-trusted', RegExp]>([
    ['of an etcd without a leader', set({ behaviour: 'unavailable' }), 'unavailable', /no leader/],
    ['that never comes', set({ behaviour: 'hangs' }), 'unavailable', /did not answer/],
    ['that is refused', set({ behaviour: 'refuses' }), 'not-trusted', /permission/],
    ['without the sentinel', (at) => at.remove(SENTINEL), 'not-trusted', /does not hold the sentinel key/],
    ['of an etcd that lost every key', (at) => at.empty(), 'not-trusted', /does not hold the sentinel key/],
    ['of another etcd cluster', set({ clusterId: '255' }), 'not-trusted', /is cluster ff now/],
    ['of an older state', set({ revision: 1n }), 'not-trusted', /went back from 2 to 1/],
    ['under the alarm NOSPACE', set({ alarms: ['NOSPACE'] }), 'not-trusted', /alarm NOSPACE/],
    ['under the alarm CORRUPT', set({ alarms: ['CORRUPT'] }), 'not-trusted', /alarm CORRUPT/],
  ])('one %s is no absence', async (_, spoil, outcome, why) => {
    const reader = read()
    expect(await reader.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    spoil(etcd)
    const told = { outcome, why: expect.stringMatching(why), revision: null }
    expect(await reader.lookUp(CLUSTER)).toMatchObject(told)
    expect(await read().lookUp(CLUSTER)).toMatchObject(told)
  })

  test('an etcd that was never believed is not remembered, so that a wrong one is not pinned', async () => {
    etcd.empty()
    expect(await read().lookUp(CLUSTER)).toMatchObject({ outcome: 'not-trusted' })
    etcd.put(SENTINEL)
    etcd.clusterId = '255'
    expect(await read().lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })

  test('looks side by side do not take one another for a step back', async () => {
    const reader = read()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        etcd.put(`/other/${index}`)
        return reader.lookUp(CLUSTER)
      }),
    )
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['absent']))
  })

  test('without the memory of what was seen before nothing is believed', async () => {
    isStoreBroken = true
    expect(await read().lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable', revision: null })
    isStoreBroken = false
    settings.set('etcd.seen.default', 'no JSON')
    expect(await read().lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable', revision: null })
  })
})

describe('a second member', () => {
  test.each<[string, EtcdFacts['outcome'], (second: EtcdSandbox) => void]>([
    ['confirms it', 'absent', () => {}],
    ['holds the record', 'present', (at) => at.put(KEY)],
    ['is behind', 'not-trusted', set({ revision: 1n })],
    ['is of another cluster', 'not-trusted', set({ clusterId: '255' })],
    ['does not answer', 'unavailable', set({ behaviour: 'unavailable' })],
  ])('that %s makes of an absence: %s', async (_, outcome, prepare) => {
    const second = await anEtcd()
    prepare(second)
    expect(await read({ fallback: clientOf(etcd, second) }).lookUp(CLUSTER)).toMatchObject({ outcome })
  })
})

describe('the etcd of a region', () => {
  test('is asked for clusters of the region alone; a region that is not named has none, never the default one', async () => {
    const frankfurt = await anEtcd()
    frankfurt.put(KEY)
    const reader = read({ regions: { 'eu-de': clientOf(frankfurt) } })
    expect(await reader.lookUp(CLUSTER)).toMatchObject({ outcome: 'present' })
    expect(await reader.lookUp({ ...CLUSTER, region: 'us-south' })).toMatchObject({
      outcome: 'unavailable',
      why: 'no etcd is configured for region us-south',
    })
  })

  test('is remembered apart from the others', async () => {
    const dallas = await anEtcd()
    dallas.clusterId = '255'
    const reader = read({ regions: { 'eu-de': clientOf(etcd), 'us-south': clientOf(dallas) } })
    expect(await reader.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    expect(await reader.lookUp({ ...CLUSTER, region: 'us-south' })).toMatchObject({ outcome: 'absent' })
  })
})

describe('an etcd that comes back', () => {
  test('tells, without being asked, whose clusters to judge again, each once', async () => {
    const reader = read()
    const told: string[] = []
    reader.onRecovered((clusterIds) => told.push(...clusterIds))
    etcd.behaviour = 'unavailable'
    await reader.lookUp(CLUSTER)
    await reader.lookUp(OTHER)
    await reader.lookUp(OTHER)
    etcd.behaviour = 'well'
    await waitUntil('both clusters to be told', () => told.length >= 2)
    expect(told).toEqual([CLUSTER.clusterId, OTHER.clusterId])
  })

  test('tells so too when it is the answer about another cluster that shows it', async () => {
    const reader = read({ probeEveryMs: 3_600_000 })
    const told: string[] = []
    reader.onRecovered((clusterIds) => told.push(...clusterIds))
    etcd.behaviour = 'refuses'
    await reader.lookUp(CLUSTER)
    etcd.behaviour = 'well'
    await reader.lookUp(OTHER)
    expect(told).toEqual([CLUSTER.clusterId])
  })

  test('is asked no more once nobody waits', async () => {
    const reader = read()
    let changes = 0
    reader.onRecovered(() => {
      changes += 1
    })
    etcd.behaviour = 'unavailable'
    await reader.lookUp(CLUSTER)
    etcd.behaviour = 'well'
    await waitUntil('the recovery', () => changes === 1)
    const calls = etcd.calls
    await reader.lookUp(CLUSTER)
    expect(etcd.calls - calls).toBe(2)
  })
})

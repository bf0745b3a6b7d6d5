import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createEtcdClient } from '../../src/clients/etcd.ts'
import type { EtcdAccess } from '../../src/config/etcd-access.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { createEtcdEvidence, type EtcdReader } from '../../src/evidence/etcd.ts'
import type { EtcdFacts } from '../../src/model/facts.ts'
import { freePort } from '../support/free-port.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Etcd, startEtcd, startEtcdCluster } from './etcd.ts'
import { disableAuth, enableAuth, etcdRequest, put, READER_PASSWORD, remove } from './etcd-gateway.ts'
import { startSwitchboard } from './switchboard.ts'

jest.setTimeout(120_000)

const CLUSTER = { clusterId: 'c0ffee00000000000001', accountId: 'a'.repeat(32), region: 'eu-de' }
const SENTINEL = '/clusters/.sentinel'
const KEY = `/clusters/${CLUSTER.clusterId}`
const POLICY = { clusterKeys: ['/clusters/{clusterId}'], sentinelKey: SENTINEL }

/** For looks at members that stand still, which take as long as this. Others have the service's own time: these machines are busy. */
const IMPATIENT = { deadlineMs: 2_000 }

let settings: Map<string, string>
let stops: (() => Promise<void> | void)[]

// Etcd's library takes a second to load, and more on a busy machine: not within the first look's deadline.
beforeAll(async () => {
  const client = createEtcdClient({
    endpoints: [`http://127.0.0.1:${await freePort()}`],
    auth: null,
    ca: null,
    client: null,
  })
  await client.look([SENTINEL])
  client.close()
})

beforeEach(() => {
  settings = new Map()
  stops = []
})

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** An evidence reader as the service makes it, on what an earlier one has remembered. */
function read(
  endpoints: readonly string[],
  {
    policy = POLICY,
    deadlineMs,
    ...access
  }: Partial<EtcdAccess> & { policy?: typeof POLICY; deadlineMs?: number } = {},
): EtcdReader {
  // Its own test's: a probe that ends late must not write into what the next test starts with.
  const kept = settings
  const reader = createEtcdEvidence({
    clients: {
      fallback: createEtcdClient(
        { endpoints, auth: null, ca: null, client: null, ...access },
        deadlineMs === undefined ? {} : { deadlineMs },
      ),
      regions: new Map(),
    },
    policy: () => policy,
    store: {
      setting: async (name) => kept.get(name) ?? null,
      async putSetting(name, value) {
        kept.set(name, value)
      },
      async putMode() {},
    },
    now: Date.now,
    probeEveryMs: 200,
  })
  stops.push(() => reader.close())
  return reader
}

async function anEtcd(options: { dataDir?: string } = {}): Promise<Etcd> {
  const etcd = await startEtcd(options)
  stops.push(etcd.stop)
  await put(etcd, SENTINEL)
  return etcd
}

async function threeEtcds(): Promise<[Etcd, Etcd, Etcd]> {
  const members = await startEtcdCluster(3)
  for (const member of members) stops.push(member.stop)
  const [first, second, third] = members
  if (!first || !second || !third) throw new Error('three members were asked for')
  await waitUntil('the first write', async () => {
    await put(first, SENTINEL)
    return true
  })
  return [first, second, third]
}

function reader(password: string): Pick<EtcdAccess, 'auth'> {
  return { auth: { username: 'reader', password: secretFromValue(password) } }
}

function notTrusted(why: RegExp): Record<string, unknown> {
  return { outcome: 'not-trusted', why: expect.stringMatching(why), revision: null }
}

/** The first answer that proves the absence: under an impatient deadline one that is well may be late on a busy machine. */
function proofBy(evidence: EtcdReader): Promise<EtcdFacts> {
  return waitUntil('a proof', async () => {
    const answer = await evidence.lookUp(CLUSTER)
    return answer.outcome === 'absent' && answer
  })
}

describe('one etcd', () => {
  test('that is well proves a record absent, present, and absent again', async () => {
    const etcd = await anEtcd()
    const evidence = read([etcd.url])
    await put(etcd, `${KEY}0`)
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent', revision: '3' })
    await put(etcd, KEY)
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'present', revision: '4' })
    await remove(etcd, KEY)
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent', revision: '5' })
  })

  test('on a refused port is unavailable, and is noticed when it comes', async () => {
    const etcd = await anEtcd()
    const evidence = read([etcd.url])
    const told: string[] = []
    evidence.onRecovered((clusterIds) => told.push(...clusterIds))
    await etcd.kill()
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable' })
    await etcd.restart()
    await waitUntil('the recovery', () => told.length > 0)
    expect(told).toEqual([CLUSTER.clusterId])
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })

  test('that stands still is unavailable, and answers again when it goes on', async () => {
    const etcd = await anEtcd()
    const evidence = read([etcd.url], IMPATIENT)
    await proofBy(evidence)
    await etcd.pause()
    const answer = await evidence.lookUp(CLUSTER)
    etcd.resume()
    expect(answer).toMatchObject({ outcome: 'unavailable', why: expect.stringContaining('did not answer') })
    await proofBy(evidence)
  })

  test('asked under a wrong prefix is not trusted', async () => {
    const etcd = await anEtcd()
    const policy = { clusterKeys: ['/cluster/{clusterId}'], sentinelKey: '/cluster/.sentinel' }
    expect(await read([etcd.url], { policy }).lookUp(CLUSTER)).toMatchObject(notTrusted(/sentinel key/))
  })

  test('with an alarm is not trusted', async () => {
    const etcd = await anEtcd()
    await etcdRequest(etcd.url, 'maintenance/alarm', { action: 'ACTIVATE', memberID: '1', alarm: 'NOSPACE' })
    expect(await read([etcd.url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/alarm NOSPACE/))
  })
})

describe('three members', () => {
  test('with one that stands still they prove an absence, whichever it is', async () => {
    const members = await threeEtcds()
    const evidence = read(
      members.map(({ url }) => url),
      IMPATIENT,
    )
    for (const member of members) {
      await member.pause()
      // Where it led, the others choose a new leader first.
      const proven = await proofBy(evidence)
      member.resume()
      expect(proven.why).not.toContain(member.url.slice(7))
    }
  })

  test('with two, or all three, that stand still they are unavailable, though the third would answer from its copy', async () => {
    const [first, second, third] = await threeEtcds()
    const evidence = read(
      [first, second, third].map(({ url }) => url),
      IMPATIENT,
    )
    await proofBy(evidence)
    for (const paused of [[first, second], [third]]) {
      for (const member of paused) await member.pause()
      expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable', revision: null })
    }
    for (const member of [first, second, third]) member.resume()
    expect(await proofBy(evidence)).toMatchObject({ outcome: 'absent' })
  })
})

describe('authentication', () => {
  test('with a role that may read the prefix proves an absence', async () => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/clusters/', to: '/clusters0' })
    expect(await read([etcd.url], reader(READER_PASSWORD)).lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })

  test.each([
    ['a role that lacks the prefix', reader(READER_PASSWORD), /permission/],
    ['a wrong password', reader('wrong-password'), /user name and password/],
    ['no user at all', {}, /user name is empty/],
  ])('with %s is not trusted', async (_, access, why) => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/elsewhere/', to: '/elsewhere0' })
    const answer = await read([etcd.url], access).lookUp(CLUSTER)
    expect(answer).toMatchObject(notTrusted(why))
    expect(answer.why).not.toContain('password-')
    expect(answer.why).not.toContain(READER_PASSWORD)
  })

  test('that is switched off and on is not trusted while it is off for a user, and is found again without a restart', async () => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/clusters/', to: '/clusters0' })
    const evidence = read([etcd.url], reader(READER_PASSWORD))
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    await disableAuth(etcd)
    const fresh = read([etcd.url], reader(READER_PASSWORD))
    expect(await fresh.lookUp(CLUSTER)).toMatchObject(notTrusted(/authentication is not enabled/))
    await etcdRequest(etcd.url, 'auth/enable', {})
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    expect(await fresh.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })
})

describe('an etcd that is another one than before', () => {
  test('since its data was wiped is not trusted, though it answers as one without the record does', async () => {
    const etcd = await anEtcd()
    const evidence = read([etcd.url])
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    await etcd.kill()
    await rm(join(etcd.dataDir, 'etcd'), { recursive: true })
    await etcd.restart()
    expect(await evidence.lookUp(CLUSTER)).toMatchObject(notTrusted(/went back/))
    settings.clear()
    expect(await read([etcd.url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/sentinel key/))
  })

  test('since an older copy was restored is not trusted until it has passed the revision seen', async () => {
    const etcd = await anEtcd()
    const folder = join(etcd.dataDir, 'etcd')
    const copy = join(etcd.dataDir, 'copy')
    await etcd.kill()
    await cp(folder, copy, { recursive: true })
    await etcd.restart()
    await put(etcd, KEY)
    expect(await read([etcd.url]).lookUp(CLUSTER)).toMatchObject({ outcome: 'present', revision: '3' })
    await etcd.kill()
    await rm(folder, { recursive: true })
    await cp(copy, folder, { recursive: true })
    await etcd.restart()
    expect(await read([etcd.url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/went back from 3 to 2/))
  })

  test('at the same address is not trusted', async () => {
    const [one, other] = [await anEtcd(), await anEtcd()]
    const { url, leadTo, stop } = await startSwitchboard(one.url)
    stops.push(stop)
    expect(await read([url]).lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    leadTo(other.url)
    expect(await read([url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/is cluster [0-9a-f]+ now, and was/))
  })
})

import { cp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Etcd3 } from 'etcd3'
import { z } from 'zod'
import { createEtcdClient } from '../../src/clients/etcd.ts'
import type { EtcdAccess } from '../../src/config/etcd-access.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { createEtcdEvidence, type EtcdReader } from '../../src/evidence/etcd.ts'
import { freePort } from '../support/free-port.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Etcd, startEtcd, startEtcdCluster } from './etcd.ts'
import { startProgram } from './program.ts'

jest.setTimeout(120_000)

const CLUSTER = { clusterId: 'c0ffee00000000000001', accountId: 'a'.repeat(32), region: 'eu-de' }
const SENTINEL = '/clusters/.sentinel'
const KEY = `/clusters/${CLUSTER.clusterId}`
const POLICY = { clusterKeys: ['/clusters/{clusterId}'], sentinelKey: SENTINEL }
const ROOT_PASSWORD = 'root-password'
const PASSWORD = 'reader-password'

let settings: Map<string, string>
let stops: (() => Promise<void> | void)[]

beforeEach(() => {
  settings = new Map()
  stops = []
})

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** An evidence reader as the service makes it, on what an earlier one has remembered. */
function read(endpoints: readonly string[], access: Partial<EtcdAccess> & { policy?: typeof POLICY } = {}): EtcdReader {
  const reader = createEtcdEvidence({
    clients: {
      fallback: createEtcdClient({ endpoints, auth: null, ca: null, client: null, ...access }, { deadlineMs: 2_000 }),
      regions: new Map(),
    },
    policy: access.policy ?? POLICY,
    store: {
      setting: async (name) => settings.get(name) ?? null,
      async putSetting(name, value) {
        settings.set(name, value)
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

/** One request of etcd's JSON gateway, where keys and values are base64. */
async function request(url: string, path: string, body: object, token?: string): Promise<unknown> {
  const response = await fetch(`${url}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(token ? { headers: { authorization: token } } : {}),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw new Error(`etcd answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function put({ url }: Etcd, key: string): Promise<void> {
  await request(url, 'kv/put', { key: btoa(key), value: btoa('record') })
}

async function remove({ url }: Etcd, key: string): Promise<void> {
  await request(url, 'kv/deleterange', { key: btoa(key) })
}

/** Switches authentication on, with a user `reader` whose role may read from `from` up to, and not with, `to`. */
async function enableAuth({ url }: Etcd, { from, to }: { from: string; to: string }): Promise<void> {
  await request(url, 'auth/user/add', { name: 'root', password: ROOT_PASSWORD })
  await request(url, 'auth/user/grant', { user: 'root', role: 'root' })
  await request(url, 'auth/user/add', { name: 'reader', password: PASSWORD })
  await request(url, 'auth/role/add', { name: 'clusters' })
  const permission = { permType: 'READ', key: btoa(from), range_end: btoa(to) }
  await request(url, 'auth/role/grant', { name: 'clusters', perm: permission })
  await request(url, 'auth/user/grant', { user: 'reader', role: 'clusters' })
  await request(url, 'auth/enable', {})
}

async function disableAuth({ url }: Etcd): Promise<void> {
  const answer = await request(url, 'auth/authenticate', { name: 'root', password: ROOT_PASSWORD })
  const { token } = z.object({ token: z.string() }).parse(answer)
  await request(url, 'auth/disable', {}, token)
}

function reader(password: string): Pick<EtcdAccess, 'auth'> {
  return { auth: { username: 'reader', password: secretFromValue(password) } }
}

function notTrusted(why: RegExp): Record<string, unknown> {
  return { outcome: 'not-trusted', why: expect.stringMatching(why), revision: null }
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
    const evidence = read([etcd.url])
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    etcd.pause()
    const answer = await evidence.lookUp(CLUSTER)
    etcd.resume()
    expect(answer).toMatchObject({ outcome: 'unavailable', why: expect.stringContaining('did not answer') })
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })

  test('asked under a wrong prefix is not trusted', async () => {
    const etcd = await anEtcd()
    const policy = { clusterKeys: ['/cluster/{clusterId}'], sentinelKey: '/cluster/.sentinel' }
    expect(await read([etcd.url], { policy }).lookUp(CLUSTER)).toMatchObject(notTrusted(/sentinel key/))
  })

  test('with an alarm is not trusted', async () => {
    const etcd = await anEtcd()
    await request(etcd.url, 'maintenance/alarm', { action: 'ACTIVATE', memberID: '1', alarm: 'NOSPACE' })
    expect(await read([etcd.url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/alarm NOSPACE/))
  })
})

describe('three members', () => {
  test('with one that stands still they prove an absence, whichever it is', async () => {
    const members = await threeEtcds()
    const evidence = read(members.map(({ url }) => url))
    for (const member of members) {
      member.pause()
      // Where it led, the others choose a new leader first.
      const proven = await waitUntil('a proof by the other two', async () => {
        const answer = await evidence.lookUp(CLUSTER)
        return answer.outcome === 'absent' && answer
      })
      member.resume()
      expect(proven.why).not.toContain(member.url.slice(7))
    }
  })

  test('with two, or all three, that stand still they are unavailable, though the third would answer from its copy', async () => {
    const [first, second, third] = await threeEtcds()
    const evidence = read([first, second, third].map(({ url }) => url))
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    for (const paused of [[first, second], [third]]) {
      for (const member of paused) member.pause()
      expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable', revision: null })
    }
    for (const member of [first, second, third]) member.resume()
    const proven = await waitUntil('a proof', async () => (await evidence.lookUp(CLUSTER)).outcome === 'absent')
    expect(proven).toBe(true)
  })
})

describe('authentication', () => {
  test('with a role that may read the prefix proves an absence', async () => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/clusters/', to: '/clusters0' })
    expect(await read([etcd.url], reader(PASSWORD)).lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })

  test.each([
    ['a role that lacks the prefix', reader(PASSWORD), /permission/],
    ['a wrong password', reader('wrong-password'), /user name and password/],
    ['no user at all', {}, /user name is empty/],
  ])('with %s is not trusted', async (_, access, why) => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/elsewhere/', to: '/elsewhere0' })
    const answer = await read([etcd.url], access).lookUp(CLUSTER)
    expect(answer).toMatchObject(notTrusted(why))
    expect(answer.why).not.toContain('password-')
    expect(answer.why).not.toContain(PASSWORD)
  })

  test('that is switched off and on is not trusted while it is off for a user, and is found again without a restart', async () => {
    const etcd = await anEtcd()
    await enableAuth(etcd, { from: '/clusters/', to: '/clusters0' })
    const evidence = read([etcd.url], reader(PASSWORD))
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    await disableAuth(etcd)
    const fresh = read([etcd.url], reader(PASSWORD))
    expect(await fresh.lookUp(CLUSTER)).toMatchObject(notTrusted(/authentication is not enabled/))
    await request(etcd.url, 'auth/enable', {})
    expect(await evidence.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    expect(await fresh.lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
  })
})

describe('TLS', () => {
  test('with the authority of the certificate proves an absence, without it is not trusted', async () => {
    const url = `https://127.0.0.1:${await freePort()}`
    const peerUrl = `http://127.0.0.1:${await freePort()}`
    let folder = ''
    const certificate = (dataDir: string): Promise<string> =>
      readFile(join(dataDir, 'etcd', 'fixtures', 'client', 'cert.pem'), 'utf8')
    let rootCertificate = Buffer.alloc(0)
    const etcd = await startProgram({
      binaries: ['etcd'],
      args: (dataDir) => {
        folder = dataDir
        return [
          `--data-dir=${dataDir}/etcd`,
          '--auto-tls',
          `--listen-client-urls=${url}`,
          `--advertise-client-urls=${url}`,
          `--listen-peer-urls=${peerUrl}`,
        ]
      },
      async isReady() {
        rootCertificate = Buffer.from(await certificate(folder))
        const client = new Etcd3({ hosts: url, credentials: { rootCertificate } })
        await client
          .put(SENTINEL)
          .value('')
          .exec()
          .finally(() => client.close())
        return true
      },
    })
    stops.push(etcd.stop)
    expect(await read([url], { ca: secretFromValue(rootCertificate.toString()) }).lookUp(CLUSTER)).toMatchObject({
      outcome: 'absent',
    })
    expect(await read([url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/over TLS/))
    const plain = url.replace('https:', 'http:')
    expect(await read([plain]).lookUp(CLUSTER)).toMatchObject({ outcome: 'unavailable' })
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
    const { url, leadTo } = await switchboard(one.url)
    expect(await read([url]).lookUp(CLUSTER)).toMatchObject({ outcome: 'absent' })
    leadTo(other.url)
    expect(await read([url]).lookUp(CLUSTER)).toMatchObject(notTrusted(/is cluster [0-9a-f]+ now, and was/))
  })
})

/** One address that leads new connections to one etcd or another. */
async function switchboard(target: string): Promise<{ url: string; leadTo: (target: string) => void }> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let led = target
  const server: Server = createServer((inbound) => {
    const outbound = connect(Number(new URL(led).port), '127.0.0.1')
    for (const socket of [inbound, outbound]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    inbound.pipe(outbound).pipe(inbound)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo(other) {
      led = other
    },
  }
}

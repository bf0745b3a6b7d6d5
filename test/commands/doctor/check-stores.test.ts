import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Etcd3 } from 'etcd3'
import { type Etcd, startEtcd } from '../../real/etcd.ts'
import { type RedisServer, startRedis } from '../../real/redis.ts'
import { CLUSTER_ID } from '../../support/builders.ts'
import { aScene, type Scene, unwell } from './scene.ts'

const SENTINEL = '/clusters/.sentinel'
// Each test waits for programs of its own, on a machine that may be busy.
jest.setTimeout(150_000)

let scene: Scene
beforeEach(async () => {
  scene = await aScene()
})
afterEach(() => scene.close())

describe('doctor, on a real Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  test('says what it is, and that it keeps what it acknowledges', async () => {
    scene.environment.REDIS_URL = redis.url
    const store = (await scene.look()).find(({ check }) => check === 'store')
    expect(store).toMatchObject({ state: 'ok', says: expect.stringMatching(/^Redis \d.*append-only file on, .* used/) })
  })

  test('fails one that may lose what it acknowledged', async () => {
    const lossy = await startRedis({ args: ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'] })
    scene.environment.REDIS_URL = lossy.url
    const store = unwell(await scene.look())[0]
    await lossy.stop()
    expect(store).toMatch(/^fail store: .*maxmemory-policy allkeys-lru.*append-only file/)
  })

  test('fails one that is away, and one that does not know our password, and prints no password', async () => {
    scene.environment.REDIS_URL = 'redis://ann:redis-password@127.0.0.1:1'
    const away = await scene.look()
    scene.environment.REDIS_URL = redis.url.replace('redis://', 'redis://ann:redis-password@')
    const refused = await scene.look()
    for (const findings of [away, refused]) {
      expect(unwell(findings)[0]).toMatch(/^fail store: Redis can't be reached/)
      expect(JSON.stringify(findings)).not.toContain('redis-password')
    }
  })
})

describe('doctor, on a real etcd', () => {
  let etcd: Etcd
  let writer: Etcd3
  beforeEach(async () => {
    etcd = await startEtcd()
    writer = new Etcd3({ hosts: etcd.url })
    await writer.put(SENTINEL).value('kp-responder')
    await writer.put(`/clusters/${CLUSTER_ID}`).value('{}')
    scene.environment.ETCD_ENDPOINTS = etcd.url
  })
  afterEach(async () => {
    writer.close()
    await etcd.stop()
  })

  test('is content with a sentinel and the record of a cluster that lives', async () => {
    expect(unwell(await scene.look({ clusterId: CLUSTER_ID }))).toEqual([])
  })

  test('does not know whether the keys are right without a cluster that lives', async () => {
    expect(unwell(await scene.look())).toEqual([expect.stringMatching(/^warn etcd default: whether .* is not known/)])
  })

  test.each([
    ['a missing sentinel', () => writer.delete().key(SENTINEL), /^fail etcd default: does not hold the sentinel key/],
    [
      'a key template under which no cluster is',
      () => scene.policy({ etcd: { clusterKeys: ['/elsewhere/{clusterId}'] } }),
      /^fail etcd default: holds none of \/elsewhere\/.*every cluster would look deleted/,
    ],
    ['an etcd that is away', () => etcd.kill(), /^fail etcd default: gives no linearizable answer/],
    [
      'an etcd that does not know our password',
      () => {
        scene.environment.ETCD_USERNAME = 'ann'
        scene.environment.ETCD_PASSWORD = 'etcd-password'
      },
      /^fail etcd default: refuses us/,
    ],
  ])('fails %s', async (_title, spoil, says) => {
    await spoil()
    const findings = await scene.look({ clusterId: CLUSTER_ID })
    expect(unwell(findings).filter((line) => line.includes(' etcd '))).toEqual([expect.stringMatching(says)])
    expect(JSON.stringify(findings)).not.toContain('etcd-password')
  })
})

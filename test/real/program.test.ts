import { access } from 'node:fs/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { waitUntil } from '../support/wait-until.ts'
import { type Etcd, startEtcd, startEtcdCluster } from './etcd.ts'
import { type Program, startProgram } from './program.ts'
import { type RedisServer, startRedis } from './redis.ts'

jest.setTimeout(150_000)

const started: Program[] = []

afterEach(async () => {
  for (const program of started.splice(0)) await program.stop()
})

function stopAfterTest<T extends Program>(program: T): T {
  started.push(program)
  return program
}

/** One request of etcd's JSON gateway, where keys and values are base64. */
async function etcdRequest({ url }: Etcd, path: 'put' | 'range', body: Record<string, string>): Promise<string> {
  const response = await fetch(`${url}/v3/kv/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(2_000),
  })
  if (!response.ok) throw new Error(`etcd answered ${response.status}`)
  return response.text()
}

const KEY = btoa('key')
const VALUE = btoa('value')

/** One command on a connection of its own. */
async function withRedis<T>({ url }: RedisServer, command: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await command(redis)
  } finally {
    redis.disconnect()
  }
}

describe('a started program', () => {
  test('etcd still has its keys after kill -9 and a restart', async () => {
    const etcd = stopAfterTest(await startEtcd())
    await etcdRequest(etcd, 'put', { key: KEY, value: VALUE })
    await etcd.kill()
    await expect(fetch(`${etcd.url}/health`)).rejects.toThrow('fetch failed')
    await etcd.restart()
    expect(await etcdRequest(etcd, 'range', { key: KEY })).toContain(`"value":"${VALUE}"`)
  })

  test('an etcd of three answers while one member is paused and not while two are', async () => {
    const [first, second, third] = (await startEtcdCluster(3)).map(stopAfterTest)
    if (!first || !second || !third) throw new Error('three members were asked for')
    await third.pause()
    await waitUntil('the majority to take a write', () => etcdRequest(first, 'put', { key: KEY, value: VALUE }))
    await second.pause()
    await expect(etcdRequest(first, 'put', { key: KEY, value: VALUE })).rejects.toThrow()
    second.resume()
    await waitUntil('the majority to be back', () => etcdRequest(first, 'range', { key: KEY }))
  })

  test('Redis still has its keys after kill -9 and a restart', async () => {
    const server = stopAfterTest(await startRedis())
    await withRedis(server, (redis) => redis.set('key', 'value'))
    await server.kill()
    await server.restart()
    expect(await withRedis(server, (redis) => redis.get('key'))).toBe('value')
  })

  test('leaves no temporary folder behind when it is stopped', async () => {
    const server = await startRedis()
    await access(server.dataDir)
    await server.stop()
    await expect(access(server.dataDir)).rejects.toThrow('ENOENT')
  })
})

describe('a program that cannot start', () => {
  test('is reported with what it printed', async () => {
    const start = startProgram({
      binaries: ['redis-server'],
      args: () => ['--port', 'no-number'],
      isReady: async () => false,
    })
    await expect(start).rejects.toThrow(/did not become ready:[\s\S]*no-number/)
  })

  test('is reported by name when it is not installed', async () => {
    const start = startProgram({ binaries: ['no-such-program'], args: () => [], isReady: async () => true })
    await expect(start).rejects.toThrow('no-such-program is not on PATH: run scripts/test-requirements.sh')
  })
})

import { connect, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { StoreUnavailableError } from '../../src/errors.ts'
import { openConnection } from '../../src/store/redis/connection.ts'
import { assertKeepsPromises } from '../../src/store/redis/guard.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { freePort } from '../support/free-port.ts'

jest.setTimeout(90_000)

const logger = pino({ level: 'silent' })

const stops: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis({ args })
  stops.push(() => server.stop())
  return server
}

/** The address of a user of the server that may run everything but these commands. */
async function asUser({ url }: RedisServer, ...forbidden: string[]): Promise<string> {
  const connection = await openConnection(url, logger)
  const rules = ['on', '>secret', '~*', '&*', '+@all', ...forbidden.map((command) => `-${command}`)]
  await connection.ask((redis) => redis.acl('SETUSER', 'app', ...rules))
  await connection.close()
  return url.replace('redis://', 'redis://app:secret@')
}

async function assertOf(url: string): Promise<void> {
  const connection = await openConnection(url, logger)
  stops.push(() => connection.close())
  await assertKeepsPromises(connection)
}

describe('a Redis that the state is entrusted to', () => {
  test('is taken where it evicts nothing and appends every write to its file', async () => {
    await expect(assertOf((await start()).url)).resolves.toBeUndefined()
  })

  test.each([
    [
      'evicts any key',
      ['--maxmemory-policy', 'allkeys-lru'],
      /maxmemory-policy allkeys-lru\): set maxmemory-policy noeviction$/,
    ],
    ['evicts keys that end', ['--maxmemory-policy', 'volatile-ttl'], /set maxmemory-policy noeviction$/],
    ['keeps no file', ['--appendonly', 'no'], /set appendonly yes$/],
    ['is a replica', ['--replicaof', '127.0.0.1 1'], /set REDIS_URL to the address of the primary$/],
    ['does both', ['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'no'], /noeviction; .*set appendonly yes$/],
  ])('is refused where it %s, and the sentence says what to set', async (_what, args, sentence) => {
    const refused = assertOf((await start(args)).url)
    await expect(refused).rejects.toThrow(StoreUnavailableError)
    await expect(refused).rejects.toThrow(sentence)
  })

  test('is judged by what it tells of its memory where its user may not run CONFIG', async () => {
    await expect(assertOf(await asUser(await start(), 'config'))).resolves.toBeUndefined()
    const evicting = await start(['--maxmemory-policy', 'allkeys-lru'])
    await expect(assertOf(await asUser(evicting, 'config'))).rejects.toThrow('set maxmemory-policy noeviction')
  })

  test('is refused where its user may not ask how it is set up', async () => {
    await expect(assertOf(await asUser(await start(), 'info', 'config'))).rejects.toThrow(
      'let its user run INFO (+info)',
    )
  })

  test.each([
    ['6.1', '6.1.15'],
    ['5.9', '5.9.15'],
  ])('is refused where it is of version %s', async (_version, told) => {
    const { url } = await start()
    await expect(assertOf(await ofVersion(told, url))).rejects.toThrow(`it is version ${told}: run Redis 6.2 or newer`)
  })

  test('is taken where it is of version 6.2', async () => {
    const { url } = await start()
    await expect(assertOf(await ofVersion('6.2.15', url))).resolves.toBeUndefined()
  })
})

/** The address of the Redis as one of another version: only that word of its answers is exchanged, for one of its length. */
async function ofVersion(version: string, url: string): Promise<string> {
  const port = await freePort()
  const server: Server = createServer((inbound) => {
    const outbound = connect(Number(new URL(url).port), '127.0.0.1')
    inbound.pipe(outbound)
    outbound.on('data', (answer) => {
      inbound.write(answer.toString('latin1').replace(/redis_version:\S{6}/, `redis_version:${version}`), 'latin1')
    })
    for (const socket of [inbound, outbound]) socket.on('error', () => socket.destroy())
    inbound.on('close', () => outbound.destroy())
    outbound.on('close', () => inbound.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  stops.push(() => void server.close())
  return `redis://127.0.0.1:${port}`
}

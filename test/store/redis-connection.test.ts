import { afterEach, describe, expect, jest, test } from '@jest/globals'
import pino from 'pino'
import { StoreUnavailableError } from '../../src/errors.ts'
import { luaScript, openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(90_000)

const SCRIPT = luaScript("redis.call('SET', KEYS[1] .. 'from-script', ARGV[1]) return ARGV[1]")
const PASSWORD = 'correct-horse'

describe('the connection to Redis', () => {
  const opened: RedisConnection[] = []
  const started: RedisServer[] = []
  let logged = ''
  const logger = pino(
    {},
    {
      write(line: string) {
        logged += line
      },
    },
  )

  afterEach(async () => {
    for (const connection of opened.splice(0)) await connection.close()
    for (const server of started.splice(0)) await server.stop()
    logged = ''
  })

  async function start(): Promise<RedisServer> {
    const server = await startRedis()
    started.push(server)
    return server
  }

  async function open(url: string): Promise<RedisConnection> {
    const connection = await openConnection(url, logger)
    opened.push(connection)
    return connection
  }

  async function write(connection: RedisConnection): Promise<string> {
    return connection.ask((redis) => redis.set(connection.key('x'), 'y'.repeat(100_000)))
  }

  test('fails at once while Redis is away, and works again by itself when it is back, its scripts too', async () => {
    const server = await start()
    const connection = await open(server.url)
    expect(await connection.run(SCRIPT, ['1'])).toBe('1')
    await server.kill()
    await expect(write(connection)).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(connection.run(SCRIPT, ['2'])).rejects.toBeInstanceOf(StoreUnavailableError)
    await server.restart()
    await waitUntil('the connection to be back', () => connection.run(SCRIPT, ['3']))
    expect(await connection.ask((redis) => redis.get(connection.key('from-script')))).toBe('3')
    expect(logged).toContain('Redis is away')
    expect(logged).toContain('Redis is back')
  })

  test('a script that Redis does not know any more is sent again', async () => {
    const connection = await open((await start()).url)
    await connection.run(SCRIPT, ['1'])
    await connection.ask((redis) => redis.script('FLUSH'))
    expect(await connection.run(SCRIPT, ['2'])).toBe('2')
  })

  test('gives up on a Redis that does not answer, and comes back when it does', async () => {
    const server = await start()
    const connection = await open(server.url)
    await server.pause()
    await expect(write(connection)).rejects.toBeInstanceOf(StoreUnavailableError)
    server.resume()
    await waitUntil('the connection to be back', () => write(connection))
    await server.pause()
    await expect(open(server.url)).rejects.toBeInstanceOf(StoreUnavailableError)
  })

  test.each<[string, (connection: RedisConnection) => Promise<unknown>]>([
    ['is full', (connection) => connection.ask((redis) => redis.config('SET', 'maxmemory', '1mb'))],
    ['has become a replica', (connection) => connection.ask((redis) => redis.replicaof('127.0.0.1', 1))],
    ['wants more copies', (connection) => connection.ask((redis) => redis.config('SET', 'min-replicas-to-write', '1'))],
  ])('a write to a Redis that %s is refused as not durable', async (_name, spoil) => {
    const connection = await open((await start()).url)
    await spoil(connection)
    await expect(write(connection)).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(connection.run(SCRIPT, ['1'])).rejects.toBeInstanceOf(StoreUnavailableError)
    await expect(connection.askAll((batch) => void batch.incr(connection.key('n')))).rejects.toBeInstanceOf(
      StoreUnavailableError,
    )
  })

  test('a key of another kind is a fault of its own, not an outage', async () => {
    const connection = await open((await start()).url)
    await connection.ask((redis) => redis.rpush(connection.key('from-script'), 'x'))
    const wrong = luaScript("return redis.call('INCR', KEYS[1] .. 'from-script')")
    await expect(connection.run(wrong, [])).rejects.toThrow(TypeError)
    await expect(connection.ask((redis) => redis.incr(connection.key('from-script')))).rejects.toThrow(TypeError)
  })

  test.each([
    ['nobody listens', 'redis://127.0.0.1:1'],
    ['the address is none', `nonsense:${PASSWORD}`],
  ])('where %s it is not opened', async (_name, url) => {
    const failed = await open(url).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(StoreUnavailableError)
    expect(String(failed)).toMatch(/ECONNREFUSED|no address of a Redis/)
    expect(String(failed)).not.toContain(PASSWORD)
  })

  test('tells no password, neither the right nor a wrong one, and nothing of what was sent', async () => {
    const server = await start()
    // Only now: the starter asks whether it is ready without a password.
    await (await open(server.url)).ask((redis) => redis.config('SET', 'requirepass', PASSWORD))
    const { port } = new URL(server.url)
    const wrong = await open(`redis://:wrong-secret@127.0.0.1:${port}`).catch((error: unknown) => error)
    expect(wrong).toBeInstanceOf(StoreUnavailableError)
    const right = await open(`redis://:${PASSWORD}@127.0.0.1:${port}`)
    await right.ask((redis) => redis.config('SET', 'maxmemory', '1mb'))
    const full = await right.ask((redis) => redis.set('k', `customer ${'y'.repeat(2_000_000)}`)).catch((error) => error)
    expect(full).toBeInstanceOf(StoreUnavailableError)
    for (const err of [wrong, full]) logger.error({ err }, 'what went wrong')
    for (const secret of [PASSWORD, 'wrong-secret', 'customer']) expect(logged).not.toContain(secret)
  })
})

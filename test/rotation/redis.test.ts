import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { openCallCounts } from '../../src/clients/call-budget-counts.ts'
import { secretFromFile } from '../../src/config/secret.ts'
import { bullmqEngine } from '../../src/looks/bullmq-engine.ts'
import { openConnection } from '../../src/store/redis/connection.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type SecretFile, secretFile } from './secret-file.ts'

jest.setTimeout(60_000)

const USER = 'responder'
const OLD = 'the old/password'
const NEW = 'the+new@password'
const logger = pino({ level: 'silent' })

let server: RedisServer
let admin: Redis
let file: SecretFile
let close: () => Promise<void>

beforeAll(async () => {
  server = await startRedis()
  admin = new Redis(server.url)
})
afterAll(async () => {
  admin.disconnect()
  await server.stop()
})
beforeEach(async () => {
  await admin.acl('SETUSER', USER, 'reset', 'on', '~*', '&*', '+@all', `>${OLD}`)
  file = await secretFile(addressWith(OLD))
})
afterEach(async () => {
  await close()
  await file.remove()
})

function addressWith(password: string): string {
  return server.url.replace('redis://', `redis://${USER}:${encodeURIComponent(password)}@`)
}

/** Lets go of every connection that this user has: each has to prove itself anew. */
async function dropConnections(): Promise<void> {
  await admin.client('KILL', 'USER', USER)
}

/** What has connections to Redis, each with a use of it that needs them all. */
const USERS: [string, () => Promise<() => Promise<unknown>>][] = [
  [
    'the store',
    async () => {
      const connection = await openConnection(secretFromFile(file.path), logger)
      close = () => connection.close()
      return () => connection.ask((redis) => redis.ping())
    },
  ],
  [
    'the shared count of calls',
    async () => {
      const counts = await openCallCounts(secretFromFile(file.path))
      close = () => counts.close()
      let named = 0
      return async () => {
        named += 1
        const name = `count-${named}`
        await counts.counter(name, { calls: 10, perSeconds: 60 }).take()
        // Where Redis does not answer it is counted in the process, and nobody is told.
        if ((await admin.exists(`kp-responder:calls:${name}:all`)) === 0)
          throw new Error('counted in this process alone')
      }
    },
  ],
  [
    'the queue of looks',
    async () => {
      const looked = new Set<string>()
      const engine = bullmqEngine({ redisUrl: secretFromFile(file.path), logger })({
        async run(groupKey) {
          looked.add(groupKey)
        },
        ended() {},
        isRush: () => false,
      })
      close = () => engine.stop()
      return async () => {
        const groupKey = `group-${looked.size}`
        await engine.offer([groupKey], 'usual')
        await waitUntil('the look', () => looked.has(groupKey))
      }
    },
  ],
]

describe('the password of Redis', () => {
  test.each(USERS)(
    'is changed in its file without a restart: %s goes on, and comes back with the new one',
    async (_what, open) => {
      const use = await open()
      await waitUntil('Redis to be used', async () => use().then(() => true))
      // Redis takes both, the file changes, Redis forgets the old one: connections that stand are not asked again.
      await admin.acl('SETUSER', USER, `>${NEW}`)
      await file.write(addressWith(NEW))
      await admin.acl('SETUSER', USER, `<${OLD}`)
      await use()
      await dropConnections()
      await waitUntil('Redis to be used again', async () => use().then(() => true))
    },
  )

  test.each(USERS)('may be changed in Redis first: %s comes back once the file is changed', async (_what, open) => {
    const use = await open()
    await waitUntil('Redis to be used', async () => use().then(() => true))
    await admin.acl('SETUSER', USER, 'resetpass', `>${NEW}`)
    await dropConnections()
    await file.write(addressWith(NEW))
    await waitUntil('Redis to be used again', async () => use().then(() => true))
    expect(await admin.acl('WHOAMI')).toBe('default')
  })
})

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import type { Leadership, Role } from '../../src/store/leadership.ts'
import { openConnection, type RedisConnection } from '../../src/store/redis/connection.ts'
import { redisLeadership } from '../../src/store/redis/leadership.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(150_000)

const logger = pino({ level: 'silent' })

interface Replica {
  leadership: Leadership
  connection: RedisConnection
  /** What came and went, in order. */
  told: string[]
  seek: (role: Role) => void
}

let server: RedisServer
let replicas: Replica[]

beforeEach(async () => {
  server = await startRedis()
  replicas = []
})

afterEach(async () => {
  for (const { leadership, connection } of replicas) {
    await leadership.stop()
    await connection.close()
  }
  await server.stop()
})

async function start(): Promise<Replica> {
  const connection = await openConnection(server.url, logger)
  const leadership = redisLeadership(connection, { logger })
  const told: string[] = []
  const replica: Replica = {
    leadership,
    connection,
    told,
    seek(role) {
      leadership.seek(role, {
        gained: () => void told.push(`gained ${role}`),
        lost: () => void told.push(`lost ${role}`),
      })
    },
  }
  replicas.push(replica)
  return replica
}

function roleKey({ connection }: Replica, role: Role): string {
  return connection.key('role', role)
}

describe('roles by leases in Redis', () => {
  test('one of two replicas has a role, each role by itself, and each hears of it once', async () => {
    const [first, second] = [await start(), await start()]
    first.seek('sweep')
    await waitUntil('the role', () => first.leadership.holds('sweep'))
    second.seek('sweep')
    second.seek('digest')
    await waitUntil('the other role', () => second.leadership.holds('digest'))
    expect(second.leadership.holds('sweep')).toBe(false)
    expect(first.leadership.holds('digest')).toBe(false)
    expect([first.told, second.told]).toEqual([['gained sweep'], ['gained digest']])
  })

  test('a role that is given back passes on at once, long before its lease would end', async () => {
    const [first, second] = [await start(), await start()]
    first.seek('sweep')
    await waitUntil('the role', () => first.leadership.holds('sweep'))
    await first.leadership.stop()
    expect(first.leadership.holds('sweep')).toBe(false)
    expect(await second.connection.ask((redis) => redis.exists(roleKey(second, 'sweep')))).toBe(0)
    second.seek('sweep')
    await waitUntil('the role', () => second.leadership.holds('sweep'))
    expect(first.told).toEqual(['gained sweep', 'lost sweep'])
  })

  test('a stopped one asks for nothing more, and gives back what it was just getting', async () => {
    const first = await start()
    first.seek('sweep')
    await first.leadership.stop()
    first.seek('digest')
    const second = await start()
    second.seek('sweep')
    second.seek('digest')
    await waitUntil('both roles', () => second.leadership.holds('sweep') && second.leadership.holds('digest'))
    expect(first.leadership.holds('sweep')).toBe(false)
    expect(first.told.filter((word) => word.startsWith('gained'))).toHaveLength(first.told.length / 2)
  })

  test('a lease is renewed while its holder lives', async () => {
    const first = await start()
    first.seek('sweep')
    await waitUntil('the role', () => first.leadership.holds('sweep'))
    const left = () => first.connection.ask((redis) => redis.pttl(roleKey(first, 'sweep')))
    await waitUntil('the lease to run down', async () => (await left()) < 11_500)
    await waitUntil('the renewal', async () => (await left()) > 12_000)
    expect(first.told).toEqual(['gained sweep'])
  })

  test('one that is cut off gives the role up before Redis gives it to another, which then has it', async () => {
    const [first, second] = [await start(), await start()]
    first.seek('sweep')
    await waitUntil('the role', () => first.leadership.holds('sweep'))
    const lostWhile: (string | null)[] = []
    let holder: Promise<string | null> = Promise.resolve(null)
    const id = await second.connection.ask((redis) => redis.get(roleKey(second, 'sweep')))
    second.seek('sweep')
    await first.connection.close()
    await waitUntil('the first to give it up', () => {
      if (first.leadership.holds('sweep')) return false
      holder = second.connection.ask((redis) => redis.get(roleKey(second, 'sweep')))
      return true
    })
    lostWhile.push(await holder)
    // Redis still keeps it for the first one.
    expect(lostWhile).toEqual([id])
    expect(second.leadership.holds('sweep')).toBe(false)
    await waitUntil('the second to have it', () => second.leadership.holds('sweep'))
    await waitUntil('the first to say so', () => first.told.length === 2)
    expect([first.told, second.told]).toEqual([['gained sweep', 'lost sweep'], ['gained sweep']])
  })

  test('one whose lease another took meanwhile has lost it at its next renewal', async () => {
    const first = await start()
    first.seek('sweep')
    await waitUntil('the role', () => first.leadership.holds('sweep'))
    await first.connection.ask((redis) => redis.set(roleKey(first, 'sweep'), 'another', 'PX', 7_000))
    await waitUntil('the loss', () => !first.leadership.holds('sweep'))
    await waitUntil('the role again', () => first.leadership.holds('sweep'))
    expect(first.told).toEqual(['gained sweep', 'lost sweep', 'gained sweep'])
  })
})

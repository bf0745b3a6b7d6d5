import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CallBudget } from '../../src/clients/call-budget.ts'
import { type CallCounter, type CallCounts, openCallCounts } from '../../src/clients/call-budget-counts.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'

const LONG_SPAN = { calls: 30, perSeconds: 600 }

let redis: RedisServer
let opened: CallCounts[] = []

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(async () => {
  await Promise.all(opened.map((counts) => counts.close()))
  opened = []
  await redis.stop()
})

/** Counts of one replica, once its connection stands. */
async function aReplica(): Promise<CallCounts> {
  const counts = await openCallCounts(redis.url)
  opened.push(counts)
  // While it is not connected it counts for itself, where one call is all that there is of one.
  const probe = counts.counter(`probe-${opened.length}`, { calls: 3, perSeconds: 600 })
  await waitUntil('the connection', async () => (await takenOf(probe, 3)) > 1)
  return counts
}

async function takenOf(counter: CallCounter, asked: number): Promise<number> {
  let taken = 0
  for (let count = 0; count < asked; count += 1) if ((await counter.take()) === 0) taken += 1
  return taken
}

describe('replicas that share a Redis', () => {
  test('together take no more than the allowance', async () => {
    const counters = (await Promise.all([aReplica(), aReplica(), aReplica()])).map((counts) =>
      counts.counter('together', LONG_SPAN),
    )
    const taken = await Promise.all(counters.map((counter) => takenOf(counter, 25)))
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(30)
  })

  test('are all kept out by what one of them was told', async () => {
    const [first, second] = [await aReplica(), await aReplica()]
    await first.counter('closed', LONG_SPAN).close(60_000)
    const waitMs = await second.counter('closed', { ...LONG_SPAN, calls: 1_000_000_000 }).take()
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
  })

  test('keep a reserve for a wake that another replica’s reads can not spend', async () => {
    const [reader, waker] = [await aReplica(), await aReplica()].map(
      (counts) => new CallBudget({ name: 'reserve', counts, now: Date.now }),
    )
    if (!reader || !waker) throw new Error('two replicas are needed')
    for (const budget of [reader, waker]) budget.learn({ limit: 960, remaining: null, resetSeconds: null })
    let read = 0
    const reads = Array.from({ length: 90 }, async () => {
      await reader.turn('read')
      read += 1
    })
    await waitUntil('the common part to be spent', () => read >= 30)
    await waker.turn('wake')
    // Thirty in a span: the wake did not wait for the reads that wait.
    expect(read).toBeLessThan(90)
    await Promise.all(reads)
  }, 20_000)
})

describe('a replica whose Redis is away', () => {
  test('takes its part of the allowance, and is never without a limit', async () => {
    const counts = await openCallCounts('redis://127.0.0.1:1')
    opened.push(counts)
    expect(await takenOf(counts.counter('away', LONG_SPAN), 100)).toBe(10)
  })

  test('takes its part when Redis goes away under way', async () => {
    const one = await startRedis()
    const counts = await openCallCounts(one.url)
    opened.push(counts)
    const counter = counts.counter('goes', { calls: 1_000, perSeconds: 600 })
    await waitUntil('the connection', async () => (await counter.take()) === 0)
    await one.stop()
    const taken = await takenOf(counter, 1_000)
    expect(taken).toBeGreaterThan(300)
    expect(taken).toBeLessThanOrEqual(333)
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { memoryCounts, openCallCounts } from '../../src/clients/call-budget-counts.ts'
import { ONE_A_SECOND, SlackPace, type WriteUrgency } from '../../src/clients/slack-pace.ts'
import { TransientError } from '../../src/errors.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'

let redis: RedisServer
const closings: (() => Promise<void>)[] = []

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(async () => {
  for (const close of closings) await close()
  await redis.stop()
})

async function aReplica(): Promise<SlackPace> {
  const counts = await openCallCounts(redis.url)
  closings.push(() => counts.close())
  const probe = counts.counter(`probe-${closings.length}`, { calls: 2, perSeconds: 600 })
  await waitUntil('the connection', async () => (await probe.take()) === 0 && (await probe.take()) === 0)
  return new SlackPace({ now: Date.now, counts })
}

describe.each([
  ['in this process', async () => new SlackPace({ now: Date.now, counts: memoryCounts() })],
  ['in Redis', aReplica],
])('what waits for the pace of one channel, counted %s', (_, open) => {
  test('goes in its order: a cry, what asks people, a page that stays with them, and the news in the order they came', async () => {
    const pace = await open()
    const sent: string[] = []
    const send = (priority: WriteUrgency, name: string = priority) =>
      pace.run({ name: 'chat.postMessage C2', pace: ONE_A_SECOND, priority }, async () => void sent.push(name))
    await send('news', 'first')
    const waiting = [send('news', 'second'), send('news', 'third')]
    for (const urgency of ['page', 'ask', 'cry'] as const) waiting.push(send(urgency))
    await Promise.all(waiting)
    expect(sent).toEqual(['first', 'cry', 'ask', 'page', 'second', 'third'])
  })
})

describe('what waits long for the pace of one channel', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  test.each<[WriteUrgency, string, boolean]>([
    ['news', 'goes back in the row, so that its case can ask meanwhile', true],
    ['page', 'keeps its place', false],
    ['ask', 'keeps its place', false],
  ])('%s: %s', async (priority, _, isRefused) => {
    const pace = new SlackPace({ now: Date.now, counts: memoryCounts() })
    const lane = { name: 'chat.postMessage C3', pace: ONE_A_SECOND, priority }
    const ends = Promise.allSettled(Array.from({ length: 40 }, () => pace.run(lane, async () => undefined)))
    for (let ms = 0; ms < 60_000; ms += 100) await jest.advanceTimersByTimeAsync(100)
    const refused = (await ends).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    expect(refused.length > 0).toBe(isRefused)
    expect(refused.every(({ code }) => code === 'rate-limited')).toBe(true)
  })
})

describe('replicas that post into one channel', () => {
  test('keep together to the pace of one', async () => {
    const replicas = [await aReplica(), await aReplica(), await aReplica()]
    const lane = { name: 'chat.postMessage C1', pace: { ...ONE_A_SECOND, perSeconds: 600 } }
    let posted = 0
    const posts = replicas.map((pace) =>
      pace.run(lane, async () => {
        posted += 1
      }),
    )
    const ends = await Promise.allSettled(posts)
    expect(posted).toBe(1)
    expect(ends.filter(({ status }) => status === 'rejected')).toMatchObject(
      Array(2).fill({ reason: { code: 'rate-limited', retryAfterMs: expect.any(Number) } }),
    )
  })

  test('are all kept out of a method that Slack limited for one of them', async () => {
    const [first, second] = [await aReplica(), await aReplica()]
    const lane = { name: 'conversations.history', pace: { calls: 5, perSeconds: 7 } }
    const limited = first?.run(lane, () => Promise.reject(new TransientError('rate-limited', 'limited', 300_000)))
    await expect(limited).rejects.toMatchObject({ retryAfterMs: 300_000 })
    let isSent = false
    const asked = second?.run(lane, async () => {
      isSent = true
    })
    await expect(asked).rejects.toMatchObject({ code: 'rate-limited' })
    expect(isSent).toBe(false)
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { LeaseLostError, StoppingError, StoreUnavailableError, VersionConflictError } from '../src/errors.ts'
import { Scheduler } from '../src/scheduler.ts'
import { ProcessExclusive } from '../src/store/exclusive.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { aCase, anIncident, anUpdate, NOW_MS } from './support/builders.ts'
import { waitUntil } from './support/wait-until.ts'

let directory: string
let store: Store
let scheduler: Scheduler | undefined
let looked: string[]
let givenUp: string[]
let nowMs: number

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'scheduler-'))
  store = await openSqliteStore(directory, NOW_MS)
  looked = []
  givenUp = []
  nowMs = NOW_MS
})

afterEach(async () => {
  await scheduler?.stop()
  await store.close()
  rmSync(directory, { recursive: true })
})

function start(look: (groupKey: string) => Promise<number | null>, lock = new ProcessExclusive()): Scheduler {
  scheduler = new Scheduler({
    store,
    lock,
    look: (groupKey) => {
      looked.push(groupKey)
      return look(groupKey)
    },
    giveUp: async (groupKey) => {
      givenUp.push(groupKey)
    },
    metrics: createMetrics(),
    now: () => nowMs,
    logger: pino({ level: 'silent' }),
    storeRetryMs: 20,
  })
  scheduler.nudge()
  return scheduler
}

describe('the scheduler', () => {
  test('looks at a page that is quiet beside everything that was due before it', async () => {
    const gate = Promise.withResolvers<void>()
    const many = Array.from({ length: 300 }, (_, at) => `g${at}`)
    await Promise.all(many.map((group) => store.makeDue(group, NOW_MS - 1)))
    const subject = aCase({ groupKey: 'quiet', incidents: [anIncident({ status: 'acknowledged' })] })
    await store.saveCase(subject, { mergedUpTo: null, isSettled: false })
    const running = start(async (group) => {
      if (group !== 'quiet') await gate.promise
      return null
    })
    await waitUntil('as many looks to be under way as may be', () => looked.length >= 50)
    await running.wake('quiet')
    try {
      await waitUntil('the quiet page to be looked at', () => looked.includes('quiet'))
    } finally {
      gate.resolve()
    }
  })

  test('looks at what was due before it started, each group once', async () => {
    await store.accept(anUpdate({ groupKey: 'a' }), 'k', NOW_MS - 1)
    await store.accept(anUpdate({ groupKey: 'b' }), 'k', NOW_MS)
    await store.makeDue('later', NOW_MS + 3_600_000)
    start(async () => null)
    await waitUntil(
      'both were looked at and nothing is due',
      async () => looked.length === 2 && (await store.nextDueMs()) === NOW_MS + 3_600_000,
    )
    expect(looked.toSorted()).toEqual(['a', 'b'])
  })

  test('looks again when a look says so, as time goes', async () => {
    const running = start(async () => (looked.length < 3 ? nowMs + 60_000 : null))
    await running.wake('a')
    await waitUntil('the first look has ended', async () => (await store.nextDueMs()) === NOW_MS + 60_000)
    nowMs += 60_000
    running.nudge()
    await waitUntil('the second look has ended', async () => (await store.nextDueMs()) === NOW_MS + 120_000)
    expect(looked).toEqual(['a', 'a'])
  })

  test('never looks at one group twice at the same time, and loses no wake that comes during a look', async () => {
    const gate = Promise.withResolvers<void>()
    let under = 0
    let most = 0
    const running = start(async () => {
      under += 1
      most = Math.max(most, under)
      if (looked.length === 1) await gate.promise
      under -= 1
      return null
    })
    await running.wake('a')
    await waitUntil('the first look has begun', () => looked.length === 1)
    await running.wake('a')
    await running.wake('a')
    gate.resolve()
    await waitUntil('the second look has ended', async () => looked.length === 2 && (await store.nextDueMs()) === null)
    expect(most).toBe(1)
  })

  test('tries a failed look again later, and gives up on a group that fails every look', async () => {
    const running = start(() => Promise.reject(new Error('it fails')))
    await running.wake('poison')
    for (let tries = 1; tries <= 5; tries += 1) {
      await waitUntil(
        `look ${tries} has failed`,
        async () => looked.length === tries && (await store.nextDueMs()) === nowMs + 5_000,
      )
      nowMs += 5_000
      running.nudge()
    }
    await waitUntil('the group is set aside', async () => givenUp.length === 1 && (await store.nextDueMs()) === null)
    expect({ looks: looked.length, givenUp }).toEqual({ looks: 5, givenUp: ['poison'] })
  })

  test('does not count a look that the store ended by going away', async () => {
    const running = start(() => Promise.reject(new StoreUnavailableError('the store is away')))
    await running.wake('a')
    await waitUntil('more looks than are tried', () => looked.length > 6)
    expect(givenUp).toEqual([])
  })

  test('looks at what two processes died of one by one, and at the rest meanwhile', async () => {
    for (const suspect of ['killer', 'bystander']) {
      for (const _death of [1, 2]) await store.beginLook(suspect, NOW_MS)
      await store.makeDue(suspect, NOW_MS - 1)
    }
    await store.makeDue('unsuspected', NOW_MS)
    const gate = Promise.withResolvers<void>()
    const suspects = () => looked.filter((group) => group !== 'unsuspected')
    start(async (group) => {
      if (group !== 'unsuspected') await gate.promise
      return null
    })
    try {
      await waitUntil('both kinds to be looked at', () => looked.includes('unsuspected') && suspects().length > 0)
      // Whoever waits for its turn has not begun: a third death now counts for one of them.
      const tries = await Promise.all(['killer', 'bystander'].map((group) => store.triesIfDue(group, NOW_MS)))
      expect(tries.filter((count) => count === null)).toHaveLength(1)
      expect(tries).toContain(2)
    } finally {
      gate.resolve()
    }
    await waitUntil('the other suspect to be looked at', () => suspects().length === 2)
  })

  test('a group that fails does not keep others from their look', async () => {
    const running = start((groupKey) =>
      groupKey === 'bad' ? Promise.reject(new Error('it fails')) : Promise.resolve(null),
    )
    await Promise.all([running.wake('bad'), running.wake('good')])
    await waitUntil('both were looked at', () => looked.includes('good') && looked.includes('bad'))
    expect(givenUp).toEqual([])
  })

  test.each([
    ['a conflict with another writer', () => new VersionConflictError('case-1')],
    ['a turn that passed to another replica', () => new LeaseLostError('a')],
    ['a process that stops', () => new StoppingError()],
  ])('%s is looked at again at once, and never counts towards setting the case aside', async (_what, error) => {
    const running = start(() => (looked.length <= 7 ? Promise.reject(error()) : Promise.resolve(null)))
    await running.wake('a')
    await waitUntil('the last look has ended', async () => looked.length === 8 && (await store.nextDueMs()) === null)
    expect(givenUp).toEqual([])
  })

  test('a group that somebody else has looked at meanwhile is left alone', async () => {
    const turn = Promise.withResolvers<void>()
    const lock = new ProcessExclusive()
    const others = lock.run('a', () => turn.promise)
    const running = start(async () => null, lock)
    await running.wake('a')
    await running.wake('b')
    await waitUntil('the other group to be looked at', () => looked.includes('b'))
    await store.beginLook('a', NOW_MS)
    await store.endLook('a', null)
    turn.resolve()
    await others
    await running.stop()
    expect(looked).toEqual(['b'])
  })

  test('stopped, it ends what is under way and takes nothing new up', async () => {
    const gate = Promise.withResolvers<void>()
    const running = start(async () => {
      await gate.promise
      return null
    })
    await running.wake('a')
    await waitUntil('the look has begun', () => looked.length === 1)
    const stopping = running.stop()
    await store.makeDue('b', NOW_MS)
    running.nudge()
    gate.resolve()
    await stopping
    expect(looked).toEqual(['a'])
    expect(await store.due(NOW_MS, 10)).toEqual(['b'])
  })
})

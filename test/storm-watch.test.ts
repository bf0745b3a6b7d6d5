import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import { fixedPolicy } from '../src/config/policy-source.ts'
import type { Arrival } from '../src/model/arrival.ts'
import { ProcessExclusive } from '../src/store/exclusive.ts'
import { noticeOf, StormWatch } from '../src/storm-watch.ts'
import { ACCOUNT_ID, anAlert, labelsOf, NOW_MS } from './support/builders.ts'

const { perRegion, calm } = DEFAULT_POLICY.storm

function clusterId(number: number): string {
  return `c${String(number).padStart(19, '0')}`
}

function anArrival(number: number, atMs = NOW_MS): Arrival {
  return { clusterId: clusterId(number), region: 'us-south', accountId: ACCOUNT_ID, atMs }
}

/** The settings of one store, as any number of replicas share them. */
function sharedSettings() {
  const settings = new Map<string, string>()
  return {
    exclusive: new ProcessExclusive(),
    setting: async (name: string) => settings.get(name) ?? null,
    async putSetting(name: string, value: string) {
      settings.set(name, value)
    },
  }
}

function watchOf(
  stored: Arrival[],
  shared = sharedSettings(),
  { clock = { nowMs: NOW_MS }, policy = DEFAULT_POLICY } = {},
) {
  let reads = 0
  const store = {
    ...shared,
    async arrivals() {
      reads += 1
      return stored
    },
  }
  const changes: string[] = []
  const watch = new StormWatch({
    store,
    policy: fixedPolicy(policy),
    now: () => clock.nowMs,
    onChange: (key) => changes.push(key),
  })
  const look = (number: number, startsAtMs = NOW_MS) =>
    watch.read([anAlert({ labels: labelsOf(clusterId(number)), startsAtMs })])
  return { watch, clock, look, changes, reads: () => reads, notice: (key: string) => noticeOf(watch, key) }
}

function many(count: number): Arrival[] {
  return Array.from({ length: count }, (_, number) => anArrival(number))
}

describe('a storm', () => {
  test('is seen by the looks of its own first moment, before one of its cases is stored', async () => {
    const { look } = watchOf([])
    const storms = []
    for (let number = 0; number < perRegion; number += 1) storms.push(await look(number))
    expect(storms.at(-2)).toBeNull()
    expect(storms.at(-1)).toMatchObject({ clusters: perRegion })
  })

  test('that is not near costs no read of the store for each new cluster', async () => {
    const policy = { ...DEFAULT_POLICY, storm: { ...DEFAULT_POLICY.storm, clusters: 1_000, perRegion: 1_000 } }
    const { look, reads } = watchOf([], sharedSettings(), { policy })
    for (let number = 0; number < 99; number += 1) await look(number)
    expect(reads()).toBe(1)
  })

  test('is over at its end, though it was read a moment before', async () => {
    const { watch, clock } = watchOf(many(perRegion))
    clock.nowMs = NOW_MS + calm - 1
    expect(await watch.read()).not.toBeNull()
    clock.nowMs = NOW_MS + calm
    expect(await watch.read()).toBeNull()
  })
})

describe('the notice of a storm', () => {
  test('is one for all replicas, whichever cluster each saw first, and grows only', async () => {
    const shared = sharedSettings()
    const one = watchOf(many(perRegion + 2), shared)
    const other = watchOf([anArrival(50, NOW_MS - 60_000), ...many(perRegion)], shared)
    await one.watch.read()
    await other.watch.read()
    expect([one.changes, other.changes]).toEqual([[`storm/${NOW_MS}`], []])
    const shown = await one.notice(`storm/${NOW_MS}`).load()
    expect(shown?.text).toContain(`${perRegion + 2} clusters`)
  })

  test('is owed until it was given, to a replica that starts later too, and then no more', async () => {
    const shared = sharedSettings()
    const one = watchOf(many(perRegion), shared)
    await one.watch.read()
    const later = watchOf(many(perRegion), shared)
    await later.watch.tellOwed()
    const [key = ''] = later.changes
    const notice = later.notice(key)
    const message = await notice.load()
    expect(message?.key).toBe(key)
    if (message) await notice.told(message)
    expect(await one.notice(key).load()).toBeNull()
    await one.watch.tellOwed()
    expect(one.changes).toHaveLength(1)
  })

  test('says that the storm is over though it ended while nobody ran, and is forgotten then', async () => {
    const shared = sharedSettings()
    const clock = { nowMs: NOW_MS }
    const before = watchOf(many(perRegion), shared, { clock })
    await before.watch.read()
    const [key = ''] = before.changes
    const given = await before.notice(key).load()
    if (given) await before.notice(key).told(given)
    before.watch.stop()
    clock.nowMs = NOW_MS + 3 * calm
    const after = watchOf(many(perRegion), shared, { clock })
    await after.watch.start()
    const over = await after.notice(key).load()
    expect(over?.text).toMatch(/^Storm over/)
    if (over) await after.notice(key).told(over)
    expect(await shared.setting('storms')).toBe('[]')
  })

  test('that grew while it was being given is owed again', async () => {
    const stored = many(perRegion)
    const { watch, clock, notice, changes } = watchOf(stored)
    await watch.read()
    const first = await notice(`storm/${NOW_MS}`).load()
    stored.push(anArrival(perRegion))
    clock.nowMs += 2_000
    await watch.read()
    if (first) await notice(`storm/${NOW_MS}`).told(first)
    expect(changes).toHaveLength(2)
    expect((await notice(`storm/${NOW_MS}`).load())?.text).toContain(`${perRegion + 1} clusters`)
    watch.stop()
  })

  test('a storm that one replica counts from groups which are not stored yet is one at every replica', async () => {
    const shared = sharedSettings()
    const one = watchOf([], shared)
    for (let number = 0; number < perRegion; number += 1) await one.look(number)
    expect(await watchOf([], shared).watch.read()).toMatchObject({ clusters: perRegion })
  })

  test('a ledger that can not be understood hides no storm', async () => {
    const shared = sharedSettings()
    await shared.putSetting('storms', '{')
    expect(await watchOf(many(perRegion), shared).watch.read()).not.toBeNull()
  })
})

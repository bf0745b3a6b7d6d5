import { describe, expect, test } from '@jest/globals'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import type { Arrival } from '../src/model/arrival.ts'
import { StormWatch } from '../src/storm-watch.ts'
import { ACCOUNT_ID, anAlert, labelsOf, NOW_MS } from './support/builders.ts'

const { perRegion, calm } = DEFAULT_POLICY.storm

function clusterId(number: number): string {
  return `c${String(number).padStart(19, '0')}`
}

function anArrival(number: number, atMs = NOW_MS): Arrival {
  return { clusterId: clusterId(number), region: 'us-south', accountId: ACCOUNT_ID, atMs }
}

function watchOf(stored: Arrival[]) {
  const clock = { nowMs: NOW_MS }
  let reads = 0
  const store = {
    async arrivals() {
      reads += 1
      return stored
    },
  }
  const watch = new StormWatch({ store, policy: DEFAULT_POLICY, now: () => clock.nowMs, onChange: () => undefined })
  const look = (number: number) => watch.read([anAlert({ labels: labelsOf(clusterId(number)), startsAtMs: NOW_MS })])
  return { watch, clock, look, reads: () => reads }
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
    const { look, reads } = watchOf([])
    for (let number = 0; number < perRegion - 1; number += 1) await look(number)
    expect(reads()).toBe(1)
  })

  test('is over at its end, though it was read a moment before', async () => {
    const stored = Array.from({ length: perRegion }, (_, number) => anArrival(number))
    const { watch, clock } = watchOf(stored)
    clock.nowMs = NOW_MS + calm - 1
    expect(await watch.read()).not.toBeNull()
    clock.nowMs = NOW_MS + calm
    expect(await watch.read()).toBeNull()
  })
})

import { describe, expect, test } from '@jest/globals'
import { openProcessEngine } from '../../src/looks/process-engine.ts'

/** An engine whose looks end when they are told to, at times that are set. */
function anEngine() {
  const scene = { isRush: false, nowMs: 0, begun: 0, most: 0 }
  const gates: (() => void)[] = []
  const pauses: (() => void)[] = []
  const engine = openProcessEngine({
    async run() {
      scene.begun += 1
      scene.most = Math.max(scene.most, gates.length + 1)
      await new Promise<void>((resolve) => gates.push(resolve))
    },
    ended: () => undefined,
    isRush: () => scene.isRush,
    elapsed: () => scene.nowMs,
    pause: () => new Promise<void>((resolve) => pauses.push(resolve)),
  })
  return {
    scene,
    engine,
    async offer(prefix: string, count: number) {
      await engine.offer(
        Array.from({ length: count }, (_, number) => `${prefix}${number}`),
        'usual',
      )
      await settled()
    },
    async endOne() {
      gates.shift()?.()
      await settled()
    },
    async endPause() {
      pauses.shift()?.()
      await settled()
    },
    async endAll() {
      while (gates.length > 0) {
        gates.shift()?.()
        await settled()
      }
    },
  }
}

/** What needs no time has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('looks within one process', () => {
  test('go on many at once, and it is full while others wait', async () => {
    const { scene, engine, offer, endAll } = anEngine()
    await offer('a', 150)
    expect([scene.begun, engine.isFull()]).toEqual([150, false])
    await offer('b', 1)
    expect([scene.begun, engine.isFull()]).toEqual([150, true])
    await endAll()
    expect([scene.begun, engine.isFull()]).toEqual([151, false])
  })

  test('are begun a few at a time and with pauses while webhooks pour in, and many again afterwards', async () => {
    const { scene, offer, endOne, endPause, endAll } = anEngine()
    scene.isRush = true
    await offer('a', 100)
    expect(scene.begun).toBe(5)
    await endOne()
    expect(scene.begun).toBe(5)
    await endPause()
    expect(scene.begun).toBe(6)
    scene.isRush = false
    await endOne()
    expect(scene.begun).toBe(100)
    await endAll()
  })

  test('are fewer after one that took long, since more would only wait too', async () => {
    const { scene, offer, endAll } = anEngine()
    await offer('slow', 1)
    scene.nowMs = 3_001
    await endAll()
    scene.most = 0
    await offer('a', 100)
    expect(scene.most).toBe(50)
    await endAll()
    scene.nowMs = 13_002
    await offer('b', 100)
    expect(scene.most).toBe(100)
    await endAll()
  })

  test('of a group that was taken up already are not begun twice', async () => {
    const { scene, offer, endAll } = anEngine()
    await offer('a', 3)
    await offer('a', 3)
    expect(scene.begun).toBe(3)
    await endAll()
    await offer('a', 3)
    expect(scene.begun).toBe(6)
    await endAll()
  })
})

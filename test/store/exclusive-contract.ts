import { describe, expect, test } from '@jest/globals'
import type { Store } from '../../src/store/store.ts'
import { aCase, NOW_MS } from '../support/builders.ts'
import { INTENT } from './effect-contract.ts'

/** What every adapter promises of turns. */
export function describeExclusiveContract(store: () => Store): void {
  describe('turns', () => {
    test('what concerns one name runs one after another, in the order it was asked', async () => {
      const seen: number[] = []
      let inside = 0
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          store().exclusive.run('g', async () => {
            inside += 1
            expect(inside).toBe(1)
            await store().putSetting('turn', String(at))
            seen.push(at)
            inside -= 1
          }),
        ),
      )
      expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => at))
    })

    test('different names run side by side, and one inside another', async () => {
      const gate = Promise.withResolvers<void>()
      const waiting = store().exclusive.run('a', () => gate.promise)
      await expect(
        store().exclusive.run('b', () => store().exclusive.run('c', async () => store().intend(INTENT, NOW_MS))),
      ).resolves.toMatchObject({ attempts: 1 })
      gate.resolve()
      await waiting
    })

    test('work that fails fails its own caller only', async () => {
      const failing = store().exclusive.run('g', () => Promise.reject(new Error('it failed')))
      const next = store().exclusive.run('g', async () => 'done')
      await expect(failing).rejects.toThrow('it failed')
      await expect(next).resolves.toBe('done')
    })

    test('work that outlives its turn writes as if it never had one', async () => {
      const begin = Promise.withResolvers<void>()
      let left = Promise.resolve<unknown>(null)
      await store().exclusive.run('g', async () => {
        left = begin.promise.then(async () => {
          await store().intend(INTENT, NOW_MS)
          return store().saveCase(aCase(), { mergedUpTo: null, isSettled: false })
        })
      })
      begin.resolve()
      await expect(left).resolves.toMatchObject({ version: 1 })
    })
  })
}

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GroupUpdate } from '../../src/model/alert.ts'
import type { Store } from '../../src/store/store.ts'
import { aCase, anUpdate, aReceivedAlert, GROUP_KEY, NOW_MS } from '../support/builders.ts'

/** An update of the group with so many alerts. */
export function updateOf(alertCount: number, groupKey = GROUP_KEY): GroupUpdate {
  const alerts = Array.from({ length: alertCount }, (_, at) => aReceivedAlert({ fingerprint: `f${at}` }))
  return anUpdate({ groupKey, alerts })
}

/** In alerts, at every moment: accepted = done + pending + quarantined. */
export async function expectBalance(store: Store): Promise<void> {
  const { accepted, done, pending, quarantined } = await store.books()
  expect(accepted).toBe(done + pending + quarantined)
}

/** What every adapter promises of the intake. */
export function describeDeliveryContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('intake', () => {
    test('what was accepted is there after a restart, oldest first, and its group is due', async () => {
      await store().accept(updateOf(1), 'one', NOW_MS)
      await store().accept(updateOf(2), 'two', NOW_MS + 1)
      await reopen()
      const pending = await store().pending(GROUP_KEY)
      expect(pending.map(({ receivedAtMs, update }) => [receivedAtMs, update.alerts.length])).toEqual([
        [NOW_MS, 1],
        [NOW_MS + 1, 2],
      ])
      expect(await store().due(NOW_MS, 10)).toEqual([GROUP_KEY])
    })

    test('the newest message that is not merged is known by its id', async () => {
      expect(await store().newestPending(GROUP_KEY)).toBeNull()
      for (const [at, key] of ['one', 'two'].entries()) await store().accept(updateOf(1), key, NOW_MS + at)
      const pending = await store().pending(GROUP_KEY)
      expect(await store().newestPending(GROUP_KEY)).toBe(pending.at(-1)?.id)
      expect(await store().newestPending('other')).toBeNull()
      const mergedUpTo = pending.at(-1)?.id ?? null
      await store().saveCase(aCase({ groupKey: GROUP_KEY }), { mergedUpTo, isSettled: false })
      expect(await store().newestPending(GROUP_KEY)).toBeNull()
    })

    test('many at once are each kept', async () => {
      await Promise.all(
        Array.from({ length: 200 }, (_, at) => store().accept(updateOf(1, `g${at % 7}`), `k${at}`, NOW_MS)),
      )
      await reopen()
      expect(await store().books()).toEqual({
        accepted: 200,
        done: 0,
        pending: 200,
        quarantined: 0,
        oldestPendingMs: NOW_MS,
      })
    })

    test('a copy of the newest pending message is counted as done, one of an older message is kept', async () => {
      await store().accept(updateOf(2), 'same', NOW_MS)
      await store().accept(updateOf(2), 'same', NOW_MS + 1)
      expect(await store().pending(GROUP_KEY)).toHaveLength(1)
      await store().accept(updateOf(1), 'other', NOW_MS + 2)
      await store().accept(updateOf(2), 'same', NOW_MS + 3)
      expect(await store().pending(GROUP_KEY)).toHaveLength(3)
      expect(await store().books()).toMatchObject({ accepted: 7, done: 2, pending: 5 })
    })

    test('the same message of another group is no copy', async () => {
      await store().accept(updateOf(1), 'same', NOW_MS)
      await store().accept(updateOf(1, 'other'), 'same', NOW_MS)
      expect(await store().pending('other')).toHaveLength(1)
    })

    test('what is ignored, put aside or discarded is in the books', async () => {
      await store().acceptIgnored(3)
      await store().quarantine({
        source: 'alertmanager',
        why: 'version',
        body: '{}',
        alertCount: 2,
        receivedAtMs: NOW_MS,
      })
      await store().accept(updateOf(4), 'k', NOW_MS)
      const [delivery] = await store().pending(GROUP_KEY)
      await store().discard(GROUP_KEY, delivery?.id ?? 0)
      expect(await store().pending(GROUP_KEY)).toEqual([])
      expect(await store().books()).toEqual({ accepted: 9, done: 7, pending: 0, quarantined: 2, oldestPendingMs: null })
    })

    test('a discard leaves what came after it', async () => {
      await store().accept(updateOf(1), 'one', NOW_MS)
      const [first] = await store().pending(GROUP_KEY)
      await store().accept(updateOf(2), 'two', NOW_MS + 1)
      await store().discard(GROUP_KEY, first?.id ?? 0)
      expect(await store().books()).toMatchObject({ done: 1, pending: 2, oldestPendingMs: NOW_MS + 1 })
    })

    test('merged deliveries are pending in the books until their case is settled', async () => {
      await store().accept(updateOf(2), 'k', NOW_MS)
      const [delivery] = await store().pending(GROUP_KEY)
      const saved = await store().saveCase(aCase(), { mergedUpTo: delivery?.id ?? null, isSettled: false })
      expect(await store().pending(GROUP_KEY)).toEqual([])
      expect(await store().books()).toMatchObject({ pending: 2, done: 0 })
      await store().saveCase(saved, { mergedUpTo: null, isSettled: true })
      expect(await store().books()).toMatchObject({ pending: 0, done: 2, oldestPendingMs: null })
    })

    test('a settled case does not count what arrived meanwhile', async () => {
      await store().accept(updateOf(1), 'one', NOW_MS)
      const [first] = await store().pending(GROUP_KEY)
      await store().accept(updateOf(1), 'two', NOW_MS + 1)
      await store().saveCase(aCase(), { mergedUpTo: first?.id ?? null, isSettled: true })
      expect(await store().books()).toMatchObject({ pending: 1, done: 1 })
      expect(await store().pending(GROUP_KEY)).toHaveLength(1)
    })

    test('the books balance after any operations, also over a restart', async () => {
      const group = fc.constantFrom('g1', 'g2')
      const operation = fc.oneof(
        fc.record({
          kind: fc.constant('accept' as const),
          group,
          count: fc.integer({ min: 0, max: 3 }),
          key: fc.constantFrom('x', 'y'),
        }),
        fc.record({ kind: fc.constant('ignore' as const), count: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ kind: fc.constant('quarantine' as const), count: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ kind: fc.constant('discard' as const), group }),
        fc.record({ kind: fc.constant('save' as const), group, isSettled: fc.boolean() }),
        fc.record({ kind: fc.constant('reopen' as const) }),
      )
      const run = async (step: typeof operation extends fc.Arbitrary<infer T> ? T : never) => {
        switch (step.kind) {
          case 'accept':
            return store().accept(updateOf(step.count, step.group), step.key, NOW_MS)
          case 'ignore':
            return store().acceptIgnored(step.count)
          case 'quarantine':
            return store().quarantine({ source: 's', why: 'w', body: '', alertCount: step.count, receivedAtMs: NOW_MS })
          case 'discard': {
            const [first] = await store().pending(step.group)
            return first ? store().discard(step.group, first.id) : undefined
          }
          case 'save': {
            const known = await store().latestCase(step.group)
            const mergedUpTo = (await store().pending(step.group)).at(0)?.id ?? null
            await store().saveCase(known ?? aCase({ id: step.group, groupKey: step.group }), {
              mergedUpTo,
              isSettled: step.isSettled,
            })
            return undefined
          }
          case 'reopen':
            return reopen()
          default:
            return step satisfies never
        }
      }
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (steps) => {
          for (const step of steps) {
            await run(step)
            await expectBalance(store())
          }
        }),
        { numRuns: 40 },
      )
    })
  })
}

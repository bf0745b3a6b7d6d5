import { describe, expect, test } from '@jest/globals'
import type { Store } from '../../src/store/store.ts'
import { aCase, anIncident, HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts'
import { updateOf } from './delivery-contract.ts'

const KEPT = { mergedUpTo: null, isSettled: false }

/** What every adapter promises of the due times. */
export function describeDueContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('due times', () => {
    test('a group is due at the earliest time it was made due, most overdue first', async () => {
      await store().makeDue('later', NOW_MS + 5)
      await store().makeDue('sooner', NOW_MS + 9)
      await store().makeDue('sooner', NOW_MS + 1)
      await store().makeDue('sooner', NOW_MS + 3)
      expect(await store().nextDueMs()).toBe(NOW_MS + 1)
      expect(await store().due(NOW_MS, 10)).toEqual([])
      expect(await store().due(NOW_MS + 5, 10)).toEqual(['sooner', 'later'])
      expect(await store().due(NOW_MS + 5, 1)).toEqual(['sooner'])
    })

    test('of the due groups those are told apart whose page is quiet, until it rings or the case is over', async () => {
      const saved = await store().saveCase(
        aCase({ groupKey: 'quiet', incidents: [anIncident({ status: 'acknowledged' })] }),
        KEPT,
      )
      await store().saveCase(aCase({ id: 'b', groupKey: 'ringing', incidents: [anIncident()] }), KEPT)
      for (const group of ['unknown', 'ringing', 'quiet']) await store().makeDue(group, NOW_MS)
      expect(await store().quietDue(NOW_MS - 1, 10)).toEqual([])
      expect(await store().quietDue(NOW_MS, 10)).toEqual(['quiet'])
      const rung = await store().saveCase({ ...saved, incidents: [anIncident()] }, KEPT)
      expect(await store().quietDue(NOW_MS, 10)).toEqual([])
      const again = await store().saveCase({ ...rung, incidents: [anIncident({ status: 'acknowledged' })] }, KEPT)
      expect(await store().quietDue(NOW_MS, 10)).toEqual(['quiet'])
      await store().saveCase({ ...again, state: 'resolved' }, KEPT)
      expect(await store().quietDue(NOW_MS, 10)).toEqual([])
    })

    test('a quiet page is told apart too where its group falls due anew, by itself or by a message', async () => {
      const incidents = [anIncident({ status: 'acknowledged' })]
      await store().saveCase(aCase({ groupKey: 'quiet', incidents }), KEPT)
      await store().makeDue('quiet', NOW_MS)
      expect(await store().quietDue(NOW_MS, 10)).toEqual(['quiet'])
      await store().beginLook('quiet', NOW_MS)
      expect(await store().quietDue(NOW_MS, 10)).toEqual([])
      await store().endLook('quiet', null)
      expect(await store().quietDue(NOW_MS, 10)).toEqual([])
      await store().accept(updateOf(1, 'quiet'), 'k', NOW_MS + 1)
      expect(await store().quietDue(NOW_MS + 1, 10)).toEqual(['quiet'])
      await store().beginLook('quiet', NOW_MS + 1)
      await store().endLook('quiet', NOW_MS + 5)
      expect(await store().quietDue(NOW_MS + 5, 10)).toEqual(['quiet'])
    })

    test('a due time between two milliseconds is the later one', async () => {
      await store().makeDue('g', NOW_MS + 0.25)
      expect(await store().nextDueMs()).toBe(NOW_MS + 1)
      await store().beginLook('g', NOW_MS)
      await store().endLook('g', NOW_MS + 7.5)
      expect(await store().nextDueMs()).toBe(NOW_MS + 8)
    })

    test('a group whose look was given up with its alerts pending is due again after a restart', async () => {
      await store().accept(updateOf(1, 'g'), 'k', NOW_MS)
      await store().beginLook('g', NOW_MS)
      await store().endLook('g', null)
      expect(await store().nextDueMs()).toBeNull()
      await reopen()
      expect(await store().nextDueMs()).not.toBeNull()
    })

    test('a group that is looked at is not due, and again when the look says', async () => {
      await store().makeDue('g', NOW_MS)
      expect(await store().beginLook('g', NOW_MS)).toBe(1)
      expect(await store().due(NOW_MS + HOUR_MS, 10)).toEqual([])
      expect(await store().nextDueMs()).toBeNull()
      await store().endLook('g', NOW_MS + MINUTE_MS)
      expect(await store().nextDueMs()).toBe(NOW_MS + MINUTE_MS)
      await store().beginLook('g', NOW_MS)
      await store().endLook('g', null)
      expect(await store().nextDueMs()).toBeNull()
    })

    test.each([
      ['that has nothing more to do', null],
      ['that would look later', NOW_MS + HOUR_MS],
    ])('what makes a group due during a look %s is not lost', async (_name, nextMs) => {
      await store().makeDue('g', NOW_MS)
      await store().beginLook('g', NOW_MS)
      await store().accept(updateOf(1, 'g'), 'k', NOW_MS + 1)
      await store().endLook('g', nextMs)
      expect(await store().due(NOW_MS + 1, 10)).toEqual(['g'])
    })

    test('a group is due by a time, and not while it is looked at', async () => {
      await store().makeDue('g', NOW_MS + 5)
      expect(await store().triesIfDue('g', NOW_MS + 4)).toBeNull()
      expect(await store().triesIfDue('g', NOW_MS + 5)).toBe(0)
      expect(await store().triesIfDue('other', NOW_MS + 5)).toBeNull()
      await store().beginLook('g', NOW_MS + 5)
      expect(await store().triesIfDue('g', NOW_MS + HOUR_MS)).toBeNull()
    })

    test('a look that fails is due again when its turn is over and somebody says when, its tries still counted', async () => {
      await store().makeDue('g', NOW_MS)
      const look = store().exclusive.run('g', async () => {
        await store().beginLook('g', NOW_MS)
        throw new Error('it failed')
      })
      await expect(look).rejects.toThrow('it failed')
      await store().makeDue('g', NOW_MS + 5)
      expect(await store().nextDueMs()).toBe(NOW_MS + 5)
      expect(await store().exclusive.run('g', () => store().beginLook('g', NOW_MS))).toBe(2)
    })

    test('a look whose turn is over may still be ended', async () => {
      await store().makeDue('g', NOW_MS)
      await store().exclusive.run('g', () => store().beginLook('g', NOW_MS))
      await store().endLook('g', NOW_MS + 3)
      expect(await store().nextDueMs()).toBe(NOW_MS + 3)
      expect(await store().beginLook('g', NOW_MS)).toBe(1)
    })

    test('tries are counted until a look ends, over restarts', async () => {
      await store().makeDue('g', NOW_MS)
      expect(await store().beginLook('g', NOW_MS)).toBe(1)
      await reopen()
      expect(await store().triesIfDue('g', NOW_MS + HOUR_MS)).toBe(1)
      expect(await store().beginLook('g', NOW_MS)).toBe(2)
      await store().makeDue('g', NOW_MS)
      expect(await store().beginLook('g', NOW_MS)).toBe(3)
      await store().endLook('g', NOW_MS)
      expect(await store().beginLook('g', NOW_MS)).toBe(1)
    })

    test('a look that a dead process left behind is due again after a restart', async () => {
      await store().makeDue('g', NOW_MS)
      await store().beginLook('g', NOW_MS)
      await reopen()
      expect(await store().due(NOW_MS, 10)).toEqual(['g'])
    })
  })
}

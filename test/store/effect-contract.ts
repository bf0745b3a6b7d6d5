import { describe, expect, test } from '@jest/globals'
import type { Receipt } from '../../src/model/plan.ts'
import type { EffectIntent, SnoozeEntry, Store } from '../../src/store/store.ts'
import { CLUSTER_ID, HOUR_MS, MINUTE_MS, NOW_MS, OTHER_CLUSTER_ID } from '../support/builders.ts'

/** A snooze of two hours. */
export const INTENT: EffectIntent = {
  key: 'snooze/Q1/1',
  caseId: 'case-1',
  action: 'snooze',
  target: 'Q1',
  parameters: { seconds: 7_200 },
}
/** It stands. */
export const RECEIPT: Receipt = {
  action: 'snooze',
  result: 'updated',
  why: null,
  link: 'https://acme.pagerduty.com/incidents/Q1',
  at: '2026-11-22T12:00:01.000Z',
}

/** Two hours of the cluster. */
export function spanOf(change: Partial<SnoozeEntry> = {}): SnoozeEntry {
  return {
    clusterId: CLUSTER_ID,
    caseId: 'case-1',
    budget: 'busySnoozes',
    isReal: true,
    fromMs: NOW_MS,
    untilMs: NOW_MS + 2 * HOUR_MS,
    ...change,
  }
}

/** What every adapter promises of the journal of effects. */
export function describeEffectContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('the journal of effects', () => {
    test('an intent is there after a restart, until it is concluded', async () => {
      await store().intend(INTENT, NOW_MS)
      await reopen()
      const record = { ...INTENT, state: 'intent', attempts: 1, intendedAtMs: NOW_MS, receipt: null }
      expect(await store().effect(INTENT.key)).toEqual(record)
      expect(await store().oldestOpenIntentMs()).toBe(NOW_MS)
      await store().conclude(INTENT.key, 'done', RECEIPT, NOW_MS, { found: 'N1' })
      expect(await store().effectsOf('case-1')).toEqual([
        { ...record, state: 'done', receipt: RECEIPT, parameters: { seconds: 7_200, found: 'N1' } },
      ])
      expect(await store().oldestOpenIntentMs()).toBeNull()
    })

    test('a done effect is not turned into a refused one', async () => {
      await store().intend(INTENT, NOW_MS)
      await store().conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      await store().conclude(INTENT.key, 'refused', { ...RECEIPT, result: 'refused' }, NOW_MS)
      expect(await store().effect(INTENT.key)).toMatchObject({ state: 'done', receipt: RECEIPT })
    })

    test('an effect intended again counts its tries; a refused one may be tried again, a done one never', async () => {
      await store().intend(INTENT, NOW_MS)
      expect(await store().intend({ ...INTENT, parameters: { seconds: 5 } }, NOW_MS + 1)).toMatchObject({
        attempts: 2,
        intendedAtMs: NOW_MS + 1,
        parameters: { seconds: 5 },
      })
      await store().conclude(INTENT.key, 'refused', { ...RECEIPT, result: 'refused' }, NOW_MS)
      expect(await store().intend(INTENT, NOW_MS + 2)).toMatchObject({ state: 'intent', attempts: 3 })
      await store().conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      expect(await store().intend(INTENT, NOW_MS + 3)).toMatchObject({ state: 'done', receipt: RECEIPT, attempts: 3 })
    })

    test('what was found joins the parameters, one name after another, and is forgotten when it is intended anew', async () => {
      await store().intend({ ...INTENT, parameters: { a: 1, in: { x: 1, y: [] } } }, NOW_MS)
      await store().conclude(INTENT.key, 'refused', RECEIPT, NOW_MS, { b: '2\n', in: { x: null, z: 0.5 } })
      await store().conclude(INTENT.key, 'refused', RECEIPT, NOW_MS, { a: null, list: [] })
      expect((await store().effect(INTENT.key))?.parameters).toEqual({ b: '2\n', in: { y: [], z: 0.5 }, list: [] })
      expect((await store().intend({ ...INTENT, parameters: { a: 3 } }, NOW_MS)).parameters).toEqual({ a: 3 })
    })

    test('effects of a kind are counted since a time, those refused or withdrawn left out', async () => {
      const issue = { ...INTENT, action: 'issue' as const }
      for (const [at, key] of ['issue/a', 'issue/b', 'issue/c', 'issue/d', 'issues/e', 'note/f'].entries()) {
        await store().intend({ ...issue, key }, NOW_MS + at)
      }
      await store().conclude('issue/b', 'refused', { ...RECEIPT, result: 'refused' }, NOW_MS)
      await store().conclude('issue/c', 'done', RECEIPT, NOW_MS)
      await store().withdraw('issue/d')
      expect(await store().countEffects('issue/', NOW_MS)).toBe(2)
      expect(await store().countEffects('issue/', NOW_MS + 1)).toBe(1)
      expect(await store().countEffects('issue', 0)).toBe(3)
    })

    test('the oldest intent without receipt is told', async () => {
      await store().intend(INTENT, NOW_MS)
      await store().intend({ ...INTENT, key: 'second' }, NOW_MS + 1)
      await store().withdraw(INTENT.key)
      expect(await store().oldestOpenIntentMs()).toBe(NOW_MS + 1)
      await store().conclude('second', 'refused', RECEIPT, NOW_MS)
      expect(await store().oldestOpenIntentMs()).toBeNull()
    })

    test('an unknown effect is none', async () => {
      expect(await store().effect('unknown')).toBeNull()
      expect(await store().effectsOf('unknown')).toEqual([])
    })

    test('a withdrawn intent leaves nothing, neither itself nor its snooze time', async () => {
      await store().intend(INTENT, NOW_MS, [spanOf()])
      await store().withdraw(INTENT.key)
      expect(await store().effect(INTENT.key)).toBeNull()
      expect(await store().snoozesOf(CLUSTER_ID, 0)).toEqual([])
    })

    test('what is done can not be withdrawn, nor its snooze time', async () => {
      await store().intend(INTENT, NOW_MS, [spanOf()])
      await store().conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      await store().withdraw(INTENT.key)
      expect(await store().effect(INTENT.key)).toMatchObject({ state: 'done' })
      expect(await store().snoozesOf(CLUSTER_ID, 0)).toEqual([spanOf()])
    })

    test('snooze time is counted from the intent, once however often it is intended', async () => {
      await store().intend(INTENT, NOW_MS, [spanOf(), spanOf({ clusterId: OTHER_CLUSTER_ID })])
      await store().intend(INTENT, NOW_MS, [spanOf()])
      await reopen()
      expect(await store().snoozesOf(CLUSTER_ID, NOW_MS)).toEqual([spanOf()])
      expect(await store().snoozesOf(CLUSTER_ID, NOW_MS + 2 * HOUR_MS)).toEqual([])
      expect(await store().countSnoozes(NOW_MS, true)).toBe(1)
      expect(await store().countSnoozes(NOW_MS + 1, true)).toBe(0)
      expect(await store().countSnoozes(NOW_MS, false)).toBe(0)
    })

    test('snoozes are counted by when they began, whatever was asked before, until they are taken back', async () => {
      const counts = async () => [
        await store().countSnoozes(NOW_MS, true),
        await store().countSnoozes(NOW_MS + 10, true),
        await store().countSnoozes(NOW_MS + 20, true),
        await store().countSnoozes(NOW_MS + 5, true),
      ]
      expect(await counts()).toEqual([0, 0, 0, 0])
      const spans = (fromMs: number) => [spanOf({ fromMs }), spanOf({ fromMs, clusterId: OTHER_CLUSTER_ID })]
      await store().intend(INTENT, NOW_MS, spans(NOW_MS))
      await store().intend({ ...INTENT, key: 'snooze/Q2/1' }, NOW_MS, spans(NOW_MS + 10))
      await store().intend({ ...INTENT, key: 'snooze/Q3/1' }, NOW_MS, [spanOf({ fromMs: NOW_MS + 10, isReal: false })])
      expect(await counts()).toEqual([2, 1, 0, 1])
      await store().withdraw('snooze/Q2/1')
      expect(await counts()).toEqual([1, 0, 0, 0])
      await reopen()
      expect(await counts()).toEqual([1, 0, 0, 0])
    })

    test('open intents are found by the beginning of their key, oldest first, and concluded ones are none', async () => {
      const wake = (number: number) => ({ ...INTENT, key: `wake/Q1/${number}`, action: 'wake' as const })
      await store().intend(wake(2), NOW_MS + 1)
      await store().intend(wake(1), NOW_MS)
      await store().intend(wake(3), NOW_MS + 2)
      await store().intend(INTENT, NOW_MS)
      await store().conclude('wake/Q1/3', 'done', RECEIPT, NOW_MS)
      await reopen()
      expect((await store().openIntents('wake/')).map(({ key }) => key)).toEqual(['wake/Q1/1', 'wake/Q1/2'])
      expect(await store().openIntents('note/')).toEqual([])
    })

    test("snooze time of a case ends early, never before it began, and no other case's does", async () => {
      await store().intend(INTENT, NOW_MS, [spanOf({ fromMs: NOW_MS - HOUR_MS })])
      await store().intend({ ...INTENT, key: 'other' }, NOW_MS, [spanOf({ caseId: 'case-2' })])
      await store().endSnoozes('case-1', NOW_MS + MINUTE_MS)
      await store().endSnoozes('case-1', NOW_MS + HOUR_MS)
      const ends = (await store().snoozesOf(CLUSTER_ID, 0)).map(({ caseId, untilMs }) => [caseId, untilMs])
      expect(ends).toEqual([
        ['case-1', NOW_MS + MINUTE_MS],
        ['case-2', NOW_MS + 2 * HOUR_MS],
      ])
      await store().endSnoozes('case-2', NOW_MS - HOUR_MS)
      expect((await store().snoozesOf(CLUSTER_ID, 0)).at(-1)).toMatchObject({ fromMs: NOW_MS, untilMs: NOW_MS })
    })
  })
}

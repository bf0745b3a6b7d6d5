import { describe, expect, test } from '@jest/globals'
import type { Receipt } from '../../src/model/plan.ts'
import type { EffectIntent, SnoozeEntry, Store } from '../../src/store/store.ts'
import { CLUSTER_ID, HOUR_MS, MINUTE_MS, NOW_MS, OTHER_CLUSTER_ID } from '../support/builders.ts'

const INTENT: EffectIntent = {
  key: 'snooze/Q1/1',
  caseId: 'case-1',
  action: 'snooze',
  target: 'Q1',
  parameters: { seconds: 7_200 },
}
const RECEIPT: Receipt = {
  action: 'snooze',
  result: 'updated',
  why: null,
  link: 'https://acme.pagerduty.com/incidents/Q1',
  at: '2026-11-22T12:00:01.000Z',
}

function spanOf(change: Partial<SnoozeEntry> = {}): SnoozeEntry {
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

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { VersionConflictError } from '../../src/errors.ts'
import type { GroupUpdate } from '../../src/model/alert.ts'
import type { Receipt } from '../../src/model/plan.ts'
import type { EffectIntent, SnoozeEntry, Store } from '../../src/store/store.ts'
import {
  aCase,
  anAlert,
  anUpdate,
  aReceivedAlert,
  CLUSTER_ID,
  GROUP_KEY,
  HOUR_MS,
  humanJudgement,
  labelsOf,
  MINUTE_MS,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'
import { describeAuditContract } from './audit-contract.ts'

/** A place for one store: `open` opens it, again after a `close` with all that was in it. */
export interface StorePlace {
  open(): Promise<Store>
  remove(): Promise<void> | void
}

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

function updateOf(alertCount: number, groupKey = GROUP_KEY): GroupUpdate {
  const alerts = Array.from({ length: alertCount }, (_, at) => aReceivedAlert({ fingerprint: `f${at}` }))
  return anUpdate({ groupKey, alerts })
}

/** What every adapter of the store promises. Runs against a new place for each test. */
export function storeContract(place: () => StorePlace): void {
  let here: StorePlace
  let store: Store

  beforeEach(async () => {
    here = place()
    store = await here.open()
  })

  afterEach(async () => {
    await store.close()
    await here.remove()
  })

  async function reopen(): Promise<void> {
    await store.close()
    store = await here.open()
  }

  async function expectBalance(): Promise<void> {
    const { accepted, done, pending, quarantined } = await store.books()
    expect(accepted).toBe(done + pending + quarantined)
  }

  describe('intake', () => {
    test('what was accepted is there after a restart, oldest first, and its group is due', async () => {
      await store.accept(updateOf(1), 'one', NOW_MS)
      await store.accept(updateOf(2), 'two', NOW_MS + 1)
      await reopen()
      const pending = await store.pending(GROUP_KEY)
      expect(pending.map(({ receivedAtMs, update }) => [receivedAtMs, update.alerts.length])).toEqual([
        [NOW_MS, 1],
        [NOW_MS + 1, 2],
      ])
      expect(await store.due(NOW_MS, 10)).toEqual([GROUP_KEY])
    })

    test('many at once are each kept', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, at) => store.accept(updateOf(1, `g${at % 7}`), `k${at}`, NOW_MS)))
      await reopen()
      expect(await store.books()).toEqual({ accepted: 200, done: 0, pending: 200, quarantined: 0, oldestPendingMs: NOW_MS })
    })

    test('a copy of the newest pending message is counted as done, one of an older message is kept', async () => {
      await store.accept(updateOf(2), 'same', NOW_MS)
      await store.accept(updateOf(2), 'same', NOW_MS + 1)
      expect(await store.pending(GROUP_KEY)).toHaveLength(1)
      await store.accept(updateOf(1), 'other', NOW_MS + 2)
      await store.accept(updateOf(2), 'same', NOW_MS + 3)
      expect(await store.pending(GROUP_KEY)).toHaveLength(3)
      expect(await store.books()).toMatchObject({ accepted: 7, done: 2, pending: 5 })
    })

    test('the same message of another group is no copy', async () => {
      await store.accept(updateOf(1), 'same', NOW_MS)
      await store.accept(updateOf(1, 'other'), 'same', NOW_MS)
      expect(await store.pending('other')).toHaveLength(1)
    })

    test('what is ignored, put aside or discarded is in the books', async () => {
      await store.acceptIgnored(3)
      await store.quarantine({ source: 'alertmanager', why: 'version', body: '{}', alertCount: 2, receivedAtMs: NOW_MS })
      await store.accept(updateOf(4), 'k', NOW_MS)
      const [delivery] = await store.pending(GROUP_KEY)
      await store.discard(GROUP_KEY, delivery?.id ?? 0)
      expect(await store.pending(GROUP_KEY)).toEqual([])
      expect(await store.books()).toEqual({ accepted: 9, done: 7, pending: 0, quarantined: 2, oldestPendingMs: null })
    })

    test('a discard leaves what came after it', async () => {
      await store.accept(updateOf(1), 'one', NOW_MS)
      const [first] = await store.pending(GROUP_KEY)
      await store.accept(updateOf(2), 'two', NOW_MS + 1)
      await store.discard(GROUP_KEY, first?.id ?? 0)
      expect(await store.books()).toMatchObject({ done: 1, pending: 2, oldestPendingMs: NOW_MS + 1 })
    })

    test('merged deliveries are pending in the books until their case is settled', async () => {
      await store.accept(updateOf(2), 'k', NOW_MS)
      const [delivery] = await store.pending(GROUP_KEY)
      const saved = await store.saveCase(aCase(), { mergedUpTo: delivery?.id ?? null, isSettled: false })
      expect(await store.pending(GROUP_KEY)).toEqual([])
      expect(await store.books()).toMatchObject({ pending: 2, done: 0 })
      await store.saveCase(saved, { mergedUpTo: null, isSettled: true })
      expect(await store.books()).toMatchObject({ pending: 0, done: 2, oldestPendingMs: null })
    })

    test('a settled case does not count what arrived meanwhile', async () => {
      await store.accept(updateOf(1), 'one', NOW_MS)
      const [first] = await store.pending(GROUP_KEY)
      await store.accept(updateOf(1), 'two', NOW_MS + 1)
      await store.saveCase(aCase(), { mergedUpTo: first?.id ?? null, isSettled: true })
      expect(await store.books()).toMatchObject({ pending: 1, done: 1 })
      expect(await store.pending(GROUP_KEY)).toHaveLength(1)
    })

    test('the books balance after any operations, also over a restart', async () => {
      const group = fc.constantFrom('g1', 'g2')
      const operation = fc.oneof(
        fc.record({ kind: fc.constant('accept' as const), group, count: fc.integer({ min: 0, max: 3 }), key: fc.constantFrom('x', 'y') }),
        fc.record({ kind: fc.constant('ignore' as const), count: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ kind: fc.constant('quarantine' as const), count: fc.integer({ min: 0, max: 3 }) }),
        fc.record({ kind: fc.constant('discard' as const), group }),
        fc.record({ kind: fc.constant('save' as const), group, isSettled: fc.boolean() }),
        fc.record({ kind: fc.constant('reopen' as const) }),
      )
      const run = async (step: typeof operation extends fc.Arbitrary<infer T> ? T : never) => {
        switch (step.kind) {
          case 'accept':
            return store.accept(updateOf(step.count, step.group), step.key, NOW_MS)
          case 'ignore':
            return store.acceptIgnored(step.count)
          case 'quarantine':
            return store.quarantine({ source: 's', why: 'w', body: '', alertCount: step.count, receivedAtMs: NOW_MS })
          case 'discard': {
            const [first] = await store.pending(step.group)
            return first ? store.discard(step.group, first.id) : undefined
          }
          case 'save': {
            const known = await store.latestCase(step.group)
            const mergedUpTo = (await store.pending(step.group)).at(0)?.id ?? null
            await store.saveCase(known ?? aCase({ id: step.group, groupKey: step.group }), { mergedUpTo, isSettled: step.isSettled })
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
            await expectBalance()
          }
        }),
        { numRuns: 40 },
      )
    })
  })

  describe('cases', () => {
    const KEPT = { mergedUpTo: null, isSettled: false }

    test('a case is there after a restart, a version further', async () => {
      const saved = await store.saveCase(aCase(), KEPT)
      expect(saved).toEqual({ ...aCase(), version: 1 })
      await reopen()
      expect(await store.caseById('case-1')).toEqual(saved)
      expect(await store.latestCase(GROUP_KEY)).toEqual(saved)
      expect(await store.caseById('unknown')).toBeNull()
      expect(await store.latestCase('unknown')).toBeNull()
    })

    test('the second of two writers of one version is refused, and nothing of its write is kept', async () => {
      const loaded = await store.saveCase(aCase(), KEPT)
      await store.accept(updateOf(1), 'k', NOW_MS)
      const [delivery] = await store.pending(GROUP_KEY)
      await store.saveCase({ ...loaded, state: 'waiting' }, KEPT)
      const late = store.saveCase({ ...loaded, state: 'snoozed' }, { mergedUpTo: delivery?.id ?? null, isSettled: true })
      await expect(late).rejects.toBeInstanceOf(VersionConflictError)
      expect((await store.caseById('case-1'))?.state).toBe('waiting')
      expect(await store.pending(GROUP_KEY)).toHaveLength(1)
      await expectBalance()
    })

    test('two writers in one commit: the first is kept, the second refused', async () => {
      const loaded = await store.saveCase(aCase(), KEPT)
      const results = await Promise.allSettled([
        store.saveCase({ ...loaded, state: 'waiting' }, KEPT),
        store.saveCase({ ...loaded, state: 'snoozed' }, KEPT),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect((await store.caseById('case-1'))?.state).toBe('waiting')
    })

    test('the newest episode of a group is its latest case', async () => {
      await store.saveCase(aCase({ id: 'e1', openedAtMs: NOW_MS - HOUR_MS, state: 'resolved' }), KEPT)
      await store.saveCase(aCase({ id: 'e2', episode: 2, openedAtMs: NOW_MS }), KEPT)
      expect((await store.latestCase(GROUP_KEY))?.id).toBe('e2')
    })

    test('a list is filtered by state, reason and cluster, newest first, in pages that miss and repeat nothing', async () => {
      for (let at = 0; at < 7; at += 1) {
        const clusterId = at % 2 === 0 ? CLUSTER_ID : OTHER_CLUSTER_ID
        const judgement = humanJudgement(at < 3 ? 'busy' : 'no-error-text')
        const alerts = [anAlert({ labels: labelsOf(clusterId), judgement })]
        // Several in one millisecond: the page's end must not lose any.
        const openedAtMs = NOW_MS + Math.floor(at / 3)
        await store.saveCase(aCase({ id: `c${at}`, groupKey: `g${at}`, openedAtMs, alerts, state: at === 6 ? 'resolved' : 'snoozed' }), KEPT)
      }
      const ids = async (filter: object) => (await store.listCases({ limit: 50, ...filter })).cases.map(({ id }) => id)
      expect(await ids({})).toEqual(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0'])
      expect(await ids({ state: 'resolved' })).toEqual(['c6'])
      expect(await ids({ reason: 'busy' })).toEqual(['c2', 'c1', 'c0'])
      expect(await ids({ clusterId: OTHER_CLUSTER_ID, state: 'snoozed' })).toEqual(['c5', 'c3', 'c1'])
      expect(await ids({ clusterId: "' OR 1=1 --" })).toEqual([])
      const paged: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.listCases({ limit: 2, ...(cursor ? { cursor } : {}) })
        paged.push(...page.cases.map(({ id }) => id))
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      expect(paged).toEqual(await ids({}))
    })

    test('a garbled cursor gives the first page', async () => {
      await store.saveCase(aCase(), KEPT)
      expect((await store.listCases({ limit: 5, cursor: '%%%' })).cases).toHaveLength(1)
    })

    test('open cases are told by group and by cluster, resolved ones are not', async () => {
      await store.saveCase(aCase(), KEPT)
      await store.saveCase(aCase({ id: 'over', groupKey: 'g2', state: 'resolved' }), KEPT)
      const open = [{ id: 'case-1', groupKey: GROUP_KEY }]
      expect(await store.openCaseIds()).toEqual(open)
      expect(await store.openCasesOfCluster(CLUSTER_ID)).toEqual(open)
      expect(await store.openCasesOfCluster(OTHER_CLUSTER_ID)).toEqual([])
      expect(await store.countByState()).toMatchObject({ gathering: 1, resolved: 1, snoozed: 0 })
    })

    test('cases of a cluster are counted since a time', async () => {
      for (const [at, hours] of [30, 20, 1].entries()) {
        await store.saveCase(aCase({ id: `c${at}`, groupKey: `g${at}`, openedAtMs: NOW_MS - hours * HOUR_MS }), KEPT)
      }
      expect(await store.countCases(CLUSTER_ID, NOW_MS - 24 * HOUR_MS)).toBe(2)
      expect(await store.countCases(OTHER_CLUSTER_ID, 0)).toBe(0)
    })

    test('neighbours are clusters of other open cases of the region or account, each once', async () => {
      const of = (id: string, clusterId: string, state: 'gathering' | 'resolved' = 'gathering') =>
        aCase({ id, groupKey: id, state, alerts: [anAlert({ labels: labelsOf(clusterId) })] })
      await store.saveCase(of('mine', CLUSTER_ID), KEPT)
      await store.saveCase(of('other', OTHER_CLUSTER_ID), KEPT)
      await store.saveCase(of('other-2', OTHER_CLUSTER_ID), KEPT)
      await store.saveCase(of('over', 'd0000000000000000001', 'resolved'), KEPT)
      const place = { region: 'us-south', accountId: 'none', exceptCaseId: 'mine' }
      expect(await store.openNeighbours(place)).toEqual([OTHER_CLUSTER_ID])
      expect(await store.openNeighbours({ ...place, region: 'eu-de' })).toEqual([])
    })
  })

  describe('due times', () => {
    test('a group is due at the earliest time it was made due, most overdue first', async () => {
      await store.makeDue('later', NOW_MS + 5)
      await store.makeDue('sooner', NOW_MS + 9)
      await store.makeDue('sooner', NOW_MS + 1)
      await store.makeDue('sooner', NOW_MS + 3)
      expect(await store.nextDueMs()).toBe(NOW_MS + 1)
      expect(await store.due(NOW_MS, 10)).toEqual([])
      expect(await store.due(NOW_MS + 5, 10)).toEqual(['sooner', 'later'])
      expect(await store.due(NOW_MS + 5, 1)).toEqual(['sooner'])
    })

    test('a group that is looked at is not due, and again when the look says', async () => {
      await store.makeDue('g', NOW_MS)
      expect(await store.beginLook('g', NOW_MS)).toBe(1)
      expect(await store.due(NOW_MS + HOUR_MS, 10)).toEqual([])
      expect(await store.nextDueMs()).toBeNull()
      await store.endLook('g', NOW_MS + MINUTE_MS)
      expect(await store.nextDueMs()).toBe(NOW_MS + MINUTE_MS)
      await store.beginLook('g', NOW_MS)
      await store.endLook('g', null)
      expect(await store.nextDueMs()).toBeNull()
    })

    test.each([
      ['that has nothing more to do', null],
      ['that would look later', NOW_MS + HOUR_MS],
    ])('what makes a group due during a look %s is not lost', async (_name, nextMs) => {
      await store.makeDue('g', NOW_MS)
      await store.beginLook('g', NOW_MS)
      await store.accept(updateOf(1, 'g'), 'k', NOW_MS + 1)
      await store.endLook('g', nextMs)
      expect(await store.due(NOW_MS + 1, 10)).toEqual(['g'])
    })

    test('tries are counted until a look ends, over restarts', async () => {
      await store.makeDue('g', NOW_MS)
      expect(await store.beginLook('g', NOW_MS)).toBe(1)
      await reopen()
      expect(await store.beginLook('g', NOW_MS)).toBe(2)
      await store.makeDue('g', NOW_MS)
      expect(await store.beginLook('g', NOW_MS)).toBe(3)
      await store.endLook('g', NOW_MS)
      expect(await store.beginLook('g', NOW_MS)).toBe(1)
    })

    test('a look that a dead process left behind is due again after a restart', async () => {
      await store.makeDue('g', NOW_MS)
      await store.beginLook('g', NOW_MS)
      await reopen()
      expect(await store.due(NOW_MS, 10)).toEqual(['g'])
    })
  })

  describe('the journal of effects', () => {
    test('an intent is there after a restart, until it is concluded', async () => {
      await store.intend(INTENT, NOW_MS)
      await reopen()
      const record = { ...INTENT, state: 'intent', attempts: 1, intendedAtMs: NOW_MS, receipt: null }
      expect(await store.effect(INTENT.key)).toEqual(record)
      expect(await store.oldestOpenIntentMs()).toBe(NOW_MS)
      await store.conclude(INTENT.key, 'done', RECEIPT, NOW_MS, { found: 'N1' })
      expect(await store.effectsOf('case-1')).toEqual([
        { ...record, state: 'done', receipt: RECEIPT, parameters: { seconds: 7_200, found: 'N1' } },
      ])
      expect(await store.oldestOpenIntentMs()).toBeNull()
    })

    test('an effect intended again counts its tries; a refused one may be tried again, a done one never', async () => {
      await store.intend(INTENT, NOW_MS)
      expect(await store.intend({ ...INTENT, parameters: { seconds: 5 } }, NOW_MS + 1)).toMatchObject({
        attempts: 2,
        intendedAtMs: NOW_MS + 1,
        parameters: { seconds: 5 },
      })
      await store.conclude(INTENT.key, 'refused', { ...RECEIPT, result: 'refused' }, NOW_MS)
      expect(await store.intend(INTENT, NOW_MS + 2)).toMatchObject({ state: 'intent', attempts: 3 })
      await store.conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      expect(await store.intend(INTENT, NOW_MS + 3)).toMatchObject({ state: 'done', receipt: RECEIPT, attempts: 3 })
    })

    test('an unknown effect is none', async () => {
      expect(await store.effect('unknown')).toBeNull()
      expect(await store.effectsOf('unknown')).toEqual([])
    })

    test('a withdrawn intent leaves nothing, neither itself nor its snooze time', async () => {
      await store.intend(INTENT, NOW_MS, [spanOf()])
      await store.withdraw(INTENT.key)
      expect(await store.effect(INTENT.key)).toBeNull()
      expect(await store.snoozesOf(CLUSTER_ID, 0)).toEqual([])
    })

    test('what is done can not be withdrawn, nor its snooze time', async () => {
      await store.intend(INTENT, NOW_MS, [spanOf()])
      await store.conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      await store.withdraw(INTENT.key)
      expect(await store.effect(INTENT.key)).toMatchObject({ state: 'done' })
      expect(await store.snoozesOf(CLUSTER_ID, 0)).toEqual([spanOf()])
    })

    test('snooze time is counted from the intent, once however often it is intended', async () => {
      await store.intend(INTENT, NOW_MS, [spanOf(), spanOf({ clusterId: OTHER_CLUSTER_ID })])
      await store.intend(INTENT, NOW_MS, [spanOf()])
      await reopen()
      expect(await store.snoozesOf(CLUSTER_ID, NOW_MS)).toEqual([spanOf()])
      expect(await store.snoozesOf(CLUSTER_ID, NOW_MS + 2 * HOUR_MS)).toEqual([])
      expect(await store.countSnoozes(NOW_MS, true)).toBe(1)
      expect(await store.countSnoozes(NOW_MS + 1, true)).toBe(0)
      expect(await store.countSnoozes(NOW_MS, false)).toBe(0)
    })

    test("snooze time of a case ends early, never before it began, and no other case's does", async () => {
      await store.intend(INTENT, NOW_MS, [spanOf({ fromMs: NOW_MS - HOUR_MS })])
      await store.intend({ ...INTENT, key: 'other' }, NOW_MS, [spanOf({ caseId: 'case-2' })])
      await store.endSnoozes('case-1', NOW_MS + MINUTE_MS)
      await store.endSnoozes('case-1', NOW_MS + HOUR_MS)
      const ends = (await store.snoozesOf(CLUSTER_ID, 0)).map(({ caseId, untilMs }) => [caseId, untilMs])
      expect(ends).toEqual([
        ['case-1', NOW_MS + MINUTE_MS],
        ['case-2', NOW_MS + 2 * HOUR_MS],
      ])
      await store.endSnoozes('case-2', NOW_MS - HOUR_MS)
      expect((await store.snoozesOf(CLUSTER_ID, 0)).at(-1)).toMatchObject({ fromMs: NOW_MS, untilMs: NOW_MS })
    })
  })

  describe('settings', () => {
    test('are kept over a restart, the last one wins, an unknown one is null', async () => {
      expect(await store.setting('x')).toBeNull()
      await store.putSetting('x', '1')
      await store.putSetting('x', '2')
      await store.putMode({ mode: 'live', paused: true }, 'operator:ada', NOW_MS)
      await reopen()
      expect(await store.setting('x')).toBe('2')
      expect(JSON.parse((await store.setting('mode')) ?? '')).toEqual({ mode: 'live', paused: true })
    })
  })

  test('a store that is well says that it can be written', async () => {
    await expect(store.checkWritable()).resolves.toBeUndefined()
    await expectBalance()
  })

  describeAuditContract(
    () => store,
    () => reopen(),
  )
}

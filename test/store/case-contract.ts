import { describe, expect, test } from '@jest/globals'
import { VersionConflictError } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import {
  ACCOUNT_ID,
  aCase,
  anAlert,
  CLUSTER_ID,
  GROUP_KEY,
  HOUR_MS,
  humanJudgement,
  labelsOf,
  NOW_MS,
  OTHER_CLUSTER_ID,
} from '../support/builders.ts'
import { expectBalance, updateOf } from './delivery-contract.ts'

/** What every adapter promises of the cases. */
export function describeCaseContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('cases', () => {
    const KEPT = { mergedUpTo: null, isSettled: false }

    test('a case is there after a restart, a version further', async () => {
      const saved = await store().saveCase(aCase(), KEPT)
      expect(saved).toEqual({ ...aCase(), version: 1 })
      await reopen()
      expect(await store().caseById('case-1')).toEqual(saved)
      expect(await store().latestCase(GROUP_KEY)).toEqual(saved)
      expect(await store().caseById('unknown')).toBeNull()
      expect(await store().latestCase('unknown')).toBeNull()
    })

    test('the second of two writers of one version is refused, and nothing of its write is kept', async () => {
      const loaded = await store().saveCase(aCase(), KEPT)
      await store().accept(updateOf(1), 'k', NOW_MS)
      const [delivery] = await store().pending(GROUP_KEY)
      await store().saveCase({ ...loaded, state: 'waiting' }, KEPT)
      const late = store().saveCase(
        { ...loaded, state: 'snoozed' },
        { mergedUpTo: delivery?.id ?? null, isSettled: true },
      )
      await expect(late).rejects.toBeInstanceOf(VersionConflictError)
      expect((await store().caseById('case-1'))?.state).toBe('waiting')
      expect(await store().pending(GROUP_KEY)).toHaveLength(1)
      await expectBalance(store())
    })

    test('two writers in one commit: the first is kept, the second refused', async () => {
      const loaded = await store().saveCase(aCase(), KEPT)
      const results = await Promise.allSettled([
        store().saveCase({ ...loaded, state: 'waiting' }, KEPT),
        store().saveCase({ ...loaded, state: 'snoozed' }, KEPT),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect((await store().caseById('case-1'))?.state).toBe('waiting')
    })

    test('who watches learns which cases were stored since, each once, and nothing of before', async () => {
      const first = await store().saveCase(aCase(), KEPT)
      const { ids, position } = await store().changesSince(null)
      expect(ids).toEqual([])
      expect(await store().changesSince(position)).toEqual({ ids: [], position })
      const again = await store().saveCase(first, KEPT)
      await store().saveCase(again, KEPT)
      await store().saveCase(aCase({ id: 'other', groupKey: 'other' }), KEPT)
      const later = await store().changesSince(position)
      expect(later.ids?.toSorted()).toEqual(['case-1', 'other'])
      expect(await store().changesSince(later.position)).toEqual({ ids: [], position: later.position })
    })

    test('who watches learns that any case may have changed where more were stored than are remembered', async () => {
      const { position } = await store().changesSince(null)
      await Promise.all(
        Array.from({ length: 1_000 }, (_, at) => store().saveCase(aCase({ id: `c${at}`, groupKey: `g${at}` }), KEPT)),
      )
      expect((await store().changesSince(position)).ids).toBeNull()
      // So it is after a store that was set back: what it forgot nobody can tell.
      expect((await store().changesSince(1_000_000)).ids).toBeNull()
    })

    test('the newest episode of a group is its latest case', async () => {
      await store().saveCase(aCase({ id: 'e1', openedAtMs: NOW_MS - HOUR_MS, state: 'resolved' }), KEPT)
      await store().saveCase(aCase({ id: 'e2', episode: 2, openedAtMs: NOW_MS }), KEPT)
      expect((await store().latestCase(GROUP_KEY))?.id).toBe('e2')
    })

    test('a list is filtered by state, reason and cluster, newest first, in pages that miss and repeat nothing', async () => {
      for (let at = 0; at < 7; at += 1) {
        const clusterId = at % 2 === 0 ? CLUSTER_ID : OTHER_CLUSTER_ID
        const judgement = humanJudgement(at < 3 ? 'busy' : 'no-error-text')
        const alerts = [anAlert({ labels: labelsOf(clusterId), judgement })]
        // Several in one millisecond: the page's end must not lose any.
        const openedAtMs = NOW_MS + Math.floor(at / 3)
        await store().saveCase(
          aCase({ id: `c${at}`, groupKey: `g${at}`, openedAtMs, alerts, state: at === 6 ? 'resolved' : 'snoozed' }),
          KEPT,
        )
      }
      const ids = async (filter: object) =>
        (await store().listCases({ limit: 50, ...filter })).cases.map(({ id }) => id)
      expect(await ids({})).toEqual(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0'])
      expect(await ids({ state: 'resolved' })).toEqual(['c6'])
      expect(await ids({ reason: 'busy' })).toEqual(['c2', 'c1', 'c0'])
      expect(await ids({ clusterId: OTHER_CLUSTER_ID, state: 'snoozed' })).toEqual(['c5', 'c3', 'c1'])
      expect(await ids({ clusterId: "' OR 1=1 --" })).toEqual([])
      const paged: string[] = []
      let cursor: string | undefined
      do {
        const page = await store().listCases({ limit: 2, ...(cursor ? { cursor } : {}) })
        paged.push(...page.cases.map(({ id }) => id))
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      expect(paged).toEqual(await ids({}))
    })

    test('a garbled cursor gives the first page', async () => {
      await store().saveCase(aCase(), KEPT)
      expect((await store().listCases({ limit: 5, cursor: '%%%' })).cases).toHaveLength(1)
    })

    test('open cases are told by group and by cluster, resolved ones are not', async () => {
      await store().saveCase(aCase(), KEPT)
      await store().saveCase(aCase({ id: 'over', groupKey: 'g2', state: 'resolved' }), KEPT)
      const open = [{ id: 'case-1', groupKey: GROUP_KEY }]
      expect(await store().openCaseIds()).toEqual(open)
      expect(await store().openCasesOfCluster(CLUSTER_ID)).toEqual(open)
      expect(await store().openCasesOfCluster(OTHER_CLUSTER_ID)).toEqual([])
      expect(await store().countByState()).toMatchObject({ gathering: 1, resolved: 1, snoozed: 0 })
    })

    test('a case that changes is found by what it is now, in every list and count', async () => {
      const busy = [anAlert({ judgement: humanJudgement('busy') })]
      let saved = await store().saveCase(aCase({ alerts: busy }), KEPT)
      const found = async (filter: object) => (await store().listCases({ limit: 5, ...filter })).cases.length
      const ended = { state: 'resolved' as const, alerts: [anAlert({ judgement: humanJudgement('no-error-text') })] }
      saved = await store().saveCase({ ...saved, ...ended }, KEPT)
      expect([await found({ state: 'gathering' }), await found({ reason: 'busy' })]).toEqual([0, 0])
      expect([await found({ state: 'resolved' }), await found({ reason: 'no-error-text' })]).toEqual([1, 1])
      expect([await store().openCaseIds(), await store().openCasesOfCluster(CLUSTER_ID)]).toEqual([[], []])
      const place = { region: 'us-south', accountId: 'none', exceptCaseId: 'other' }
      expect(await store().openNeighbours(place)).toEqual([])
      const joined = anAlert({ fingerprint: 'f2', labels: labelsOf(OTHER_CLUSTER_ID) })
      saved = await store().saveCase({ ...saved, state: 'waiting' }, KEPT)
      await store().saveCase({ ...saved, alerts: [...saved.alerts, joined] }, KEPT)
      expect(await store().openCasesOfCluster(OTHER_CLUSTER_ID)).toHaveLength(1)
      expect(await store().openCasesOfCluster(CLUSTER_ID)).toEqual([{ id: 'case-1', groupKey: GROUP_KEY }])
      expect((await store().openNeighbours(place)).sort()).toEqual([CLUSTER_ID, OTHER_CLUSTER_ID].sort())
      expect(await store().countByState()).toEqual({
        gathering: 0,
        waiting: 1,
        snoozed: 0,
        'handed-over': 0,
        resolved: 0,
      })
    })

    test('arrivals are clusters by the start of their alerts, one entry a case, its newest start', async () => {
      const saved = await store().saveCase(aCase(), KEPT)
      const startsAtMs = NOW_MS - 5
      await store().saveCase({ ...saved, alerts: [anAlert({ startsAtMs })] }, KEPT)
      const arrival = { clusterId: CLUSTER_ID, region: 'us-south', accountId: ACCOUNT_ID, atMs: startsAtMs }
      expect(await store().arrivals(0)).toEqual([arrival])
      expect(await store().arrivals(startsAtMs)).toEqual([arrival])
      expect(await store().arrivals(startsAtMs + 1)).toEqual([])
    })

    test('a new case under a name that is taken is refused', async () => {
      await store().saveCase(aCase({ state: 'waiting' }), KEPT)
      await expect(store().saveCase(aCase(), KEPT)).rejects.toThrow()
      expect((await store().caseById('case-1'))?.state).toBe('waiting')
    })

    test('cases of a cluster are counted since a time', async () => {
      for (const [at, hours] of [30, 20, 1].entries()) {
        await store().saveCase(aCase({ id: `c${at}`, groupKey: `g${at}`, openedAtMs: NOW_MS - hours * HOUR_MS }), KEPT)
      }
      expect(await store().countCases(CLUSTER_ID, NOW_MS - 24 * HOUR_MS)).toBe(2)
      expect(await store().countCases(OTHER_CLUSTER_ID, 0)).toBe(0)
    })

    test('neighbours are clusters of other open cases of the region or account, each once', async () => {
      const of = (id: string, clusterId: string, state: 'gathering' | 'resolved' = 'gathering') =>
        aCase({ id, groupKey: id, state, alerts: [anAlert({ labels: labelsOf(clusterId) })] })
      await store().saveCase(of('mine', CLUSTER_ID), KEPT)
      await store().saveCase(of('other', OTHER_CLUSTER_ID), KEPT)
      await store().saveCase(of('other-2', OTHER_CLUSTER_ID), KEPT)
      await store().saveCase(of('over', 'd0000000000000000001', 'resolved'), KEPT)
      const place = { region: 'us-south', accountId: 'none', exceptCaseId: 'mine' }
      expect(await store().openNeighbours(place)).toEqual([OTHER_CLUSTER_ID])
      expect(await store().openNeighbours({ ...place, region: 'eu-de' })).toEqual([])
    })
  })
}

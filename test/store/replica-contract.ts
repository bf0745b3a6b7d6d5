import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { LeaseLostError, VersionConflictError } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { aCase, CLUSTER_ID, GROUP_KEY, HOUR_MS, NOW_MS } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'
import { firstBadSeq } from './audit-contract.ts'
import { expectBalance, updateOf } from './delivery-contract.ts'
import { INTENT, RECEIPT, spanOf } from './effect-contract.ts'

/** A place for the stores of two replicas. */
export interface ReplicaPlace {
  open(): Promise<Store>
  /** Takes the turn of a name away, as if it had not been renewed in time. */
  takeTurnAway(name: string): Promise<void>
  /** Makes it so long ago that the look at the group gave a sign of life that its process counts as dead. */
  forgetLook(groupKey: string): Promise<void>
  remove(): Promise<void>
}

const KEPT = { mergedUpTo: null, isSettled: false }
const REFUSED = { ...RECEIPT, result: 'refused' as const }

/** What an adapter promises whose store several replicas share. */
export function replicaContract(place: () => ReplicaPlace): void {
  let here: ReplicaPlace
  let one: Store
  let other: Store

  beforeEach(async () => {
    here = place()
    one = await here.open()
    other = await here.open()
  })

  afterEach(async () => {
    await one.close()
    await other.close()
    await here.remove()
  })

  describe('two replicas', () => {
    test('see what the other one wrote', async () => {
      await one.putMode({ mode: 'live', paused: true }, 'operator:ada', NOW_MS)
      await one.accept(updateOf(1), 'k', NOW_MS)
      expect(JSON.parse((await other.setting('mode')) ?? '')).toEqual({ mode: 'live', paused: true })
      expect(await other.pending(GROUP_KEY)).toHaveLength(1)
      expect(await other.due(NOW_MS, 10)).toEqual([GROUP_KEY])
    })

    test('can not both store one version of a case', async () => {
      const loaded = await one.saveCase(aCase(), KEPT)
      await other.saveCase({ ...loaded, state: 'waiting' }, KEPT)
      await expect(one.saveCase({ ...loaded, state: 'snoozed' }, KEPT)).rejects.toBeInstanceOf(VersionConflictError)
    })

    test('keep the books while both accept, set aside and settle', async () => {
      await Promise.all(
        Array.from({ length: 100 }, async (_, at) => {
          const store = at % 2 === 0 ? one : other
          await store.accept(updateOf(2, `g${at % 5}`), `k${at % 3}`, NOW_MS)
          if (at % 10 === 0) await store.acceptIgnored(1)
          if (at % 7 === 0) await store.discard(`g${at % 5}`, Number.MAX_SAFE_INTEGER)
          await expectBalance(store)
        }),
      )
      expect((await one.books()).accepted).toBe(210)
      expect(await one.books()).toEqual(await other.books())
    })

    test('add to one chain of audit records, however many at once', async () => {
      await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          (at % 2 === 0 ? one : other).appendAudit({ kind: 'k', actor: 'a', record: { at }, nowMs: NOW_MS }),
        ),
      )
      const records = await other.auditRecords(0, 200)
      expect(records).toHaveLength(100)
      expect(firstBadSeq(records)).toBeNull()
    })

    test('have turns one after another', async () => {
      let inside = 0
      let turns = 0
      await Promise.all(
        Array.from({ length: 12 }, (_, at) =>
          (at % 2 === 0 ? one : other).exclusive.run('g', async () => {
            inside += 1
            expect(inside).toBe(1)
            // Long enough for the others to ask.
            for (let writes = 0; writes < 20; writes += 1) await other.checkWritable()
            inside -= 1
            turns += 1
          }),
        ),
      )
      expect(turns).toBe(12)
    })

    test('a turn that was lost passes on, while its work still runs', async () => {
      const gate = Promise.withResolvers<void>()
      const began = Promise.withResolvers<void>()
      const first = one.exclusive.run('g', () => {
        began.resolve()
        return gate.promise
      })
      await began.promise
      const second = other.exclusive.run('g', async () => 'done')
      await here.takeTurnAway('g')
      await expect(second).resolves.toBe('done')
      gate.resolve()
      await first
    })

    test.each<[string, (store: Store) => Promise<unknown>]>([
      ['an intent', (store) => store.intend(INTENT, NOW_MS, [spanOf()])],
      ['a withdrawal', (store) => store.withdraw(INTENT.key)],
      ['a case', (store) => store.saveCase(aCase(), KEPT)],
    ])('of work whose turn was lost %s is refused, by an outer turn too', async (_name, write) => {
      for (const lost of ['outer', 'inner']) {
        const work = one.exclusive.run('outer', () =>
          one.exclusive.run('inner', async () => {
            await here.takeTurnAway(lost)
            await write(one)
          }),
        )
        await expect(work).rejects.toBeInstanceOf(LeaseLostError)
      }
      expect(await other.effect(INTENT.key)).toBeNull()
      expect(await other.snoozesOf(CLUSTER_ID, 0)).toEqual([])
      expect(await other.caseById('case-1')).toBeNull()
    })

    test('what was done is taken in though the turn was lost', async () => {
      await one.exclusive.run('g', async () => {
        await one.intend(INTENT, NOW_MS)
        await here.takeTurnAway('g')
        await one.conclude(INTENT.key, 'done', RECEIPT, NOW_MS)
      })
      expect(await other.effect(INTENT.key)).toMatchObject({ state: 'done' })
    })

    test("an attempt that one has under way is neither withdrawn nor refused by the other's", async () => {
      await one.exclusive.run('g', async () => {
        await one.intend(INTENT, NOW_MS, [spanOf()])
        await other.exclusive.run('elsewhere', async () => {
          await other.withdraw(INTENT.key)
          await other.conclude(INTENT.key, 'refused', REFUSED, NOW_MS)
        })
        await other.withdraw(INTENT.key)
        expect(await one.effect(INTENT.key)).toMatchObject({ state: 'intent', attempts: 1 })
        expect(await one.snoozesOf(CLUSTER_ID, 0)).toHaveLength(1)
      })
    })

    test('an attempt whose turn is over is withdrawn by whoever has the turn now', async () => {
      await one.exclusive.run('g', () => one.intend(INTENT, NOW_MS, [spanOf()]))
      await other.exclusive.run('g', () => other.withdraw(INTENT.key))
      expect(await one.effect(INTENT.key)).toBeNull()
      expect(await one.snoozesOf(CLUSTER_ID, 0)).toEqual([])
    })

    test('an attempt that one made outside of any turn is not withdrawn by the other', async () => {
      await one.intend(INTENT, NOW_MS)
      await other.withdraw(INTENT.key)
      expect(await one.effect(INTENT.key)).toMatchObject({ state: 'intent' })
      await one.withdraw(INTENT.key)
      expect(await other.effect(INTENT.key)).toBeNull()
    })

    test('a group that one looks at is not due at the other, and what makes it due meanwhile is not lost', async () => {
      await one.accept(updateOf(1, 'g'), 'k', NOW_MS)
      await one.exclusive.run('g', async () => {
        await one.beginLook('g', NOW_MS)
        await other.accept(updateOf(1, 'g'), 'k2', NOW_MS + 1)
        expect(await other.due(NOW_MS + HOUR_MS, 10)).toEqual([])
        expect(await other.nextDueMs()).toBeNull()
        expect(await other.triesIfDue('g', NOW_MS + HOUR_MS)).toBeNull()
        await one.endLook('g', null)
      })
      expect(await other.due(NOW_MS + 1, 10)).toEqual(['g'])
    })

    test('a look whose replica is dead is taken up again, its try counted', async () => {
      await one.makeDue('g', NOW_MS)
      await one.beginLook('g', NOW_MS)
      await here.forgetLook('g')
      expect(await other.due(NOW_MS + 1, 10)).toEqual(['g'])
      expect(await other.beginLook('g', NOW_MS)).toBe(2)
    })

    test('the end of a look that another one has taken over leaves that one alone', async () => {
      await one.beginLook('g', NOW_MS)
      await here.forgetLook('g')
      await other.due(NOW_MS, 10)
      await other.beginLook('g', NOW_MS)
      await one.endLook('g', NOW_MS)
      expect(await one.due(NOW_MS + HOUR_MS, 10)).toEqual([])
      await other.endLook('g', null)
      expect(await one.due(NOW_MS, 10)).toEqual(['g'])
    })

    test('a replica that is closed gives its looks back', async () => {
      const third = await here.open()
      await third.makeDue('g', NOW_MS)
      await third.beginLook('g', NOW_MS)
      await third.close()
      await waitUntil('the look to be given back', async () => (await one.due(NOW_MS, 10)).includes('g'))
    })
  })
}

import { describe, expect, test } from '@jest/globals'
import { chainHash, GENESIS_HASH } from '../../src/store/audit-chain.ts'
import type { AuditRecord, Store } from '../../src/store/store.ts'
import { NOW_MS } from '../support/builders.ts'

/** The chain's first record that its hash does not fit, or null. */
export function firstBadSeq(records: readonly AuditRecord[]): number | null {
  let previous = GENESIS_HASH
  for (const [at, record] of records.entries()) {
    if (record.seq !== at + 1 || record.hash !== chainHash(previous, record)) return record.seq
    previous = record.hash
  }
  return null
}

/** What every adapter promises of the audit chain. */
export function describeAuditContract(store: () => Store, reopen: () => Promise<void>): void {
  describe('the audit chain', () => {
    async function write(count: number): Promise<AuditRecord[]> {
      for (let at = 0; at < count; at += 1) {
        await store().appendAudit({
          kind: 'act',
          actor: 'operator:ada',
          record: { at, b: 1, a: 2 },
          nowMs: NOW_MS + at,
        })
      }
      return store().auditRecords(0, 100)
    }

    test('is empty at first', async () => {
      expect(await store().auditHead()).toBeNull()
      expect(await store().auditRecords(0, 10)).toEqual([])
    })

    test('numbers its records without a gap, chains them by hash and goes on after a restart', async () => {
      await write(2)
      await reopen()
      const records = await write(2)
      expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
      expect(firstBadSeq(records)).toBeNull()
      expect(await store().auditHead()).toEqual({ seq: 4, hash: records[3]?.hash })
    })

    test('keeps its order when many are written at once', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          store().appendAudit({ kind: 'k', actor: 'a', record: { at }, nowMs: NOW_MS }),
        ),
      )
      const records = await store().auditRecords(0, 100)
      expect(records).toHaveLength(50)
      expect(firstBadSeq(records)).toBeNull()
    })

    test('is read in pages', async () => {
      await write(5)
      expect((await store().auditRecords(2, 2)).map(({ seq }) => seq)).toEqual([3, 4])
    })

    test.each<[string, (records: AuditRecord[]) => AuditRecord[], number]>([
      [
        'a flipped letter',
        (all) => all.map((one) => (one.seq === 3 ? { ...one, record: one.record.replace('1', '2') } : one)),
        3,
      ],
      ['another actor', (all) => all.map((one) => (one.seq === 2 ? { ...one, actor: 'operator:eve' } : one)), 2],
      [
        'another time',
        (all) => all.map((one) => (one.seq === 2 ? { ...one, at: '2020-01-01T00:00:00.000Z' } : one)),
        2,
      ],
      ['a deleted record', (all) => all.filter(({ seq }) => seq !== 3), 4],
      ['a deleted first record', (all) => all.slice(1), 2],
      [
        'two records in another order',
        ([a, b, c, ...rest]) => [a, c, b, ...rest].filter((one) => one !== undefined),
        3,
      ],
    ])('names the first bad record after %s', async (_name, tamper, bad) => {
      const records = await write(5)
      expect(firstBadSeq(records)).toBeNull()
      expect(firstBadSeq(tamper(records))).toBe(bad)
    })

    test('one value has one text, whatever the order of its keys', async () => {
      const [first] = await write(1)
      expect(first?.record).toBe('{"a":2,"at":0,"b":1}')
    })

    test('holds each change of mode and each end of an effect', async () => {
      await store().putMode({ mode: 'live', paused: false }, 'operator:ada', NOW_MS)
      await store().intend({ key: 'k', caseId: 'c', action: 'note', target: 'Q1', parameters: {} }, NOW_MS)
      const receipt = {
        action: 'note' as const,
        result: 'created' as const,
        why: null,
        link: null,
        at: '2026-11-22T12:00:00.000Z',
      }
      await store().conclude('k', 'done', receipt, NOW_MS)
      const records = await store().auditRecords(0, 10)
      expect(records.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
        'mode operator:ada',
        'effect-done responder',
      ])
      expect(JSON.parse(records[1]?.record ?? '')).toMatchObject({
        key: 'k',
        caseId: 'c',
        target: 'Q1',
        result: 'created',
      })
    })
  })
}

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalJson, chainHash, GENESIS_HASH } from '../../src/store/audit-chain.ts'
import type { AuditRecord } from '../../src/store/store.ts'
import { verifyChain } from '../../src/store/verify-chain.ts'

function chainOf(count: number): AuditRecord[] {
  let previous = GENESIS_HASH
  return Array.from({ length: count }, (_, at) => {
    const entry = { seq: at + 1, at: '2026-11-22T12:00:00.000Z', kind: 'act', actor: 'operator:ada' }
    const record = { ...entry, record: canonicalJson({ at }) }
    previous = chainHash(previous, record)
    return { ...record, hash: previous }
  })
}

/** Pages of records, as a store gives them. */
function readerOf(records: readonly AuditRecord[]) {
  return {
    auditRecords: async (afterSeq: number, limit: number) =>
      records.filter(({ seq }) => seq > afterSeq).slice(0, Math.min(limit, 7)),
  }
}

const CHAIN = chainOf(20)
const HEAD = CHAIN.at(-1)?.hash ?? ''

describe('an audit chain', () => {
  test('that is whole is right, to its head', async () => {
    expect(await verifyChain(readerOf(CHAIN))).toEqual({
      records: 20,
      head: { seq: 20, hash: HEAD },
      fault: null,
      hasAnchor: null,
    })
  })

  test('without a record is right and has no head', async () => {
    expect(await verifyChain(readerOf([]))).toEqual({ records: 0, head: null, fault: null, hasAnchor: null })
  })

  test('names the first record that any single change makes bad', async () => {
    const field = fc.constantFrom<'at' | 'kind' | 'actor' | 'record' | 'hash'>('at', 'kind', 'actor', 'record', 'hash')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), field, async (seq, name) => {
        const changed = CHAIN.map((one) => (one.seq === seq ? { ...one, [name]: `${one[name]}0` } : one))
        expect((await verifyChain(readerOf(changed))).fault?.seq).toBe(seq)
      }),
    )
  })

  test('names the first record that is missing', async () => {
    for (const gone of [1, 8, 19]) {
      const { fault, records } = await verifyChain(readerOf(CHAIN.filter(({ seq }) => seq !== gone)))
      expect({ seq: fault?.seq, records }).toEqual({ seq: gone, records: gone - 1 })
    }
  })

  test('whose end was cut off is right in itself, and an anchor shows it', async () => {
    const cut = CHAIN.slice(0, 12)
    expect(await verifyChain(readerOf(cut))).toMatchObject({ fault: null, hasAnchor: null })
    expect(await verifyChain(readerOf(cut), { anchor: HEAD })).toMatchObject({ fault: null, hasAnchor: false })
    expect(await verifyChain(readerOf(CHAIN), { anchor: HEAD })).toMatchObject({ fault: null, hasAnchor: true })
  })

  test('that was written anew as a whole lacks the anchor', async () => {
    const other = chainOf(25).map((one) => ({ ...one, actor: 'operator:eve' }))
    let previous = GENESIS_HASH
    const rewritten = other.map((one) => {
      previous = chainHash(previous, one)
      return { ...one, hash: previous }
    })
    expect(await verifyChain(readerOf(rewritten), { anchor: HEAD })).toMatchObject({ fault: null, hasAnchor: false })
  })
})

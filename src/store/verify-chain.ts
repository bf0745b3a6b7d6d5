import { chainHash, GENESIS_HASH } from './audit-chain.ts'
import type { AuditRecord, AuditStore } from './store.ts'

/** What reading a whole audit chain showed. */
export interface ChainCheck {
  /** Records that were read and follow each other as they should. */
  records: number
  head: { seq: number; hash: string } | null
  /** The first record that is wrong, and what is wrong with it; null where every one is right. */
  fault: { seq: number; why: string } | null
  /** Whether the anchor stands in the chain; null where none was asked for. */
  hasAnchor: boolean | null
}

const PAGE = 1_000

/**
 * Reads the chain from its first record and checks that each follows the one before it: a record that was changed, left
 * out, added or moved is the first bad one. Records cut off at the end leave a chain that is right in itself: only an
 * anchor, a hash that was logged earlier, shows that.
 */
export async function verifyChain(
  store: Pick<AuditStore, 'auditRecords'>,
  { anchor = null, progress }: { anchor?: string | null; progress?: (records: number) => void } = {},
): Promise<ChainCheck> {
  let previous = { seq: 0, hash: GENESIS_HASH }
  let hasAnchor = anchor === null ? null : false
  const end = (fault: ChainCheck['fault']): ChainCheck => ({
    records: previous.seq,
    head: previous.seq === 0 ? null : previous,
    fault,
    hasAnchor,
  })
  for (;;) {
    const page = await store.auditRecords(previous.seq, PAGE)
    for (const record of page) {
      const why = faultOf(record, previous)
      if (why !== null) return end({ seq: previous.seq + 1, why })
      if (record.hash === anchor) hasAnchor = true
      previous = { seq: record.seq, hash: record.hash }
    }
    progress?.(previous.seq)
    if (page.length === 0) return end(null)
  }
}

function faultOf(record: AuditRecord, previous: { seq: number; hash: string }): string | null {
  if (record.seq !== previous.seq + 1) return `record ${previous.seq + 1} is missing: record ${record.seq} comes next`
  if (chainHash(previous.hash, record) !== record.hash)
    return `record ${record.seq} (${record.kind}, ${record.at}) is not the one that was written, or does not follow record ${previous.seq}`
  return null
}

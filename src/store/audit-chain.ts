import { hash } from 'node:crypto'

/** Hash that the first record of a chain follows. */
export const GENESIS_HASH = '0'.repeat(64)

export interface ChainedRecord {
  seq: number
  at: string
  kind: string
  actor: string
  /** The record as canonical JSON text. */
  record: string
}

/** The hash that chains a record to the one before it: sha256 over the earlier hash and every field. */
export function chainHash(previousHash: string, record: ChainedRecord): string {
  const text = JSON.stringify([previousHash, record.seq, record.at, record.kind, record.actor, record.record])
  return hash('sha256', text)
}

/** JSON with sorted keys, so that one value has one text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

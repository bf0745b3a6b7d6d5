import { canonicalJson, chainHash, GENESIS_HASH } from '../audit-chain.ts'
import type { AuditRecord, AuditStore, SettingStore } from '../store.ts'
import type { Database } from './database.ts'
import { integer, text } from './row.ts'

export interface AuditEntry {
  kind: string
  actor: string
  record: Record<string, unknown>
  nowMs: number
}

/** Adds a record to the chain inside the current commit. */
export function appendToChain(db: Database, entry: AuditEntry): void {
  const head = headOf(db)
  const chained = {
    seq: (head?.seq ?? 0) + 1,
    at: new Date(entry.nowMs).toISOString(),
    kind: entry.kind,
    actor: entry.actor,
    record: canonicalJson(entry.record),
  }
  db.run(
    'INSERT INTO audit (seq, at, kind, actor, record, hash) VALUES (?, ?, ?, ?, ?, ?)',
    chained.seq,
    chained.at,
    chained.kind,
    chained.actor,
    chained.record,
    chainHash(head?.hash ?? GENESIS_HASH, chained),
  )
}

export function sqliteAudit(db: Database): AuditStore {
  return {
    appendAudit: (entry) => db.write(() => appendToChain(db, entry)),
    async auditHead() {
      return headOf(db)
    },
    async auditRecords(afterSeq, limit) {
      return db
        .all('SELECT seq, at, kind, actor, record, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', afterSeq, limit)
        .map(
          (row): AuditRecord => ({
            seq: integer(row, 'seq'),
            at: text(row, 'at'),
            kind: text(row, 'kind'),
            actor: text(row, 'actor'),
            record: text(row, 'record'),
            hash: text(row, 'hash'),
          }),
        )
    },
  }
}

/** The settings. Their owner alone may keep what it has read: another process would not hear of a change. */
export function sqliteSettings(db: Database, { isOwner = false } = {}): SettingStore {
  const known = new Map<string, string | null>()

  function put(name: string, value: string): void {
    known.delete(name)
    db.run(
      'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    )
  }
  return {
    async setting(name) {
      db.assertSound()
      const kept = known.get(name)
      if (kept !== undefined) return kept
      const row = db.get('SELECT value FROM settings WHERE name = ?', name)
      const value = row ? text(row, 'value') : null
      if (isOwner) known.set(name, value)
      return value
    },
    putSetting: (name, value) => db.write(() => put(name, value)),
    putMode: (mode, by, nowMs) =>
      db.write(() => {
        put('mode', JSON.stringify(mode))
        appendToChain(db, { kind: 'mode', actor: by, record: { ...mode }, nowMs })
      }),
  }
}

function headOf(db: Database): { seq: number; hash: string } | null {
  const row = db.get('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1')
  return row ? { seq: integer(row, 'seq'), hash: text(row, 'hash') } : null
}

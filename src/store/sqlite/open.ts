import { ProcessExclusive } from '../exclusive.ts'
import { soleLeadership } from '../leadership.ts'
import type { Store } from '../store.ts'
import type { StoreReader } from '../store-reader.ts'
import { sqliteAudit, sqliteSettings } from './audit.ts'
import { sqliteCases } from './cases.ts'
import { Database } from './database.ts'
import { sqliteDeliveries } from './deliveries.ts'
import { reviveLooks, sqliteDue } from './due.ts'
import { sqliteEffects } from './effects.ts'
import { type FileHistory, openFileHistory } from './history.ts'
import { sqliteIncidentEvents } from './incident-events.ts'
import { SqliteMessageIndex } from './message-index.ts'
import { takeOwnership } from './owner-lock.ts'

/** Opens a store to read from it only, beside the process that owns it. @throws StoreUnavailableError when there is none. */
export function readSqliteStore(directory: string): StoreReader {
  const db = new Database(directory, { isReadOnly: true })
  return { ...sqliteCases(db), ...sqliteSettings(db), ...sqliteAudit(db), close: async () => db.close() }
}

/**
 * Opens the embedded store of a directory, migrated to this program's schema, with every look that a dead process left
 * behind due again. One process owns it.
 * @throws StoreUnavailableError when it can't be opened, is damaged, or was written by a newer program.
 */
export async function openSqliteStore(directory: string, nowMs: number): Promise<Store> {
  const lock = takeOwnership(directory)
  const { db, history } = await openDatabase(directory, nowMs).catch((error: unknown) => {
    lock.release()
    throw error
  })
  return {
    ...sqliteDeliveries(db),
    ...sqliteIncidentEvents(db),
    ...sqliteCases(db),
    ...sqliteDue(db),
    ...sqliteEffects(db),
    ...sqliteSettings(db, { isOwner: true }),
    ...sqliteAudit(db),
    messages: new SqliteMessageIndex(db),
    exclusive: new ProcessExclusive(),
    leadership: soleLeadership(),
    // A file that is damaged or cut is refused at the opening: what was acknowledged is there, unless an old copy was put back.
    history,
    checkWritable: () =>
      db.write(() => {
        db.run(
          "INSERT INTO counters (name, value) VALUES ('checks', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
        )
      }),
    close: async () => {
      history.stop()
      db.close()
      lock.release()
    },
  }
}

async function openDatabase(directory: string, nowMs: number): Promise<{ db: Database; history: FileHistory }> {
  const db = new Database(directory)
  const isNew = db.get('SELECT 1 AS kept FROM settings LIMIT 1') === undefined
  await reviveLooks(db, nowMs)
  return { db, history: await openFileHistory(sqliteSettings(db), { nowMs, isNew }) }
}

import type { DueStore } from '../store.ts'
import type { Database } from './database.ts'
import { integer, integerOrNull, text } from './row.ts'

/**
 * The due time of a group while it is being looked at: the far future, so that whatever makes it due meanwhile is
 * earlier and is not lost when the look ends. A look whose process died is taken up again by `reviveLooks` at start.
 */
const BEING_LOOKED_AT = 8_640_000_000_000_000

/** As SQL: whether the page of the group that is the first value may be held quiet. */
const IS_QUIET = 'EXISTS (SELECT 1 FROM cases WHERE group_key = ?1 AND is_quiet = 1)'

export function sqliteDue(db: Database): DueStore {
  return {
    makeDue: (groupKey, atMs) => db.write(() => makeDueNow(db, groupKey, atMs)),
    async due(nowMs, limit) {
      return db
        .all('SELECT group_key FROM due WHERE due_at <= ? ORDER BY due_at LIMIT ?', nowMs, limit)
        .map((row) => text(row, 'group_key'))
    },
    async quietDue(nowMs, limit) {
      return db
        .all('SELECT group_key FROM due WHERE is_quiet = 1 AND due_at <= ? ORDER BY due_at LIMIT ?', nowMs, limit)
        .map((row) => text(row, 'group_key'))
    },
    async nextDueMs() {
      const row = db.get('SELECT min(due_at) AS at FROM due WHERE due_at < ?', BEING_LOOKED_AT)
      return row ? integerOrNull(row, 'at') : null
    },
    async triesIfDue(groupKey, nowMs) {
      const row = db.get('SELECT attempts FROM due WHERE group_key = ? AND due_at <= ?', groupKey, nowMs)
      return row ? integer(row, 'attempts') : null
    },
    beginLook: (groupKey) =>
      db.writeAlong(() => {
        const row = db.get(
          `INSERT INTO due (group_key, due_at, attempts, is_quiet) VALUES (?1, ?2, 1, ${IS_QUIET})
           ON CONFLICT (group_key) DO UPDATE SET due_at = excluded.due_at, attempts = attempts + 1 RETURNING attempts`,
          groupKey,
          BEING_LOOKED_AT,
        )
        return row ? integer(row, 'attempts') : 1
      }),
    endLook: (groupKey, nextMs) =>
      db.writeAlong(() => {
        if (nextMs === null) {
          const ended = db.run('DELETE FROM due WHERE group_key = ? AND due_at = ?', groupKey, BEING_LOOKED_AT)
          if (ended === 0) db.run('UPDATE due SET attempts = 0 WHERE group_key = ?', groupKey)
          return
        }
        db.run('UPDATE due SET due_at = min(due_at, ?), attempts = 0 WHERE group_key = ?', Math.ceil(nextMs), groupKey)
      }),
  }
}

/** Makes a group due inside the current commit, or earlier if it is due later. The column holds whole milliseconds only. */
export function makeDueNow(db: Database, groupKey: string, atMs: number): void {
  db.run(
    `INSERT INTO due (group_key, due_at, attempts, is_quiet) VALUES (?1, ?2, 0, ${IS_QUIET})
     ON CONFLICT (group_key) DO UPDATE SET due_at = min(due_at, excluded.due_at)`,
    groupKey,
    Math.ceil(atMs),
  )
}

/** Tells the due time of a group whether its page is held quiet, inside the commit of its case. */
export function keepQuiet(db: Database, groupKey: string): void {
  db.run(`UPDATE due SET is_quiet = ${IS_QUIET} WHERE group_key = ?1 AND is_quiet <> ${IS_QUIET}`, groupKey)
}

/** Makes every look that a dead process left behind due at once. Called when the store is opened by its only owner. */
export function reviveLooks(db: Database, nowMs: number): Promise<number> {
  return db.write(() => {
    // A group that was given up before its case was stored is due again too: its alerts are still pending.
    db.run(
      `INSERT INTO due (group_key, due_at, attempts, is_quiet)
       SELECT DISTINCT group_key, ?, 0, EXISTS (SELECT 1 FROM cases c WHERE c.group_key = d.group_key AND is_quiet = 1)
       FROM deliveries d WHERE state = 'pending' ON CONFLICT (group_key) DO NOTHING`,
      nowMs,
    )
    // Before all that waits: such a look may have acknowledged a page which its case does not know of yet.
    return db.run('UPDATE due SET due_at = 0 WHERE due_at = ?', BEING_LOOKED_AT)
  })
}

import type { GroupUpdate } from '../../model/alert.ts'
import type { DeliveryStore } from '../store.ts'
import type { Database } from './database.ts'
import { makeDueNow } from './due.ts'
import { integer, integerOrNull, text } from './row.ts'

/** Durable intake on the embedded store. */
export function sqliteDeliveries(db: Database): DeliveryStore {
  return {
    accept: (update, contentKey, receivedAtMs) =>
      db.write(() => {
        const count = update.alerts.length
        addToCounter(db, 'accepted', count)
        if (isPendingCopy(db, update.groupKey, contentKey)) {
          addToCounter(db, 'done', count)
          return
        }
        db.run(
          `INSERT INTO deliveries (group_key, content_key, received_at, alert_count, state, body) VALUES (?, ?, ?, ?, 'pending', ?)`,
          update.groupKey,
          contentKey,
          receivedAtMs,
          count,
          JSON.stringify(update),
        )
        makeDueNow(db, update.groupKey, receivedAtMs)
      }),
    acceptIgnored: (alertCount) =>
      db.write(() => {
        addToCounter(db, 'accepted', alertCount)
        addToCounter(db, 'done', alertCount)
      }),
    quarantine: (entry) =>
      db.write(() => {
        addToCounter(db, 'accepted', entry.alertCount)
        addToCounter(db, 'quarantined', entry.alertCount)
        db.run(
          'INSERT INTO quarantine (received_at, source, why, alert_count, body) VALUES (?, ?, ?, ?, ?)',
          entry.receivedAtMs,
          entry.source,
          entry.why,
          entry.alertCount,
          entry.body,
        )
      }),
    async pending(groupKey) {
      const rows = db.all(
        `SELECT id, received_at, body FROM deliveries WHERE group_key = ? AND state = 'pending' ORDER BY id`,
        groupKey,
      )
      // The body was validated before it was stored and is ours since.
      return rows.map((row) => ({
        id: integer(row, 'id'),
        receivedAtMs: integer(row, 'received_at'),
        update: JSON.parse(text(row, 'body')) as GroupUpdate,
      }))
    },
    discard: (groupKey, upToId) =>
      db.write(() => {
        const row = db.get(
          'SELECT coalesce(sum(alert_count), 0) AS n FROM deliveries WHERE group_key = ? AND id <= ?',
          groupKey,
          upToId,
        )
        db.run('DELETE FROM deliveries WHERE group_key = ? AND id <= ?', groupKey, upToId)
        addToCounter(db, 'done', row ? integer(row, 'n') : 0)
      }),
    async books() {
      const counters = Object.fromEntries(
        db.all('SELECT name, value FROM counters').map((row) => [text(row, 'name'), integer(row, 'value')]),
      )
      const open = db.get(
        'SELECT coalesce(sum(alert_count), 0) AS pending, min(received_at) AS oldest FROM deliveries',
      ) ?? { pending: 0, oldest: null }
      return {
        accepted: counters.accepted ?? 0,
        done: counters.done ?? 0,
        quarantined: counters.quarantined ?? 0,
        pending: integer(open, 'pending'),
        oldestPendingMs: integerOrNull(open, 'oldest'),
      }
    },
  }
}

/** Adds to a counter inside the current commit. */
export function addToCounter(db: Database, name: string, amount: number): void {
  db.run(
    'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
    name,
    amount,
  )
}

function isPendingCopy(db: Database, groupKey: string, contentKey: string): boolean {
  return (
    db.get(
      `SELECT 1 FROM deliveries WHERE group_key = ? AND content_key = ? AND state = 'pending'
       AND id = (SELECT max(id) FROM deliveries WHERE group_key = ? AND state = 'pending')`,
      groupKey,
      contentKey,
      groupKey,
    ) !== undefined
  )
}

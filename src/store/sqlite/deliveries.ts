import type { GroupUpdate } from '../../model/alert.ts'
import { dedupKeyOf } from '../../model/identity.ts'
import type { DeliveryStore, QuarantineEntry } from '../store.ts'
import type { Database } from './database.ts'
import { makeDueNow } from './due.ts'
import { integer, integerOrNull, text } from './row.ts'

/** Durable intake on the embedded store. */
export function sqliteDeliveries(db: Database): DeliveryStore {
  return {
    accept: (update, contentKey, receivedAtMs) =>
      db.write(() => {
        const { groupKey, isNew } = nameOfGroup(db, update.groupKey)
        const count = update.alerts.length
        addToCounter(db, 'accepted', count)
        if (!isNew && isPendingCopy(db, groupKey, contentKey)) {
          addToCounter(db, 'done', count)
          return
        }
        db.run(
          `INSERT INTO deliveries (group_key, content_key, received_at, alert_count, state, body) VALUES (?, ?, ?, ?, 'pending', ?)`,
          groupKey,
          contentKey,
          receivedAtMs,
          count,
          JSON.stringify(groupKey === update.groupKey ? update : { ...update, groupKey }),
        )
        makeDueNow(db, groupKey, receivedAtMs)
      }),
    acceptIgnored: (alertCount) =>
      db.write(() => {
        addToCounter(db, 'accepted', alertCount)
        addToCounter(db, 'done', alertCount)
      }),
    quarantine: (entry) => db.write(() => setAside(db, entry)),
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
    async newestPending(groupKey) {
      const row = db.get(`SELECT max(id) AS id FROM deliveries WHERE group_key = ? AND state = 'pending'`, groupKey)
      return row ? integerOrNull(row, 'id') : null
    },
    discard: (groupKey, upToId) =>
      db.writeAlong(() => {
        const gone = db.all(
          'DELETE FROM deliveries WHERE group_key = ? AND id <= ? RETURNING alert_count',
          groupKey,
          upToId,
        )
        addToCounter(db, 'done', countAlerts(gone))
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

/** Alerts of the rows of deliveries. */
export function countAlerts(rows: readonly Record<string, unknown>[]): number {
  return rows.reduce((sum, row) => sum + integer(row, 'alert_count'), 0)
}

/** Adds to a counter inside the current commit. */
export function addToCounter(db: Database, name: string, amount: number): void {
  db.run(
    'INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
    name,
    amount,
  )
}

/** Puts a message aside for people, inside the current commit. */
export function setAside(db: Database, entry: QuarantineEntry): void {
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
}

/** The name under which a group is kept: the first one that was used for its dedup key; and whether this is the first. */
function nameOfGroup(db: Database, groupKey: string): { groupKey: string; isNew: boolean } {
  const dedupKey = dedupKeyOf(groupKey)
  const known = db.get('SELECT group_key FROM group_names WHERE dedup_key = ?', dedupKey)
  if (known) return { groupKey: text(known, 'group_key'), isNew: false }
  db.run('INSERT INTO group_names (dedup_key, group_key) VALUES (?, ?)', dedupKey, groupKey)
  return { groupKey, isNew: true }
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

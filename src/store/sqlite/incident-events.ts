import type { IncidentEvent, IncidentEventStore } from '../store.ts'
import { toCase } from './cases.ts'
import type { Database } from './database.ts'
import { setAside } from './deliveries.ts'
import { makeDueNow } from './due.ts'
import { integer, integerOrNull, text } from './row.ts'

/**
 * How long an event's id is remembered: twice the age at which one is refused, since PagerDuty's clock may be that far
 * ahead of ours. Milliseconds.
 */
const REMEMBERED_MS = 98 * 3_600_000

/** What PagerDuty told, on the embedded store. */
export function sqliteIncidentEvents(db: Database): IncidentEventStore {
  return {
    acceptIncidentEvent: (event, entry) =>
      db.write(() => {
        db.run(
          `DELETE FROM incident_events WHERE received_at < ? AND state = 'done'`,
          event.receivedAtMs - REMEMBERED_MS,
        )
        if (!insertEvent(db, event)) return false
        if (entry) setAside(db, entry)
        return true
      }),
    async incidentNews(groupKey) {
      const row = db.get(
        `SELECT max(seq) AS up_to FROM incident_events WHERE group_key = ? AND state = 'pending'`,
        groupKey,
      )
      return row ? integerOrNull(row, 'up_to') : null
    },
    settleIncidentNews: (groupKey, upTo) =>
      db.write(() => {
        db.run(
          `UPDATE incident_events SET state = 'done' WHERE group_key = ? AND seq <= ? AND state = 'pending'`,
          groupKey,
          upTo,
        )
      }),
    async unplacedIncidents(limit) {
      return db
        .all(
          `SELECT incident_id, min(received_at) AS since, max(seq) AS up_to FROM incident_events
           WHERE state = 'pending' AND group_key IS NULL GROUP BY incident_id ORDER BY since LIMIT ?`,
          limit,
        )
        .map((row) => ({
          incidentId: text(row, 'incident_id'),
          sinceMs: integer(row, 'since'),
          upTo: integer(row, 'up_to'),
        }))
    },
    placeIncident: ({ incidentId, upTo }, groupKey, nowMs) =>
      db.write(() => {
        db.run(
          `UPDATE incident_events SET group_key = ?, state = ?
           WHERE incident_id = ? AND seq <= ? AND state = 'pending' AND group_key IS NULL`,
          groupKey,
          groupKey === null ? 'done' : 'pending',
          incidentId,
          upTo,
        )
        if (groupKey !== null) makeDueNow(db, groupKey, nowMs)
      }),
    openCaseOfIncident: async (incidentId) => toCase(openCaseRow(db, incidentId)),
    async latestCaseOfKey(dedupKey) {
      return toCase(
        db.get(
          `SELECT c.document FROM group_names n JOIN cases c ON c.group_key = n.group_key
           WHERE n.dedup_key = ? ORDER BY c.opened_at DESC, c.id DESC LIMIT 1`,
          dedupKey,
        ),
      )
    },
  }
}

/** False when the event is known already. */
function insertEvent(db: Database, event: IncidentEvent): boolean {
  const { eventId, incidentId, type, receivedAtMs, lookAtMs, mayOpenCase } = event
  const holder = incidentId === null ? undefined : openCaseRow(db, incidentId)
  const groupKey = holder ? text(holder, 'group_key') : null
  const isPending = groupKey !== null || (incidentId !== null && mayOpenCase)
  const inserted = db.run(
    `INSERT INTO incident_events (event_id, received_at, type, incident_id, group_key, state)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`,
    eventId,
    receivedAtMs,
    type,
    incidentId,
    groupKey,
    isPending ? 'pending' : 'done',
  )
  if (inserted === 0) return false
  if (groupKey !== null) makeDueNow(db, groupKey, lookAtMs)
  return true
}

function openCaseRow(db: Database, incidentId: string): Record<string, unknown> | undefined {
  return db.get(
    `SELECT c.group_key, c.document FROM case_incidents i JOIN cases c ON c.id = i.case_id
     WHERE i.incident_id = ? AND c.state <> 'resolved' ORDER BY c.opened_at DESC, c.id DESC LIMIT 1`,
    incidentId,
  )
}

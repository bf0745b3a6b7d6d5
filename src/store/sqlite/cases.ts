import { VersionConflictError } from '../../errors.ts'
import { CASE_STATES, type Case, type CaseState, isQuiet } from '../../model/case.ts'
import { identifyCluster } from '../../model/identity.ts'
import type { CaseFilter, CaseStore } from '../store.ts'
import { ChangedCases } from './changed-cases.ts'
import type { Database } from './database.ts'
import { addToCounter, countAlerts } from './deliveries.ts'
import { keepQuiet } from './due.ts'
import { integer, text } from './row.ts'

/** As SQL: named one by one, an index finds them; "not resolved" would read every case there ever was. */
const OPEN_STATES = CASE_STATES.filter((state) => state !== 'resolved')
  .map((state) => `'${state}'`)
  .join(', ')
const NEIGHBOURS = 10
/** Rows read for them, each twice: one cluster may have several open cases. */
const NEIGHBOURS_READ = 20

/** Cases as JSON documents, with the columns that questions are asked about beside them. */
export function sqliteCases(db: Database): CaseStore {
  const changed = new ChangedCases()
  return {
    async caseById(id) {
      return toCase(db.get('SELECT document FROM cases WHERE id = ?', id))
    },
    async latestCase(groupKey) {
      return toCase(
        db.get('SELECT document FROM cases WHERE group_key = ? ORDER BY opened_at DESC, id DESC LIMIT 1', groupKey),
      )
    },
    async saveCase(subject, { mergedUpTo, isSettled }) {
      const stored = await db.write(() => {
        const saved = putCase(db, subject)
        if (mergedUpTo !== null) {
          db.run(
            `UPDATE deliveries SET state = 'merged', body = '' WHERE group_key = ? AND id <= ? AND state = 'pending'`,
            subject.groupKey,
            mergedUpTo,
          )
        }
        if (isSettled) settleDeliveries(db, subject.groupKey)
        return saved
      })
      changed.add(stored.id)
      return stored
    },
    async listCases(filter) {
      const { where, values } = toWhere(filter)
      const rows = db.all(
        `SELECT id, opened_at, document FROM cases c ${where} ORDER BY opened_at DESC, id DESC LIMIT ?`,
        ...values,
        filter.limit + 1,
      )
      const page = rows.slice(0, filter.limit)
      const last = page.at(-1)
      return {
        cases: page.map((row) => JSON.parse(text(row, 'document')) as Case),
        nextCursor: rows.length > filter.limit && last ? toCursor(integer(last, 'opened_at'), text(last, 'id')) : null,
      }
    },
    async openCaseIds() {
      return db.all(`SELECT id, group_key FROM cases WHERE state IN (${OPEN_STATES})`).map(toIds)
    },
    async openCasesOfCluster(clusterId) {
      return db
        .all(
          `SELECT c.id, c.group_key FROM case_clusters k JOIN cases c ON c.id = k.case_id
           WHERE k.cluster_id = ? AND c.state <> 'resolved'`,
          clusterId,
        )
        .map(toIds)
    },
    async openNeighbours({ region, accountId, exceptCaseId }) {
      const near = (column: 'region' | 'account_id', value: string) =>
        db.all(
          `SELECT cluster_id, opened_at FROM case_clusters
           WHERE is_open = 1 AND ${column} = ? AND case_id <> ? ORDER BY opened_at DESC LIMIT ${NEIGHBOURS_READ}`,
          value,
          exceptCaseId,
        )
      const newestFirst = [...near('region', region), ...near('account_id', accountId)].toSorted(
        (a, b) => integer(b, 'opened_at') - integer(a, 'opened_at'),
      )
      return [...new Set(newestFirst.map((row) => text(row, 'cluster_id')))].slice(0, NEIGHBOURS)
    },
    async arrivals(sinceMs) {
      return db
        .all('SELECT cluster_id, region, account_id, started_at FROM case_clusters WHERE started_at >= ?', sinceMs)
        .map((row) => ({
          clusterId: text(row, 'cluster_id'),
          region: text(row, 'region'),
          accountId: text(row, 'account_id'),
          atMs: integer(row, 'started_at'),
        }))
    },
    async countCases(clusterId, sinceMs) {
      const row = db.get(
        'SELECT count(*) AS n FROM case_clusters WHERE cluster_id = ? AND opened_at >= ?',
        clusterId,
        sinceMs,
      )
      return row ? integer(row, 'n') : 0
    },
    async countByState() {
      const counts = Object.fromEntries(CASE_STATES.map((state) => [state, 0])) as Record<CaseState, number>
      for (const row of db.all('SELECT state, count(*) AS n FROM cases GROUP BY state')) {
        const state = CASE_STATES.find((known) => known === row.state)
        if (state) counts[state] = integer(row, 'n')
      }
      return counts
    },
    changesSince: async (position) => changed.since(position),
  }
}

function putCase(db: Database, subject: Case): Case {
  const saved: Case = { ...subject, version: subject.version + 1 }
  const reasons = subject.alerts
    .map((alert) => alert.judgement?.verdict.reason)
    .filter((reason) => reason !== undefined)
  const values = [
    saved.updatedAtMs,
    saved.state,
    JSON.stringify([...new Set(reasons)]),
    saved.version,
    JSON.stringify(saved),
    isQuiet(saved) ? 1 : 0,
  ] as const
  if (subject.version === 0) {
    db.run(
      `INSERT INTO cases (updated_at, state, reasons, version, document, is_quiet, id, group_key, dedup_key, opened_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...values,
      saved.id,
      saved.groupKey,
      saved.dedupKey,
      saved.openedAtMs,
    )
  } else {
    const changed = db.run(
      `UPDATE cases SET updated_at = ?, state = ?, reasons = ?, version = ?, document = ?, is_quiet = ?
       WHERE id = ? AND version = ?`,
      ...values,
      saved.id,
      subject.version,
    )
    if (changed === 0) throw new VersionConflictError(subject.id)
  }
  keepQuiet(db, saved.groupKey)
  const isOpen = saved.state === 'resolved' ? 0 : 1
  for (const alert of saved.alerts) {
    const identity = identifyCluster(alert)
    if (identity.kind !== 'identified') continue
    db.run(
      `INSERT INTO case_clusters (cluster_id, case_id, opened_at, started_at, region, account_id, is_open)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (cluster_id, case_id) DO UPDATE SET started_at = excluded.started_at`,
      identity.clusterId,
      saved.id,
      saved.openedAtMs,
      alert.startsAtMs,
      identity.region,
      identity.accountId,
      isOpen,
    )
  }
  // An alert that the case holds no more left its cluster there.
  db.run('UPDATE case_clusters SET is_open = ? WHERE case_id = ? AND is_open <> ?', isOpen, saved.id, isOpen)
  for (const { id } of saved.incidents) {
    db.run('INSERT INTO case_incidents (incident_id, case_id) VALUES (?, ?) ON CONFLICT DO NOTHING', id, saved.id)
  }
  return saved
}

function settleDeliveries(db: Database, groupKey: string): void {
  // A message without an alert counts for nothing in the books and is settled all the same.
  const settled = countAlerts(
    db.all(`DELETE FROM deliveries WHERE group_key = ? AND state = 'merged' RETURNING alert_count`, groupKey),
  )
  if (settled > 0) addToCounter(db, 'done', settled)
}

function toWhere(filter: CaseFilter): { where: string; values: (string | number)[] } {
  const parts: string[] = []
  const values: (string | number)[] = []
  if (filter.state) {
    parts.push('state = ?')
    values.push(filter.state)
  }
  if (filter.reason) {
    parts.push('EXISTS (SELECT 1 FROM json_each(c.reasons) WHERE value = ?)')
    values.push(filter.reason)
  }
  if (filter.clusterId) {
    parts.push('c.id IN (SELECT case_id FROM case_clusters WHERE cluster_id = ?)')
    values.push(filter.clusterId)
  }
  const cursor = filter.cursor ? fromCursor(filter.cursor) : null
  if (cursor) {
    parts.push('(opened_at, id) < (?, ?)')
    values.push(cursor.openedAtMs, cursor.id)
  }
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values }
}

function toCursor(openedAtMs: number, id: string): string {
  return Buffer.from(`${openedAtMs}:${id}`, 'utf8').toString('base64url')
}

function fromCursor(cursor: string): { openedAtMs: number; id: string } | null {
  const match = /^(\d{1,16}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))
  return match?.[1] && match[2] ? { openedAtMs: Number(match[1]), id: match[2] } : null
}

/** The case of a row's document, or null where there is no row. */
export function toCase(row: Record<string, unknown> | undefined): Case | null {
  return row ? (JSON.parse(text(row, 'document')) as Case) : null
}

function toIds(row: Record<string, unknown>): { id: string; groupKey: string } {
  return { id: text(row, 'id'), groupKey: text(row, 'group_key') }
}

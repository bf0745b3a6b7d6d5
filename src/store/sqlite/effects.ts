import { ACTION_KINDS, type Receipt } from '../../model/plan.ts'
import type { EffectRecord, EffectStore } from '../store.ts'
import { appendToChain } from './audit.ts'
import type { Database } from './database.ts'
import { RecentSnoozes } from './recent-snoozes.ts'
import { integer, integerOrNull, text, textOrNull } from './row.ts'

const COLUMNS = 'key, case_id, action, target, state, parameters, attempts, intended_at, receipt'

/** The journal of effects on the embedded store. Intents and receipts enter the audit chain in the same commit. */
export function sqliteEffects(db: Database): EffectStore {
  const recent = new RecentSnoozes(db)

  /** A write that touches snoozes; one that fails may have been counted in. */
  async function countedIn<T>(write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      recent.reset()
      throw error
    }
  }
  return {
    async effect(key) {
      const row = db.get(`SELECT ${COLUMNS} FROM effects WHERE key = ?`, key)
      return row ? toRecord(row) : null
    },
    async effectsOf(caseId) {
      return db.all(`SELECT ${COLUMNS} FROM effects WHERE case_id = ? ORDER BY intended_at, key`, caseId).map(toRecord)
    },
    intend: (intent, nowMs, snoozes = []) => {
      const write = db.write(() => {
        db.run(
          `INSERT INTO effects (key, case_id, action, target, state, parameters, attempts, intended_at)
           VALUES (?, ?, ?, ?, 'intent', ?, 1, ?)
           ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1, intended_at = excluded.intended_at,
             parameters = excluded.parameters, state = 'intent'
           WHERE state <> 'done'`,
          intent.key,
          intent.caseId,
          intent.action,
          intent.target,
          JSON.stringify(intent.parameters),
          nowMs,
        )
        for (const snooze of snoozes) {
          const isNew = db.run(
            `INSERT INTO snoozes (effect_key, cluster_id, case_id, budget, is_real, from_ms, until_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING`,
            intent.key,
            snooze.clusterId,
            snooze.caseId,
            snooze.budget,
            snooze.isReal ? 1 : 0,
            snooze.fromMs,
            snooze.untilMs,
          )
          if (isNew === 1 && snooze.isReal) recent.add(intent.key, snooze.fromMs)
        }
        const row = db.get(`SELECT ${COLUMNS} FROM effects WHERE key = ?`, intent.key)
        if (!row) throw new TypeError('an intent was stored and is not there')
        return toRecord(row)
      })
      return snoozes.length === 0 ? write : countedIn(write)
    },
    // A receipt that the machine loses leaves an intent, which is probed.
    conclude: (key, state, receipt, nowMs, found = {}) =>
      db.writeAlong(() => {
        db.run(
          // What is known to be done stays done, whatever a later try was told.
          `UPDATE effects SET state = ?, receipt = ?, parameters = json_patch(parameters, ?)
           WHERE key = ? AND (state <> 'done' OR ? = 'done')`,
          state,
          JSON.stringify(receipt),
          JSON.stringify(found),
          key,
          state,
        )
        const row = db.get('SELECT case_id, target FROM effects WHERE key = ?', key)
        appendToChain(db, {
          kind: `effect-${state}`,
          actor: 'responder',
          record: {
            key,
            caseId: row ? text(row, 'case_id') : null,
            target: row ? text(row, 'target') : null,
            ...receipt,
          },
          nowMs,
        })
      }),
    withdraw: (key) =>
      db.writeAlong(() => {
        // Snooze time that was really used stays counted.
        const gone = db.run(
          `DELETE FROM snoozes WHERE effect_key = ?
           AND NOT EXISTS (SELECT 1 FROM effects WHERE key = effect_key AND state = 'done')`,
          key,
        )
        if (gone > 0) recent.reset()
        db.run(`DELETE FROM effects WHERE key = ? AND state = 'intent'`, key)
      }),
    async snoozesOf(clusterId, sinceMs) {
      return db
        .all(
          `SELECT cluster_id, case_id, budget, is_real, from_ms, until_ms FROM snoozes
           WHERE cluster_id = ? AND until_ms > ? ORDER BY from_ms`,
          clusterId,
          sinceMs,
        )
        .map((row) => ({
          clusterId: text(row, 'cluster_id'),
          caseId: text(row, 'case_id'),
          budget: text(row, 'budget'),
          isReal: integer(row, 'is_real') === 1,
          fromMs: integer(row, 'from_ms'),
          untilMs: integer(row, 'until_ms'),
        }))
    },
    async countSnoozes(sinceMs, isReal) {
      if (isReal) return recent.count(sinceMs)
      const row = db.get(
        'SELECT count(DISTINCT effect_key) AS n FROM snoozes WHERE from_ms >= ? AND is_real = 0',
        sinceMs,
      )
      return row ? integer(row, 'n') : 0
    },
    async countEffects(keyPrefix, sinceMs) {
      const row = db.get(
        `SELECT count(*) AS n FROM effects
         WHERE key >= ? AND key < ? AND state <> 'refused' AND intended_at >= ?`,
        keyPrefix,
        `${keyPrefix}\uffff`,
        sinceMs,
      )
      return row ? integer(row, 'n') : 0
    },
    endSnoozes: (caseId, atMs) =>
      db.writeAlong(() => {
        db.run('UPDATE snoozes SET until_ms = max(from_ms, ?) WHERE case_id = ? AND until_ms > ?', atMs, caseId, atMs)
      }),
    async openIntents(keyPrefix) {
      return db
        .all(
          `SELECT ${COLUMNS} FROM effects WHERE state = 'intent' AND key >= ? AND key < ? ORDER BY intended_at, key`,
          keyPrefix,
          `${keyPrefix}\uffff`,
        )
        .map(toRecord)
    },
    async oldestOpenIntentMs() {
      const row = db.get(`SELECT min(intended_at) AS at FROM effects WHERE state = 'intent'`)
      return row ? integerOrNull(row, 'at') : null
    },
  }
}

function toRecord(row: Record<string, unknown>): EffectRecord {
  const action = ACTION_KINDS.find((kind) => kind === row.action)
  const state = (['intent', 'done', 'refused'] as const).find((known) => known === row.state)
  if (!action || !state) throw new TypeError('the journal holds an action or state that this program does not know')
  const receipt = textOrNull(row, 'receipt')
  return {
    key: text(row, 'key'),
    caseId: text(row, 'case_id'),
    action,
    target: text(row, 'target'),
    state,
    parameters: JSON.parse(text(row, 'parameters')) as Record<string, unknown>,
    attempts: integer(row, 'attempts'),
    intendedAtMs: integer(row, 'intended_at'),
    receipt: receipt === null ? null : (JSON.parse(receipt) as Receipt),
  }
}

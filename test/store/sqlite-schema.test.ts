import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openSqliteStore, readSqliteStore } from '../../src/store/sqlite/open.ts'
import { migrate, SCHEMA_VERSION } from '../../src/store/sqlite/schema.ts'
import { ACCOUNT_ID, aCase, anIncident, CLUSTER_ID, GROUP_KEY, NOW_MS } from '../support/builders.ts'

const OLDER = Array.from({ length: SCHEMA_VERSION - 1 }, (_, at) => at + 1)

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kp-schema-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

/** A file as an earlier program left it, with one case whose page we hold quiet, one that is over, and what is still to be merged. */
function writeOldStore(version: number): void {
  const db = new DatabaseSync(join(directory, 'responder.sqlite'))
  migrate(db, version)
  const held = aCase({ state: 'snoozed', version: 1, incidents: [anIncident({ status: 'acknowledged' })] })
  const over = aCase({ id: 'case-0', state: 'resolved', version: 1, openedAtMs: NOW_MS - 90_000_000 })
  const putCase = db.prepare(
    `INSERT INTO cases (id, group_key, dedup_key, opened_at, updated_at, state, reasons, version, document)
     VALUES (?, ?, ?, ?, ?, ?, '', 1, ?)`,
  )
  const putCluster = db.prepare(
    `INSERT INTO case_clusters (cluster_id, case_id, opened_at, started_at, region, account_id) VALUES (?, ?, ?, ?, ?, ?)`,
  )
  for (const one of [over, held]) {
    const group = one === held ? GROUP_KEY : 'another group'
    const document = JSON.stringify({ ...one, groupKey: group })
    putCase.run(one.id, group, one.dedupKey, one.openedAtMs, one.openedAtMs, one.state, document)
    putCluster.run(CLUSTER_ID, one.id, one.openedAtMs, one.openedAtMs, 'us-south', ACCOUNT_ID)
  }
  db.prepare(
    `INSERT INTO deliveries (group_key, content_key, received_at, alert_count, state, body) VALUES (?, 'k', ?, 1, 'pending', ?)`,
  ).run(GROUP_KEY, NOW_MS, JSON.stringify({ groupKey: GROUP_KEY, alerts: [] }))
  db.prepare('INSERT INTO due (group_key, due_at, attempts) VALUES (?, ?, 0)').run(GROUP_KEY, NOW_MS)
  db.prepare("INSERT INTO counters (name, value) VALUES ('accepted', 1)").run()
  db.close()
}

describe.each(OLDER)('a file of version %i', (version) => {
  test('is brought forward whole: what later versions look up is there for what came before them', async () => {
    writeOldStore(version)
    const store = await openSqliteStore(directory, NOW_MS)
    expect((await store.caseById('case-1'))?.state).toBe('snoozed')
    expect(await store.pending(GROUP_KEY)).toHaveLength(1)
    expect(await store.openCasesOfCluster(CLUSTER_ID)).toEqual([{ id: 'case-1', groupKey: GROUP_KEY }])
    if (version < 2) expect((await store.openCaseOfIncident('Q1INCIDENT'))?.id).toBe('case-1')
    if (version < 3)
      expect(await store.openNeighbours({ region: 'us-south', accountId: ACCOUNT_ID, exceptCaseId: 'other' })).toEqual([
        CLUSTER_ID,
      ])
    if (version < 4) expect(await store.quietDue(NOW_MS, 10)).toEqual([GROUP_KEY])
    await store.close()
    const db = new DatabaseSync(join(directory, 'responder.sqlite'))
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION })
    expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([])
    db.close()
  })
})

test('a step that fails leaves the file as it was', () => {
  writeOldStore(1)
  const file = join(directory, 'responder.sqlite')
  const db = new DatabaseSync(file)
  db.exec('CREATE TABLE incident_events (in_the_way TEXT)')
  expect(() => migrate(db)).toThrow()
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
  expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'case_incidents'").all()).toEqual([])
  db.close()
})

test('commands, too, read no file of a newer program', async () => {
  await (await openSqliteStore(directory, NOW_MS)).close()
  const db = new DatabaseSync(join(directory, 'responder.sqlite'))
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`)
  db.close()
  expect(() => readSqliteStore(directory)).toThrow(/this program knows up to/)
})

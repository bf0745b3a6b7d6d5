import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { HOUR_MS, MINUTE_MS, NOW_MS } from '../support/builders.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kp-history-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

/** Until when records are in doubt after a start at this time, which stops at once. */
async function doubtAt(nowMs: number, folder = 'store'): Promise<number> {
  const store = await openSqliteStore(join(directory, folder), nowMs)
  const doubtMs = store.history.doubtBeforeMs()
  expect(store.history.frozenWhy()).toBeNull()
  await store.putMode({ mode: 'live', paused: false }, 'operator:ann', nowMs)
  await store.close()
  return doubtMs
}

test('a new file and one that goes on where it stood are in no doubt', async () => {
  expect(await doubtAt(NOW_MS)).toBe(0)
  expect(await doubtAt(NOW_MS + 4 * MINUTE_MS)).toBe(0)
})

test('an old copy that was put back is in doubt, and stays so over restarts', async () => {
  await doubtAt(NOW_MS)
  cpSync(join(directory, 'store'), join(directory, 'copy'), { recursive: true })
  await doubtAt(NOW_MS + 4 * MINUTE_MS)
  const restoredMs = NOW_MS + HOUR_MS
  expect(await doubtAt(restoredMs, 'copy')).toBe(restoredMs)
  expect(await doubtAt(restoredMs + MINUTE_MS, 'copy')).toBe(restoredMs)
})

test('one of a program that kept no beats is in doubt once', async () => {
  await doubtAt(NOW_MS)
  const db = new DatabaseSync(join(directory, 'store', 'responder.sqlite'))
  db.exec("DELETE FROM settings WHERE name LIKE 'history.%'")
  db.close()
  expect(await doubtAt(NOW_MS + MINUTE_MS)).toBe(NOW_MS + MINUTE_MS)
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import pino from 'pino'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { startRedis } from '../real/redis.ts'
import { NOW_MS } from '../support/builders.ts'

const ROOT = join(import.meta.dirname, '../..')
let directory: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'))
  await appendFive(await openSqliteStore(directory, NOW_MS))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function appendFive(store: Store): Promise<void> {
  for (let at = 0; at < 5; at += 1)
    await store.appendAudit({ kind: 'act', actor: 'operator:ada', record: { at }, nowMs: NOW_MS })
  await store.close()
}

function verify(...args: string[]) {
  return verifyWith({}, ...args)
}

function verifyWith(environment: Record<string, string>, ...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin/kp-responder.mjs'), 'audit', 'verify', ...args],
    { encoding: 'utf8', cwd: ROOT, env: { DATA_DIR: directory, ...environment } },
  )
  return { status, stderr, said: stdout === '' ? null : (JSON.parse(stdout) as unknown) }
}

function tamper(sql: string): void {
  const db = new DatabaseSync(join(directory, 'responder.sqlite'))
  db.exec(sql)
  db.close()
}

describe('kp-responder audit verify', () => {
  test('exits 0 for the chain that was written', () => {
    expect(verify()).toMatchObject({ status: 0, stderr: '', said: { ok: true, records: 5, fault: null } })
  })

  test('runs with the environment of the service, whose tokens are in files', () => {
    const files = { ALERTMANAGER_WEBHOOK_TOKENS_FILE: '/nowhere/token', OPERATOR_TOKENS_FILE: '/nowhere/operators' }
    expect(verifyWith(files)).toMatchObject({ status: 0, said: { ok: true } })
  })

  test.each([
    ['a changed record', `UPDATE audit SET actor = 'operator:eve' WHERE seq = 3`, 3],
    ['a deleted record', 'DELETE FROM audit WHERE seq = 2', 2],
  ])('names the first bad one after %s, and exits 1', (_name, sql, seq) => {
    tamper(sql)
    expect(verify()).toMatchObject({ status: 1, said: { ok: false, fault: { seq } } })
  })

  test('finds an end that was cut off by its anchor only', async () => {
    const store = await openSqliteStore(directory, NOW_MS)
    const anchor = (await store.auditHead())?.hash ?? ''
    await store.close()
    tamper('DELETE FROM audit WHERE seq > 3')
    expect(verify()).toMatchObject({ status: 0 })
    expect(verify('--anchor', anchor)).toMatchObject({ status: 1, said: { ok: false, hasAnchor: false } })
  })

  test('says why there is nothing to check', () => {
    rmSync(join(directory, 'responder.sqlite'))
    const { status, stderr } = verify()
    expect({ status, isSaid: stderr.includes("can't be opened") }).toEqual({ status: 1, isSaid: true })
  })

  test.each([['--anchor', 'abc'], ['--wrong']])('refuses %s %s with a line that says why', (...args) => {
    expect(verify(...args.filter((arg) => arg !== undefined))).toMatchObject({ status: 1, said: null })
  })

  test('reads the chain in Redis where the replicas keep it there', async () => {
    const server = await startRedis()
    const redis = new Redis(server.url)
    try {
      await appendFive(await openRedisStore(server.url, { now: () => NOW_MS, logger: pino({ level: 'silent' }) }))
      expect(verifyWith({ REDIS_URL: server.url })).toMatchObject({ status: 0, said: { ok: true, records: 5 } })
      const third = (await redis.lindex('kp-responder:audit', 2)) ?? ''
      await redis.lset('kp-responder:audit', 2, third.replace('ada', 'eve'))
      expect(verifyWith({ REDIS_URL: server.url })).toMatchObject({ status: 1, said: { ok: false, fault: { seq: 3 } } })
    } finally {
      redis.disconnect()
      await server.stop()
    }
  }, 60_000)
})

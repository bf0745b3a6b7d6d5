import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { audited } from '../src/audited-store.ts'
import { StoreUnavailableError } from '../src/errors.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { NOW_MS } from './support/builders.ts'

const FAILURES = /^kp_responder_audit_failures_total (\d+)$/m
const ENTRY = { kind: 'wake', actor: 'operator:ann', record: {}, nowMs: NOW_MS }

let directory: string
let store: Store

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kp-audited-'))
  store = await openSqliteStore(directory, NOW_MS)
})

afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

test('counts what could not be written into the audit, and says so to whoever wrote', async () => {
  const metrics = createMetrics()
  const failed = async () => Number(FAILURES.exec(await metrics.text())?.[1])
  const well = audited(store, metrics)
  await well.appendAudit(ENTRY)
  await well.putMode({ mode: 'live', paused: false }, 'operator:ann', NOW_MS)
  expect(await failed()).toBe(0)
  const refuse = () => Promise.reject(new StoreUnavailableError('disk full'))
  const full = audited({ ...store, appendAudit: refuse, putMode: refuse, conclude: refuse }, metrics)
  await expect(full.appendAudit(ENTRY)).rejects.toThrow('disk full')
  await expect(full.putMode({ mode: 'live', paused: true }, 'operator:ann', NOW_MS)).rejects.toThrow('disk full')
  const receipt = { action: 'note' as const, result: 'created' as const, why: null, link: null, at: '' }
  await expect(full.conclude('note/Q1/1', 'done', receipt, NOW_MS)).rejects.toThrow('disk full')
  expect(await failed()).toBe(3)
})

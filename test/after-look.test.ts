import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Execution } from '../src/actions/execute.ts'
import { withOutcome } from '../src/after-look.ts'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import type { Case } from '../src/model/case.ts'
import type { Receipt } from '../src/model/plan.ts'
import { planCase } from '../src/plan/plan-case.ts'
import type { Situation } from '../src/plan/situation.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { NEAR_END, OURS, situated, snoozed } from './plan/situations.ts'
import { anAlert, aSnooze, humanJudgement, MINUTE_MS, NOW_MS } from './support/builders.ts'

const KMS_FAILED = [anAlert({ judgement: humanJudgement('kms-update-failed') })]
const DONE: Execution = { receipts: [], retryAtMs: null, isDone: true }
const OWED: Execution = { receipts: [], retryAtMs: NOW_MS + 5_000, isDone: false }

let directory: string
let store: Store

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kp-after-look-'))
  store = await openSqliteStore(directory, NOW_MS)
})

afterAll(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** The case after a look that came to this end. */
function caseAfter(situation: Situation, execution: Execution): Promise<Case> {
  const deps = { now: () => situation.nowMs, store, policy: DEFAULT_POLICY }
  return withOutcome(situation, planCase(situation), { execution, deps })
}

function wakeReceipt(result: Receipt['result']): Execution {
  const receipt = { action: 'wake' as const, result, why: null, link: null, at: new Date(NOW_MS).toISOString() }
  return { ...(result === 'refused' ? OWED : DONE), receipts: [receipt] }
}

describe('a case whose snooze ended', () => {
  test.each([
    ['by a wake: error texts count from a quarter of an hour before it', { alerts: KMS_FAILED }, NOW_MS],
    [
      'without renewal: they count from its own end',
      { ...NEAR_END, alerts: [anAlert({ judgement: humanJudgement('etcd-unavailable') })] },
      NOW_MS + 4 * MINUTE_MS,
    ],
  ])('%s', async (_name, change, endMs) => {
    const subject = await caseAfter(snoozed(change), wakeReceipt('updated'))
    expect(subject).toMatchObject({ state: 'handed-over', snooze: null })
    expect(subject.lastSnoozeEndMs).toBe(endMs)
  })
})

describe('a wake that PagerDuty did not do', () => {
  test('keeps the snooze and the reason for its end, so that it is tried again', async () => {
    const subject = await caseAfter(snoozed({ wakeWhy: 'the channel can not be read' }), wakeReceipt('refused'))
    expect(subject).toMatchObject({ snooze: aSnooze(), wakeWhy: 'the channel can not be read', lastSnoozeEndMs: null })
  })

  test('forgets both once it is done', async () => {
    const subject = await caseAfter(snoozed({ wakeWhy: 'the channel can not be read' }), wakeReceipt('updated'))
    expect(subject).toMatchObject({ snooze: null, wakeWhy: null })
  })
})

describe('a snooze that is owed', () => {
  test('leaves the one that it renews', async () => {
    expect(await caseAfter(snoozed(NEAR_END), OWED)).toMatchObject({
      state: 'snoozed',
      snooze: NEAR_END.snooze,
      nextLookMs: NOW_MS + 5_000,
    })
  })

  test('is not written down where none stands', async () => {
    expect(await caseAfter(situated({}), OWED)).toMatchObject({ state: 'waiting', snooze: null })
  })

  test('stands once it is in the journal, though its note is not written', async () => {
    const situation = situated({ id: 'made' }, { incident: OURS })
    const key = `snooze/${OURS.id}/1`
    const parameters = {
      seconds: 7_200,
      budget: 'busySnoozes',
      headline: 'Snoozed 2 h',
      fingerprints: [],
      fromMs: NOW_MS,
      untilMs: NOW_MS + 120 * MINUTE_MS,
    }
    await store.intend({ key, caseId: 'made', action: 'snooze', target: OURS.id, parameters }, NOW_MS)
    const at = new Date(NOW_MS).toISOString()
    await store.conclude(key, 'done', { action: 'snooze', result: 'updated', why: null, link: null, at }, NOW_MS)
    expect(await caseAfter(situation, OWED)).toMatchObject({ state: 'snoozed', snooze: { number: 1, isReal: true } })
  })
})

describe('a snooze that PagerDuty has not taken', () => {
  test('is told by nobody as one that stands', async () => {
    const subject = await caseAfter(situated({}), OWED)
    expect(subject).toMatchObject({ state: 'waiting', snooze: null })
    expect(subject.plan?.headline).toMatch(/^Not done yet: Snoozed 2 h/)
    expect(subject.plan?.actions.map(({ action }) => action)).not.toContain('slack')
  })

  test('is told as one that stands once it does', async () => {
    const subject = await caseAfter(situated({}), DONE)
    expect(subject.plan?.headline).toMatch(/^Snoozed 2 h/)
    expect(subject.timeline.at(-1)?.what).toMatch(/^Snoozed 2 h/)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../sandbox/slack/slack.ts'
import { createSlackClient } from '../src/clients/slack.ts'
import { type DigestSchedule, WEEKDAYS } from '../src/config/digest-schedule.ts'
import { DEFAULT_POLICY } from '../src/config/policy.ts'
import { fixedPolicy } from '../src/config/policy-source.ts'
import { secretFromValue } from '../src/config/secret.ts'
import { WeeklyDigest } from '../src/digest.ts'
import { openSqliteStore } from '../src/store/sqlite/open.ts'
import type { Store } from '../src/store/store.ts'
import { aCase, HOUR_MS, MINUTE_MS } from './support/builders.ts'
import { waitUntil } from './support/wait-until.ts'

const logger = pino({ level: 'silent' })
const PROBE_MS = DEFAULT_POLICY.windows.probe

let sandbox: Sandbox
let store: Store
let close: () => Promise<void>
let aheadMs: number
let isAllowed: boolean

beforeEach(async () => {
  aheadMs = 0
  isAllowed = true
  sandbox = await startSandbox()
  const directory = await mkdtemp(join(tmpdir(), 'digest-'))
  store = await openSqliteStore(directory, Date.now())
  close = async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
    await sandbox.close()
  }
})

afterEach(() => close())

/** A schedule by which the newest digest fell due in this minute. */
function dueNow(): DigestSchedule {
  const now = new Date()
  const weekday = WEEKDAYS[(now.getUTCDay() + 6) % 7] ?? 'monday'
  return { weekday, at: now.toISOString().slice(11, 16), timezone: 'UTC' }
}

/** A process on the one store. */
function replica(schedule: DigestSchedule | null = dueNow()): WeeklyDigest {
  const client = createSlackClient({
    apiUrl: `${sandbox.url}/slack/api/`,
    botToken: secretFromValue('xoxb-test'),
    now: Date.now,
    logger,
  })
  return new WeeklyDigest({
    store,
    client,
    config: { policy: fixedPolicy({ ...DEFAULT_POLICY, digest: schedule }), publicUrl: null },
    isAllowed: async () => isAllowed,
    now: () => Date.now() + aheadMs,
    logger,
  })
}

function posted(): string[] {
  return sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id).map(({ text }) => text)
}

/** Writes to Slack, reads apart. */
function writes(): string[] {
  return sandbox.ledger.entries().flatMap(({ upstream, effect }) => (upstream === 'slack' ? [effect] : []))
}

describe('the weekly digest', () => {
  test('is posted once, over replicas that look at once and again, and a restart', async () => {
    const subject = aCase({ openedAtMs: Date.now() - HOUR_MS })
    await store.saveCase(subject, { mergedUpTo: null, isSettled: false })
    const replicas = [replica(), replica()]
    await Promise.all(replicas.map((each) => each.look()))
    await Promise.all([...replicas, replica()].map((each) => each.look()))
    expect(posted()).toEqual([expect.stringMatching(/^Week \d{4}-W\d\d: 1 case, 0 pages avoided$/)])
    expect(writes()).toHaveLength(1)
  })

  test('says which rules matched nothing since the oldest case, and nothing of that where there is none', async () => {
    const [oldMs, tooOldMs] = [10 * 24 * HOUR_MS, 100 * 24 * HOUR_MS].map((agoMs) => Date.now() - agoMs)
    const subjects = [oldMs, tooOldMs].map((openedAtMs = 0, at) =>
      aCase({ id: `case-${at}`, groupKey: `${at}`, dedupKey: `${at}`, openedAtMs }),
    )
    for (const subject of subjects) await store.saveCase(subject, { mergedUpTo: null, isSettled: false })
    await replica().look()
    const [message] = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)
    const day = new Date(oldMs ?? 0).toISOString().slice(0, 10)
    expect(JSON.stringify(message?.blocks)).toContain(`Rules that matched no case since ${day}: cluster-unidentified`)
  })

  test('of no case at all names no rules', async () => {
    await replica().look()
    const [message] = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)
    expect(JSON.stringify(message?.blocks)).not.toContain('Rules')
  })

  test('comes when the process starts, and again a week later', async () => {
    const digest = replica()
    digest.start()
    await waitUntil('the digest', () => posted().length === 1)
    aheadMs = 7 * 24 * HOUR_MS
    await digest.look()
    await digest.stop()
    expect(new Set(posted()).size).toBe(2)
  })

  test('whose answer was lost is found in Slack and not posted again', async () => {
    sandbox.faults.add({ upstream: 'slack', path: /chat\.postMessage/, fault: { kind: 'reset', when: 'after-commit' } })
    await replica().look()
    expect(posted()).toHaveLength(1)
    await replica().look()
    aheadMs = PROBE_MS + MINUTE_MS
    await replica().look()
    await replica().look()
    expect(posted()).toHaveLength(1)
  })

  test('that Slack refused at first is posted by a later look', async () => {
    sandbox.faults.add({ upstream: 'slack', path: /chat\.postMessage/, fault: { kind: 'rateLimited' } })
    await replica().look()
    expect(posted()).toHaveLength(0)
    await replica().look()
    expect(posted()).toHaveLength(1)
  })

  test('is not posted where the mode does not allow it, and is as soon as it does', async () => {
    isAllowed = false
    await replica().look()
    expect(posted()).toHaveLength(0)
    isAllowed = true
    await replica().look()
    expect(posted()).toHaveLength(1)
  })

  test('that fell due more than a day ago is left out', async () => {
    aheadMs = 25 * HOUR_MS
    await replica().look()
    expect(posted()).toHaveLength(0)
  })

  test('is not posted where the policy asks for none', async () => {
    const digest = replica(null)
    digest.start()
    await digest.look()
    expect(posted()).toHaveLength(0)
  })
})

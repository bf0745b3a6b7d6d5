import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { type ChannelMessage, ensureChannelMessage } from '../../src/actions/channel-message.ts'
import { beginOf, lookFirst } from '../../src/actions/look-first.ts'
import { createSlackClient } from '../../src/clients/slack.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { EffectRecord, Store } from '../../src/store/store.ts'
import { aCase, anIncident } from '../support/builders.ts'

const PROBE_MS = 30_000

function record(state: EffectRecord['state'], intendedAtMs: number): EffectRecord {
  const intent = { key: 'k', caseId: 'c', action: 'note', target: 't', parameters: {} } as const
  return { ...intent, state, attempts: 1, intendedAtMs, receipt: null }
}

describe('what comes before an effect is sent', () => {
  test.each([
    ['no record and nothing lost', null, { beganAtMs: 500, doubtBeforeMs: 0 }, { kind: 'nothing' }],
    ['no record of what began after the doubt', null, { beganAtMs: 500, doubtBeforeMs: 500 }, { kind: 'nothing' }],
    ['no record in doubt', null, { beganAtMs: 500, doubtBeforeMs: 600 }, { kind: 'look', sinceMs: 500 }],
    [
      'no record in a doubt that is young',
      null,
      { beganAtMs: 500, doubtBeforeMs: 90_000 },
      { kind: 'wait', untilMs: 120_000 },
    ],
    ['an intent', record('intent', 700), { beganAtMs: 500, doubtBeforeMs: 0 }, { kind: 'look', sinceMs: 700 }],
    [
      'an intent that is young',
      record('intent', 90_000),
      { beganAtMs: 500, doubtBeforeMs: 600 },
      { kind: 'wait', untilMs: 120_000 },
    ],
    ['a refusal', record('refused', 700), { beganAtMs: 500, doubtBeforeMs: 600 }, { kind: 'nothing' }],
  ] as const)('of %s', (_what, known, { beganAtMs, doubtBeforeMs }, expected) => {
    const store = { history: { doubtBeforeMs: () => doubtBeforeMs } }
    expect(lookFirst(known, { store, beganAtMs, probeAfterMs: PROBE_MS, now: () => 100_000 })).toEqual(expected)
  })

  test('a case began when it was opened, or its oldest incident, where that is known to be older', () => {
    const openedAtMs = 1_000
    const created = (createdAtMs: number | null) => ({ ...anIncident(), createdAtMs })
    expect(beginOf({ ...aCase(), openedAtMs, incidents: [] })).toBe(1_000)
    expect(beginOf({ ...aCase(), openedAtMs, incidents: [created(2_000), created(null)] })).toBe(1_000)
    expect(beginOf({ ...aCase(), openedAtMs, incidents: [created(900), created(2_000)] })).toBe(900)
  })
})

describe('a message in the notify channel whose record may be lost', () => {
  let sandbox: Sandbox
  let directory: string
  let store: Store

  beforeEach(async () => {
    sandbox = await startSandbox()
    directory = await mkdtemp(join(tmpdir(), 'kp-look-first-'))
    store = await openSqliteStore(directory, Date.now())
  })

  afterEach(async () => {
    await store.close()
    await sandbox.close()
    await rm(directory, { recursive: true })
  })

  /** Ensures the message with an empty journal, as a process that has lost everything does. */
  async function ensure(message: ChannelMessage, doubtBeforeMs: number, passedMs: number) {
    await store.close()
    await rm(directory, { recursive: true })
    store = await openSqliteStore(directory, Date.now())
    const now = () => Date.now() + passedMs
    return ensureChannelMessage(message, null, {
      store: { ...store, history: { doubtBeforeMs: () => doubtBeforeMs, frozenWhy: () => null } },
      client: createSlackClient({
        apiUrl: `${sandbox.url}/slack/api/`,
        botToken: secretFromValue('xoxb-test'),
        now,
        logger: pino({ level: 'silent' }),
      }),
      channel: { id: SLACK_CHANNELS.notify.id, name: 'armada-deploy' },
      now,
      probeAfterMs: PROBE_MS,
    })
  }

  test('is found by its mark and edited in place, once it must have shown up', async () => {
    const beganAtMs = Date.now()
    const message = { key: 'slack/c-1', caseId: 'c-1', beganAtMs, contentKey: 'a', text: 'first', blocks: [] }
    const posted = await ensure(message, 0, 0)
    const doubtBeforeMs = Date.now() + 1
    const changed = { ...message, contentKey: 'b', text: 'second' }
    expect(await ensure(changed, doubtBeforeMs, 0)).toEqual({
      kind: 'not-yet',
      outcome: { kind: 'later', atMs: doubtBeforeMs + PROBE_MS, receipt: null },
    })
    const found = await ensure(changed, doubtBeforeMs, PROBE_MS + 1_000)
    expect(found).toMatchObject({ kind: 'done', ref: posted.kind === 'done' ? posted.ref : null })
    expect(sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id).map(({ text }) => text)).toEqual(['second'])
    const other = { ...changed, key: 'slack/c-2' }
    expect(await ensure(other, doubtBeforeMs, PROBE_MS + 1_000)).toMatchObject({ receipt: { result: 'created' } })
    expect(sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)).toHaveLength(2)
  })
})

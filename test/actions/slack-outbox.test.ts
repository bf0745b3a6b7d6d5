import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'
import { SlackOutbox } from '../../src/actions/slack-outbox.ts'
import { openCallCounts } from '../../src/clients/call-budget-counts.ts'
import { createSlackClient } from '../../src/clients/slack.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import type { SlackAction } from '../../src/model/plan.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { aCase } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'

jest.setTimeout(90_000)

const logger = pino({ level: 'silent' })
const CHANNEL = SLACK_CHANNELS.notify
/** More than are under way at once, so that some do not even wait for Slack's pace yet. */
const BACKLOG = 80
let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

interface Opened {
  store: Store
  redisUrl: string | null
  close: () => Promise<void>
}

async function onFile(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), 'kp-outbox-'))
  const store = await openSqliteStore(directory, Date.now())
  const close = async () => {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
  return { store, redisUrl: null, close }
}

async function onRedis(): Promise<Opened> {
  const store = await openRedisStore(redis.url, { now: Date.now, logger })
  return { store, redisUrl: redis.url, close: () => store.close() }
}

describe.each([
  ['on the embedded store', onFile],
  ['on Redis', onRedis],
])('what people are told in Slack, %s', (_, open) => {
  let opened: Opened
  let sandbox: Sandbox
  let outbox: SlackOutbox
  let closeCounts: () => Promise<void>

  beforeEach(async () => {
    opened = await open()
    sandbox = await startSandbox()
    const counts = await openCallCounts(opened.redisUrl)
    closeCounts = () => counts.close()
    const { store } = opened
    outbox = new SlackOutbox({
      store,
      client: createSlackClient({
        apiUrl: `${sandbox.url}/slack/api/`,
        botToken: secretFromValue('xoxb-test'),
        now: Date.now,
        counts,
        logger,
      }),
      channel: () => CHANNEL,
      now: Date.now,
      isAllowed: async () => true,
      record: (told, { slack }) =>
        store.exclusive.run(told.groupKey, async () => {
          const subject = await store.caseById(told.id)
          if (subject) await store.saveCase({ ...subject, slack }, { mergedUpTo: null, isSettled: false })
        }),
      probeAfterMs: () => 100,
      logger,
    })
  })

  afterEach(async () => {
    await outbox.stop()
    await sandbox.close()
    await closeCounts()
    await opened.close()
  })

  const posted = () => sandbox.slack.ownMessages(CHANNEL.id).map(({ text }) => text)

  /** The case wants its message to say this now. */
  async function say(id: string, text: string, urgency?: SlackAction['urgency']): Promise<void> {
    const action: SlackAction = {
      action: 'slack',
      key: `slack/${id}`,
      why: text,
      contentKey: text,
      text,
      blocks: [],
      ...(urgency && { urgency }),
    }
    const plan = { headline: text, outcomeKey: text, actions: [action], refusals: [] }
    const known = (await opened.store.caseById(id)) ?? aCase({ id, groupKey: id, dedupKey: id })
    await opened.store.saveCase({ ...known, plan }, { mergedUpTo: null, isSettled: false })
    outbox.tell(id)
  }

  async function sayNews(): Promise<void> {
    for (let number = 0; number < BACKLOG; number += 1) await say(`news-${number}`, `news ${number}`)
    await waitUntil('the first message', () => posted().length > 0)
  }

  test('a case that asks them something goes before the news of all others, and a page that stays with them before the rest', async () => {
    await sayNews()
    await say('page', 'needs you', 'page')
    await say('asking', 'approve?', 'ask')
    await waitUntil('both', () => posted().includes('needs you') && posted().includes('approve?'), {
      timeoutMs: 60_000,
    })
    const urgent = posted().filter((text) => !text.startsWith('news'))
    expect(urgent).toEqual(['approve?', 'needs you'])
    expect(posted().length).toBeLessThan(BACKLOG / 2)
  })

  test('a case whose news wait in the row does not wait with them once it asks', async () => {
    await sayNews()
    const last = `news-${BACKLOG - 1}`
    await say(last, 'approve?', 'ask')
    await waitUntil('the question', () => posted().includes('approve?'), { timeoutMs: 60_000 })
    expect(posted().length).toBeLessThan(BACKLOG / 2)
    expect(posted()).not.toContain(`news ${BACKLOG - 1}`)
  })
})

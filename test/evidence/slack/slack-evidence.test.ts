import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { WORKSPACE } from '../../../sandbox/slack/slack.ts'
import { createSlackClient, type SlackClient } from '../../../src/clients/slack.ts'
import { secretFromValue } from '../../../src/config/secret.ts'
import {
  type ChannelAnswer,
  createSlackEvidence,
  type SlackEvidence,
} from '../../../src/evidence/slack/slack-evidence.ts'
import { READING_PLANS, type WatchedChannel } from '../../../src/evidence/slack/watched-channel.ts'
import { Database } from '../../../src/store/sqlite/database.ts'
import { SqliteMessageIndex } from '../../../src/store/sqlite/message-index.ts'
import { waitUntil } from '../../support/wait-until.ts'

const CHANNEL = 'C9XGSR292'
const NAME = '#armada-deploy-failure'
const ID = 'c0ffee00000000000001'
const OTHER_ID = 'c0ffee00000000000002'
const POSTER = { botId: 'B0POSTER', appId: 'A0POSTER' }
const HOUR_MS = 3_600_000

let sandbox: Sandbox
let directory: string
let database: Database
let client: SlackClient
let evidence: SlackEvidence
let news: string[]
let skewMs: number

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.slack.setMember(CHANNEL, true)
  directory = mkdtempSync(join(tmpdir(), 'slack-evidence-'))
  database = new Database(directory)
  skewMs = 0
  watch({})
})

afterEach(async () => {
  await evidence.stop()
  await sandbox.close()
  database.close()
  rmSync(directory, { recursive: true })
})

function now(): number {
  return sandbox.clock.now().getTime() + skewMs
}

function watch(more: Partial<WatchedChannel>): void {
  const logger = pino({ level: 'silent' })
  const botToken = secretFromValue('xoxb-test')
  client = createSlackClient({ apiUrl: `${sandbox.url}/slack/api/`, botToken, now, logger, timeoutMs: 5_000 })
  const channel = {
    ...READING_PLANS.deployFailure,
    id: CHANNEL,
    name: NAME,
    poster: () => ({ authors: [POSTER.botId], maxSilenceMs: 0 }),
    ...more,
  }
  evidence = createSlackEvidence({ client, index: new SqliteMessageIndex(database), channels: [channel], now, logger })
  news = []
  evidence.onMessage((clusterIds) => news.push(...clusterIds))
}

function ask(clusterId = ID, hours = 24): Promise<ChannelAnswer> {
  return evidence.askChannel(CHANNEL, { clusterId, fromMs: now() - hours * HOUR_MS, toMs: now() })
}

function say(text: string, more: { at?: Date; threadTs?: string } = {}): string {
  return sandbox.slack.post({ channel: CHANNEL, author: POSTER, shape: 'attachment', text, silent: true, ...more })
}

async function readWhole(): Promise<void> {
  await evidence.refresh(CHANNEL)
  await waitUntil('the whole read', () => evidence.status()[0]?.fullReadAtMs && !evidence.status()[0]?.isReadingWhole)
  await waitUntil('the threads', () => evidence.status()[0]?.unreadThreads === 0)
}

describe('what a channel says of a cluster', () => {
  test('before the first read it is catching up, after it found or absent', async () => {
    const ts = say(`kms_update failed for ${ID}`)
    expect(await ask()).toMatchObject({ outcome: 'unavailable', isCatchingUp: true, completeToMs: null })
    await readWhole()
    const answer = await ask()
    expect(answer).toMatchObject({ outcome: 'found', why: null, isCatchingUp: false })
    expect(answer.messages.map((message) => message.ts)).toEqual([ts])
    expect(await ask(OTHER_ID)).toMatchObject({ outcome: 'absent', why: null, messages: [] })
  })

  test('a channel that is not watched is unavailable', async () => {
    expect(await evidence.askChannel('C0OTHER', { clusterId: ID, fromMs: 0, toMs: now() })).toMatchObject({
      outcome: 'unavailable',
      why: 'the channel C0OTHER is not one of those that are read',
    })
  })

  test('without membership nothing is absent, and with it again it is', async () => {
    sandbox.slack.setMember(CHANNEL, false)
    await evidence.refresh(CHANNEL)
    const answer = await ask()
    expect(answer).toMatchObject({ outcome: 'unavailable', isCatchingUp: false })
    expect(answer.why).toMatch(
      /^we are not a member of #armada-deploy-failure \(C9XGSR292\) since 20.*Z: invite the bot$/,
    )
    expect(evidence.status()[0]).toMatchObject({ isMember: false, lastErrorCode: 'not_in_channel' })
    sandbox.slack.setMember(CHANNEL, true)
    await readWhole()
    expect((await ask()).outcome).toBe('absent')
  })

  test('an archived channel proves nothing', async () => {
    await readWhole()
    sandbox.slack.setArchived(CHANNEL, true)
    sandbox.clock.jump(30_000)
    await evidence.refresh(CHANNEL)
    expect((await ask()).why).toContain('is archived')
    expect(evidence.status()[0]).toMatchObject({ isArchived: true, lastErrorCode: 'is_archived', watermarkMs: null })
  })

  test('a read older than 60 s proves nothing, and what was found is given all the same', async () => {
    say(`kms_update failed for ${ID}`)
    await readWhole()
    sandbox.clock.jump(59_000)
    expect((await ask()).outcome).toBe('found')
    sandbox.clock.jump(2_000)
    const answer = await ask()
    expect(answer).toMatchObject({ outcome: 'unavailable', isCatchingUp: false })
    expect(answer.why).toContain('was last read at')
    expect(answer.messages).toHaveLength(1)
  })

  test('after a gap the whole window is read again, so that edits and deletions nobody told of are seen', async () => {
    const deleted = say(`kms_update failed for ${ID}`, { at: new Date(now() - 5 * HOUR_MS) })
    const edited = say(`kms_update failed for ${OTHER_ID}`, { at: new Date(now() - 4 * HOUR_MS) })
    await readWhole()
    sandbox.slack.remove(CHANNEL, deleted)
    sandbox.slack.edit(CHANNEL, edited, 'all is well')
    news.length = 0
    sandbox.clock.jump(90_000)
    await readWhole()
    expect((await ask(ID)).outcome).toBe('absent')
    expect((await ask(OTHER_ID)).outcome).toBe('absent')
    expect(new Set(news)).toEqual(new Set([ID, OTHER_ID]))
  })

  test('while Slack fails the answer says so, and since when', async () => {
    await readWhole()
    sandbox.slack.setMethodError('conversations.history', 'internal_error')
    sandbox.clock.jump(61_000)
    await evidence.refresh(CHANNEL)
    const answer = await ask()
    expect(answer).toMatchObject({ outcome: 'unavailable', isCatchingUp: false })
    expect(answer.why).toMatch(/could not be read since 20.*Z \(unknown\)$/)
  })

  test('a message that Slack shows late is seen by the next poll', async () => {
    say('a newer one')
    await readWhole()
    say(`kms_update failed for ${ID}`, { at: new Date(now() - 60_000) })
    sandbox.clock.jump(30_000)
    await evidence.refresh(CHANNEL)
    expect((await ask()).outcome).toBe('found')
    expect(news).toEqual([ID])
  })

  test('a clock of ours that is 10 minutes ahead skips no message', async () => {
    skewMs = 600_000
    await readWhole()
    say(`kms_update failed for ${ID}`)
    sandbox.clock.jump(30_000)
    await evidence.refresh(CHANNEL)
    expect((await ask()).outcome).toBe('found')
  })

  test('what we posted ourselves is no evidence', async () => {
    await client.postMessage({ channel: CHANNEL, text: `kms_update failed for ${ID}` })
    await readWhole()
    expect((await ask()).outcome).toBe('absent')
  })

  test('replies of a thread are found, and read again when a reply comes', async () => {
    const threadTs = say('a deploy went wrong', { at: new Date(now() - 2 * HOUR_MS) })
    say(`kms_update failed for ${ID}`, { threadTs, at: new Date(now() - HOUR_MS) })
    await readWhole()
    expect((await ask()).messages.map((message) => message.threadTs)).toEqual([threadTs])
    say(`and for ${OTHER_ID}`, { threadTs })
    sandbox.clock.jump(90_000)
    await readWhole()
    expect((await ask(OTHER_ID)).outcome).toBe('found')
  })

  test('a silent poster proves no absence, one heard of lately does', async () => {
    watch({ poster: () => ({ authors: [POSTER.botId], maxSilenceMs: 168 * HOUR_MS }) })
    say('long ago', { at: new Date(now() - 200 * HOUR_MS) })
    await readWhole()
    const answer = await ask()
    expect(answer).toMatchObject({ outcome: 'unavailable', isCatchingUp: false })
    expect(answer.why).toContain('is silent since')
    say('alive', { at: new Date(now() - 100_000) })
    sandbox.clock.jump(90_000)
    await readWhole()
    expect((await ask()).outcome).toBe('absent')
  })

  test('a question from before the covered span extends it, within the longest window', async () => {
    watch({ windowMs: 24 * HOUR_MS, maxWindowMs: 120 * HOUR_MS })
    say(`kms_update failed for ${ID}`, { at: new Date(now() - 90 * HOUR_MS) })
    await readWhole()
    expect(await ask(ID, 100)).toMatchObject({ outcome: 'unavailable', isCatchingUp: true })
    await waitUntil('the longer read', async () => (await ask(ID, 100)).outcome === 'found')
    await ask(ID, 150)
    await waitUntil('the longest read', () => !evidence.status()[0]?.isReadingWhole)
    expect((await ask(ID, 150)).outcome).toBe('unavailable')
  })

  test('a long channel is read page by page, deletions on any page are seen', async () => {
    const startMs = now() - 20 * HOUR_MS
    const all = Array.from({ length: 1_300 }, (_, at) =>
      say(`failed ${at === 100 ? ID : at === 301 ? OTHER_ID : 'x'}`, { at: new Date(startMs + at * 1_000) }),
    )
    await readWhole()
    expect((await ask()).outcome).toBe('found')
    // The oldest of the newest page of 999, where two pages meet.
    expect((await ask(OTHER_ID)).outcome).toBe('found')
    sandbox.slack.remove(CHANNEL, all[100] ?? '')
    sandbox.clock.jump(90_000)
    await readWhole()
    expect((await ask()).outcome).toBe('absent')
  })
})

describe('what events tell', () => {
  const raw = { type: 'message', text: `kms_update failed for ${ID}`, bot_id: POSTER.botId }

  test('a message is found at once, announced once, and not lost to a read that does not show it yet', async () => {
    await readWhole()
    const ts = `${Math.floor(now() / 1_000)}.000001`
    await evidence.messageSeen(CHANNEL, { ...raw, ts })
    await evidence.messageSeen(CHANNEL, { ...raw, ts })
    expect((await ask()).outcome).toBe('found')
    expect(news).toEqual([ID])
    sandbox.clock.jump(30_000)
    await evidence.refresh(CHANNEL)
    expect((await ask()).outcome).toBe('found')
  })

  test('a deleted message is gone for good, and announced', async () => {
    const ts = say(`kms_update failed for ${ID}`)
    await readWhole()
    news.length = 0
    sandbox.slack.remove(CHANNEL, ts)
    await evidence.messageDeleted(CHANNEL, ts)
    sandbox.clock.jump(30_000)
    await evidence.refresh(CHANNEL)
    expect((await ask()).outcome).toBe('absent')
    expect(news).toEqual([ID])
  })

  test.each([{ bot_id: WORKSPACE.botId }, { user: WORKSPACE.botUserId }])(
    'an event about our own post is no evidence: %j',
    async (author) => {
      await readWhole()
      const ts = `${Math.floor(now() / 1_000)}.000001`
      await evidence.messageSeen(CHANNEL, { type: 'message', text: `kms_update failed for ${ID}`, ts, ...author })
      expect((await ask()).outcome).toBe('absent')
      expect(news).toEqual([])
    },
  )

  test('an event that can not be read changes nothing', async () => {
    await evidence.messageSeen(CHANNEL, { text: ID })
    await evidence.messageSeen('C0OTHER', { ...raw, ts: '1700000000.000001' })
    expect(news).toEqual([])
  })

  test('a changed channel proves nothing until it is asked again', async () => {
    await readWhole()
    await evidence.channelChanged(CHANNEL)
    expect((await ask()).outcome).toBe('unavailable')
    await waitUntil('the next poll', async () => (await ask()).outcome === 'absent')
  })
})

test('once started it polls by itself, and stops when told', async () => {
  say(`kms_update failed for ${ID}`)
  evidence.start()
  await waitUntil('the first answer', async () => (await ask()).outcome === 'found')
  await evidence.stop()
})

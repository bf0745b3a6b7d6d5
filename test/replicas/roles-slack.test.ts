import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createSlackClient, type SlackClient } from '../../src/clients/slack.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { type ChannelAnswer, createSlackEvidence, type SlackEvidence } from '../../src/evidence/slack/slack-evidence.ts'
import { READING_PLANS } from '../../src/evidence/slack/watched-channel.ts'
import type { MessageIndex } from '../../src/store/message-index.ts'
import { openRedisStore } from '../../src/store/redis/open.ts'
import { Database } from '../../src/store/sqlite/database.ts'
import { SqliteMessageIndex } from '../../src/store/sqlite/message-index.ts'
import { type RedisServer, startRedis } from '../real/redis.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type HandedRoles, handedRoles } from './handed-roles.ts'

jest.setTimeout(90_000)

const CHANNEL = 'C9XGSR292'
const ID = 'c0ffee00000000000001'
const OTHER_ID = 'c0ffee00000000000002'
const POSTER = { botId: 'B0POSTER', appId: 'A0POSTER' }
const HOUR_MS = 3_600_000
const logger = pino({ level: 'silent' })

interface Replica {
  evidence: SlackEvidence
  /** Calls of Slack that read, in order. */
  reads: string[]
  news: string[]
  clock: { skewMs: number }
  /** While it is pending, no read of this replica gets its answer. */
  slack: { answers: Promise<void> }
}

/** Where the indexes of two replicas lie. */
interface Place {
  indexes: [MessageIndex, MessageIndex]
  close(): Promise<void>
}

let redis: RedisServer
let sandbox: Sandbox
let place: Place
let roles: HandedRoles
let one: Replica
let other: Replica
let doubtBeforeMs: number

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

async function oneFile(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'roles-slack-'))
  const database = new Database(directory)
  const index = new SqliteMessageIndex(database)
  return {
    indexes: [index, index],
    async close() {
      database.close()
      rmSync(directory, { recursive: true })
    },
  }
}

let databases = 0

async function oneRedis(): Promise<Place> {
  databases = (databases + 1) % 16
  const open = () => openRedisStore(`${redis.url}/${databases}`, { now: Date.now, logger })
  const [first, second] = await Promise.all([open(), open()])
  return {
    indexes: [first.messages, second.messages],
    async close() {
      await first.close()
      await second.close()
    },
  }
}

function aReplica(name: string, index: MessageIndex): Replica {
  const clock = { skewMs: 0 }
  const now = () => sandbox.clock.now().getTime() + clock.skewMs
  const botToken = secretFromValue('xoxb-test')
  const client = createSlackClient({ apiUrl: `${sandbox.url}/slack/api/`, botToken, now, logger, timeoutMs: 1_000 })
  const reads: string[] = []
  const slack = { answers: Promise.resolve() }
  const counted: SlackClient = {
    ...client,
    async info(channel) {
      reads.push('info')
      await slack.answers
      return client.info(channel)
    },
    history(channel, span) {
      reads.push('history')
      return client.history(channel, span)
    },
    replies(channel, ts, span) {
      reads.push('replies')
      return client.replies(channel, ts, span)
    },
  }
  const channel = {
    ...READING_PLANS.deployFailure,
    windowMs: 24 * HOUR_MS,
    maxWindowMs: 120 * HOUR_MS,
    id: CHANNEL,
    name: '#armada-deploy-failure',
    poster: () => ({ authors: [POSTER.botId], maxSilenceMs: 0 }),
  }
  const evidence = createSlackEvidence({
    client: counted,
    index,
    channels: [channel],
    leadership: roles.of(name),
    history: { doubtBeforeMs: () => doubtBeforeMs },
    now,
    logger,
  })
  const news: string[] = []
  evidence.onMessage((clusterIds) => news.push(...clusterIds))
  evidence.start()
  return { evidence, reads, news, clock, slack }
}

function ask({ evidence, clock }: Replica, clusterId = ID, hours = 24): Promise<ChannelAnswer> {
  const nowMs = sandbox.clock.now().getTime() + clock.skewMs
  return evidence.askChannel(CHANNEL, { clusterId, fromMs: nowMs - hours * HOUR_MS, toMs: nowMs })
}

function say(text: string, more: { at?: Date; threadTs?: string } = {}): string {
  return sandbox.slack.post({ channel: CHANNEL, author: POSTER, shape: 'attachment', text, silent: true, ...more })
}

function hoursAgo(hours: number): Date {
  return new Date(sandbox.clock.now().getTime() - hours * HOUR_MS)
}

async function awaitOutcome(replica: Replica, outcome: ChannelAnswer['outcome'], clusterId = ID): Promise<void> {
  await waitUntil(`the answer ${outcome}`, async () => (await ask(replica, clusterId)).outcome === outcome)
}

async function awaitWholeRead(replica: Replica): Promise<void> {
  await waitUntil('the whole read', async () => {
    await ask(replica)
    const [status] = replica.evidence.status()
    return status?.fullReadAtMs && !status.isReadingWhole && status.unreadThreads === 0
  })
}

describe.each([
  ['on the embedded store', oneFile],
  ['on one Redis', oneRedis],
])('two replicas that read Slack, %s', (_, open) => {
  beforeEach(async () => {
    sandbox = await startSandbox()
    sandbox.slack.setMember(CHANNEL, true)
    place = await open()
    roles = handedRoles()
    doubtBeforeMs = 0
    one = aReplica('one', place.indexes[0])
    other = aReplica('other', place.indexes[1])
  })

  afterEach(async () => {
    await Promise.all([one.evidence.stop(), other.evidence.stop()])
    await place.close()
    await sandbox.close()
  })

  test('one reads, both answer from it, and each says the same of the channel', async () => {
    say(`kms_update failed for ${ID}`, { at: hoursAgo(1) })
    expect(await ask(other)).toMatchObject({ outcome: 'unavailable', isCatchingUp: true })
    roles.give('slack-reader', 'one')
    await awaitOutcome(other, 'found')
    await awaitWholeRead(one)
    await awaitOutcome(other, 'absent', OTHER_ID)
    expect(one.reads).toContain('history')
    expect(other.reads).toEqual([])
    expect(other.evidence.status()).toEqual(one.evidence.status())
  })

  test('when the role passes over, nothing is absent before the new reader has read the whole window', async () => {
    roles.give('slack-reader', 'one')
    const ts = say(`kms_update failed for ${ID}`, { at: hoursAgo(2) })
    await awaitOutcome(other, 'found')
    await awaitWholeRead(one)
    roles.give('slack-reader', null)
    sandbox.slack.remove(CHANNEL, ts)
    const { promise, resolve } = Promise.withResolvers<void>()
    other.slack.answers = promise
    roles.give('slack-reader', 'other')
    await waitUntil('the new reader to begin', async () => (await ask(one, OTHER_ID)).outcome === 'unavailable')
    expect(await ask(one)).toMatchObject({ outcome: 'unavailable', isCatchingUp: true })
    resolve()
    await awaitOutcome(one, 'absent')
    expect(other.news).toEqual([])
  })

  test('a read that ended more than 60 s ago proves nothing at any replica, whatever the clock of its reader says', async () => {
    one.clock.skewMs = 40_000
    roles.give('slack-reader', 'one')
    await awaitOutcome(other, 'absent')
    await awaitWholeRead(one)
    roles.give('slack-reader', null)
    await ask(other)
    sandbox.clock.jump(61_000)
    expect(await ask(other)).toMatchObject({ outcome: 'unavailable', isCatchingUp: false })
  })

  test('a changed channel that one replica is told of proves nothing at the other from then on, until it is asked again', async () => {
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    await awaitOutcome(other, 'absent')
    sandbox.slack.setMember(CHANNEL, false)
    await other.evidence.channelChanged(CHANNEL)
    expect((await ask(one)).outcome).toBe('unavailable')
    expect((await ask(other)).outcome).toBe('unavailable')
    await waitUntil('the word', async () => (await ask(other)).why?.startsWith('we are not a member'))
  })

  test('a message that an event brought to one replica is found at the other, though history does not show it yet', async () => {
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    const ts = `${Math.floor(sandbox.clock.now().getTime() / 1_000)}.000001`
    const raw = { type: 'message', text: `kms_update failed for ${ID}`, bot_id: POSTER.botId, ts }
    await other.evidence.messageSeen(CHANNEL, raw)
    expect((await ask(one)).outcome).toBe('found')
    sandbox.clock.jump(30_000)
    const before = one.reads.length
    await other.evidence.refresh(CHANNEL)
    await waitUntil('the poll', () => one.reads.slice(before).includes('history'))
    await awaitOutcome(other, 'found')
    expect(other.news).toEqual([ID])
  })

  test('what one replica has read is news to the other when an event says that it changed or went', async () => {
    const edited = say(`kms_update failed for ${ID}`, { at: hoursAgo(1) })
    const deleted = say(`kms_update failed for ${OTHER_ID}`, { at: hoursAgo(1) })
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    const raw = { type: 'message', text: 'all is well', bot_id: POSTER.botId, ts: edited }
    await other.evidence.messageSeen(CHANNEL, { ...raw, edited: { ts: '9999999999.000000' } })
    expect(other.news).toEqual([ID])
    await other.evidence.messageDeleted(CHANNEL, deleted)
    expect(other.news).toEqual([ID, OTHER_ID])
    expect((await ask(one)).messages).toEqual([])
  })

  test('a question from before the covered span, put to one replica, has the other read further back', async () => {
    say(`kms_update failed for ${ID}`, { at: hoursAgo(90) })
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    expect(await ask(other, ID, 100)).toMatchObject({ outcome: 'unavailable', isCatchingUp: true })
    await waitUntil('the longer read', async () => (await ask(other, ID, 100)).outcome === 'found')
    expect(other.reads).toEqual([])
  })

  test('a thread about the cluster that is not read yet proves nothing at either', async () => {
    const threadTs = say(`about ${ID}`, { at: hoursAgo(2) })
    sandbox.slack.setMethodError('conversations.replies', 'internal_error')
    say('kms_update failed', { threadTs, at: hoursAgo(1) })
    roles.give('slack-reader', 'one')
    await waitUntil('the parent', async () => (await ask(other)).why?.includes('thread'))
    await awaitOutcome(other, 'absent', OTHER_ID)
    expect((await ask(one)).outcome).toBe('unavailable')
  })

  test('a reader whose last word the store has lost reads the whole window again', async () => {
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    const first = one.evidence.status()[0]?.fullReadAtMs ?? 0
    const { reading } = await place.indexes[0].board(CHANNEL)
    await place.indexes[0].putOnBoard(
      CHANNEL,
      'reading',
      String(reading).replace('"unreadThreads":0', '"unreadThreads":1'),
    )
    sandbox.clock.jump(30_000)
    await other.evidence.channelChanged(CHANNEL)
    await waitUntil('the forgetting', async () => (await ask(other)).completeToMs === null)
    await other.evidence.channelChanged(CHANNEL)
    await waitUntil('the second read', async () => {
      await ask(other)
      return (other.evidence.status()[0]?.fullReadAtMs ?? 0) > first
    })
  })

  test('a store that says that it may have lost something is filled again from the whole window', async () => {
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    const first = one.evidence.status()[0]?.fullReadAtMs ?? 0
    sandbox.clock.jump(30_000)
    doubtBeforeMs = sandbox.clock.now().getTime()
    await waitUntil('the second read', async () => {
      await ask(other)
      return (other.evidence.status()[0]?.fullReadAtMs ?? 0) > first
    })
  })

  test('a reader that has not heard yet that another reads says nothing more', async () => {
    roles.give('slack-reader', 'one')
    await awaitWholeRead(one)
    roles.seize('slack-reader', 'other')
    await waitUntil('the other to read', () => other.reads.includes('history'))
    await awaitWholeRead(other)
    const reader = async () => JSON.parse((await place.indexes[0].board(CHANNEL)).reading ?? '{}')
    const before = await reader()
    await one.evidence.channelChanged(CHANNEL)
    await waitUntil('both to poll', async () => {
      const { reading, changes } = await place.indexes[0].board(CHANNEL)
      return JSON.parse(reading ?? '{}').changes === changes
    })
    expect(await reader()).toMatchObject({
      reader: before.reader,
      coverage: { fullReadAtMs: before.coverage.fullReadAtMs },
    })
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts'
import { createSlackClient } from '../../../src/clients/slack.ts'
import { createSlackSearch, type SlackMatch, type SlackSearch } from '../../../src/clients/slack-search.ts'
import { secretFromValue } from '../../../src/config/secret.ts'
import { createDeletionSearch, type DeletionSearch } from '../../../src/evidence/slack/deletion-search.ts'

const CHANNEL = 'C54FY4EKG'
const ID = 'c0ffee00000000000001'
const BOT = 'B0DEPLOYED'
const MINUTE_MS = 60_000

let sandbox: Sandbox
let deletionSearch: DeletionSearch

beforeEach(async () => {
  sandbox = await startSandbox()
  sandbox.slack.setMember(CHANNEL, true)
  connect()
})

afterEach(() => sandbox.close())

function connect(search?: SlackSearch): void {
  const shared = { apiUrl: `${sandbox.url}/slack/api/`, now, timeoutMs: 5_000 }
  const logger = pino({ level: 'silent' })
  deletionSearch = createDeletionSearch({
    search: search ?? createSlackSearch({ ...shared, userToken: secretFromValue('xoxp-installer') }),
    client: createSlackClient({ ...shared, botToken: secretFromValue('xoxb-responder'), logger }),
    now,
    logger,
  })
}

function now(): number {
  return sandbox.clock.now().getTime()
}

function say(text: string, more: { channel?: string; threadTs?: string } = {}): string {
  return sandbox.slack.post({ channel: CHANNEL, author: { botId: BOT }, shape: 'attachment', text, ...more })
}

async function find(clusterId = ID): Promise<string[] | null> {
  const answer = await deletionSearch.find({
    channel: CHANNEL,
    clusterId,
    saysDeleted: ({ segments }) => segments.some((segment) => segment.includes('completed')),
  })
  return answer?.messages.map(({ ts }) => ts) ?? null
}

function searches(): number {
  return sandbox.requests.of('slack', 'POST', '/search.messages').length
}

describe('a search for the deletion of a cluster', () => {
  test.each<['text' | 'attachment' | 'blocks' | 'alertmanager']>([
    ['text'],
    ['attachment'],
    ['blocks'],
    ['alertmanager'],
  ])('finds it in a message of the shape %s, with the ids of the bot that said it', async (shape) => {
    const ts = sandbox.slack.post({ channel: CHANNEL, author: { botId: BOT }, shape, text: `${ID} completed` })
    const answer = await deletionSearch.find({ channel: CHANNEL, clusterId: ID, saysDeleted: () => true })
    expect(answer?.messages).toMatchObject([{ channel: CHANNEL, ts, threadTs: null, author: { botId: BOT } }])
  })

  test.each<[string, () => void]>([
    ['of a deletion that was only requested', () => say(`deletion of ${ID} requested`)],
    ['of a reply', () => say(`${ID} completed`, { threadTs: say('deletions of today') })],
    ['of another channel', () => say(`${ID} completed`, { channel: 'C9XGSR292' })],
    ['of a longer id that only holds it', () => say(`0${ID} completed, ${ID}0 too`)],
    ['of ours', () => sandbox.slack.postRaw(CHANNEL, { text: `${ID} completed`, bot_id: 'B0KPRESPONDER' })],
  ])('does not count what it says %s', async (_name, arrange) => {
    arrange()
    expect(await find()).toEqual([])
  })

  test('gives the message as it is now: edited ones in their last form, deleted ones not at all', async () => {
    const edited = say(`${ID} completed`)
    const deleted = say(`${ID} completed`)
    const stands = say(`${ID} completed`)
    // What the search answers, the message changes behind it.
    sandbox.faults.before({ upstream: 'slack', path: '/conversations.history' }, () => {
      sandbox.slack.edit(CHANNEL, edited, `${ID} failed`)
      sandbox.slack.remove(CHANNEL, deleted)
    })
    expect(await find()).toEqual([stands])
  })

  test('gives what Slack searched where our bot may not read the channel, without the ids that it lacks', async () => {
    sandbox.slack.setMember(CHANNEL, false)
    say(`${ID} completed`)
    const answer = await deletionSearch.find({ channel: CHANNEL, clusterId: ID, saysDeleted: () => true })
    expect(answer?.messages).toMatchObject([{ author: { botId: null, appId: null } }])
  })

  test('believes the ids that the search gives there, where it gives any', async () => {
    sandbox.slack.setMember(CHANNEL, false)
    const ts = '1700000000.000100'
    connect({
      findMessages: async () => [
        { channel: CHANNEL, ts, threadTs: null, message: { ts, bot_id: BOT, text: `${ID} completed` } },
      ],
    })
    const answer = await deletionSearch.find({ channel: CHANNEL, clusterId: ID, saysDeleted: () => true })
    expect(answer?.messages).toMatchObject([{ ts, author: { botId: BOT } }])
  })

  test.each<[string, Partial<SlackMatch>]>([
    ['another channel', { channel: 'C9XGSR292' }],
    ['a reply, as only its link tells', { threadTs: '1699999999.000100' }],
  ])('does not count %s though the search gives it', async (_name, change) => {
    for (const channel of [CHANNEL, 'C9XGSR292']) sandbox.slack.setMember(channel, false)
    const ts = '1700000000.000100'
    const message = { ts, bot_id: BOT, text: `${ID} completed` }
    connect({ findMessages: async () => [{ channel: CHANNEL, ts, threadTs: null, message, ...change }] })
    expect(await find()).toEqual([])
  })

  test('is asked once for a cluster: what was found counts for an hour', async () => {
    const ts = say(`${ID} completed`)
    expect(await Promise.all([find(), find()])).toEqual([[ts], [ts]])
    sandbox.clock.jump(59 * MINUTE_MS)
    expect(await find()).toEqual([ts])
    expect(searches()).toBe(1)
    sandbox.clock.jump(MINUTE_MS)
    expect(await find()).toEqual([ts])
    expect(searches()).toBe(2)
  })

  test('that found nothing is asked again after 5 min', async () => {
    sandbox.slack.setSearchLag(MINUTE_MS)
    const ts = say(`${ID} completed`)
    expect(await find()).toEqual([])
    sandbox.clock.jump(4 * MINUTE_MS)
    expect(await find()).toEqual([])
    sandbox.clock.jump(MINUTE_MS)
    expect(await find()).toEqual([ts])
  })

  test.each([['/search.messages'], ['/conversations.history'], ['/auth.test']])(
    'that fails at %s says nothing, and is asked again at once',
    async (path) => {
      const ts = say(`${ID} completed`)
      sandbox.faults.add({ upstream: 'slack', path, fault: { kind: 'html' } })
      expect(await find()).toBeNull()
      expect(await find()).toEqual([ts])
    },
  )

  test('is not asked for a sixth cluster while five are under way', async () => {
    let answer: (matches: SlackMatch[]) => void = () => undefined
    const answered = new Promise<SlackMatch[]>((resolve) => {
      answer = resolve
    })
    connect({ findMessages: () => answered })
    const asked = ['1', '2', '3', '4', '5'].map((end) => find(`c0ffee0000000000001${end}`))
    const sixth = 'c0ffee00000000000016'
    expect(await find(sixth)).toBeNull()
    answer([])
    expect(await Promise.all(asked)).toEqual([[], [], [], [], []])
    expect(await find(sixth)).toEqual([])
  })
})

import { describe, expect, test } from '@jest/globals'
import { SLACK_CHANNELS, WORKSPACE } from '../../sandbox/slack/slack.ts'
import { createSlack, messagesOf } from './slack-caller.ts'

const CHANNEL = SLACK_CHANNELS.kpEventsAlerts.id
const NOTIFY = SLACK_CHANNELS.notify.id
const author = { botId: 'B0ALERTBOT1' }
const button = (actionId: string) => ({
  type: 'button',
  action_id: actionId,
  text: { type: 'plain_text', text: 'Wake now' },
})

describe('conversations.history of the sandbox', () => {
  test('gives parents newest first, a hundred unless asked otherwise', async () => {
    const { slack, call } = createSlack()
    for (let index = 0; index < 101; index += 1) {
      slack.post({ channel: CHANNEL, author, shape: 'text', text: `message ${index}` })
    }
    const answer = await call('conversations.history', { channel: CHANNEL })
    const messages = messagesOf(answer)
    expect(messages).toHaveLength(100)
    expect(messages[0]?.text).toBe('message 100')
    expect(answer.has_more).toBe(true)
  })

  test('pages by cursor through every message once, though new ones come in between', async () => {
    const { slack, call } = createSlack()
    const posted = Array.from({ length: 7 }, (_, index) =>
      slack.post({ channel: CHANNEL, author, shape: 'text', text: `message ${index}` }),
    )
    const seen: unknown[] = []
    let cursor: unknown = ''
    do {
      const answer = await call('conversations.history', {
        channel: CHANNEL,
        limit: 3,
        ...(cursor !== '' && { cursor }),
      })
      seen.push(...messagesOf(answer).map((message) => message.ts))
      slack.post({ channel: CHANNEL, author, shape: 'text', text: 'late' })
      const metadata = answer.response_metadata
      cursor = typeof metadata === 'object' && metadata && 'next_cursor' in metadata ? metadata.next_cursor : ''
    } while (cursor !== '')
    expect(seen).toEqual(posted.toReversed())
  })

  test.each([
    { name: 'oldest excludes its own ts', args: { oldest: 1 }, expected: [2, 3] },
    { name: 'latest excludes its own ts', args: { latest: 2 }, expected: [0, 1] },
    { name: 'inclusive takes both ends in', args: { oldest: 1, latest: 2, inclusive: true }, expected: [1, 2] },
  ])('$name', async ({ args, expected }) => {
    const { slack, call } = createSlack()
    const ts = [0, 1, 2, 3].map(() => slack.post({ channel: CHANNEL, author, shape: 'text', text: 'x' }))
    const sent = {
      channel: CHANNEL,
      ...('oldest' in args && { oldest: ts[args.oldest ?? 0] }),
      ...('latest' in args && { latest: ts[args.latest ?? 0] }),
      ...('inclusive' in args && { inclusive: true }),
    }
    const found = messagesOf(await call('conversations.history', sent)).map((message) => message.ts)
    expect(found.toReversed()).toEqual(expected.map((index) => ts[index]))
  })

  test('leaves thread replies out but counts them on the parent, and shows broadcast ones', async () => {
    const { slack, call } = createSlack()
    const parent = slack.post({ channel: CHANNEL, author, shape: 'text', text: 'parent' })
    slack.post({ channel: CHANNEL, author, shape: 'text', text: 'hidden reply', threadTs: parent })
    const shown = slack.post({
      channel: CHANNEL,
      author,
      shape: 'text',
      text: 'shown',
      threadTs: parent,
      broadcast: true,
    })
    const messages = messagesOf(await call('conversations.history', { channel: CHANNEL }))
    expect(messages.map((message) => message.text)).toEqual(['shown', 'parent'])
    expect(messages[1]).toMatchObject({ thread_ts: parent, reply_count: 2, latest_reply: shown })
    const thread = messagesOf(await call('conversations.replies', { channel: CHANNEL, ts: parent }))
    expect(thread.map((message) => message.text)).toEqual(['parent', 'hidden reply', 'shown'])
  })

  test('shows metadata only with include_all_metadata', async () => {
    const { call } = createSlack()
    const metadata = { event_type: 'kp_case', event_payload: { run: 'r1' } }
    await call('chat.postMessage', { channel: NOTIFY, text: 'case', metadata })
    const [plain] = messagesOf(await call('conversations.history', { channel: NOTIFY }))
    const [full] = messagesOf(await call('conversations.history', { channel: NOTIFY, include_all_metadata: true }))
    expect(plain).not.toHaveProperty('metadata')
    expect(full?.metadata).toEqual(metadata)
  })

  test('keeps a message of the past at its place in time', async () => {
    const { slack, call } = createSlack()
    slack.post({ channel: CHANNEL, author, shape: 'text', text: 'now' })
    const at = new Date('2024-09-10T01:02:03.000Z')
    const ts = slack.post({ channel: CHANNEL, author, shape: 'text', text: 'then', at })
    const twin = slack.post({ channel: CHANNEL, author, shape: 'text', text: 'same instant', at })
    expect([ts, twin]).toEqual(['1725930123.000000', '1725930123.000001'])
    const texts = messagesOf(await call('conversations.history', { channel: CHANNEL })).map((message) => message.text)
    expect(texts).toEqual(['now', 'same instant', 'then'])
  })
})

describe('errors of the sandbox', () => {
  test.each([
    ['no token', 'auth.test', {}, '', 'not_authed'],
    ['a token of no known kind', 'auth.test', {}, 'abc', 'invalid_auth'],
    ['an unknown method', 'chat.shout', {}, 'xoxb-t', 'unknown_method'],
    ['a bot token for search', 'search.messages', { query: 'x' }, 'xoxb-t', 'not_allowed_token_type'],
    ['an unknown channel', 'conversations.history', { channel: 'C0NOWHERE00' }, 'xoxb-t', 'channel_not_found'],
    ['a limit over 999', 'conversations.history', { channel: CHANNEL, limit: 1000 }, 'xoxb-t', 'invalid_limit'],
    ['a bad oldest', 'conversations.history', { channel: CHANNEL, oldest: 'soon' }, 'xoxb-t', 'invalid_ts_oldest'],
    ['a bad cursor', 'conversations.history', { channel: CHANNEL, cursor: 'zzz' }, 'xoxb-t', 'invalid_cursor'],
    ['an unknown thread', 'conversations.replies', { channel: CHANNEL, ts: '1.2' }, 'xoxb-t', 'thread_not_found'],
    ['an empty message', 'chat.postMessage', { channel: NOTIFY }, 'xoxb-t', 'no_text'],
    [
      'a reply to nothing',
      'chat.postMessage',
      { channel: NOTIFY, text: 'x', thread_ts: '1.2' },
      'xoxb-t',
      'thread_not_found',
    ],
    ['an edit of nothing', 'chat.update', { channel: NOTIFY, ts: '1.2', text: 'x' }, 'xoxb-t', 'message_not_found'],
    [
      'an edit by channel name',
      'chat.update',
      { channel: '#armada-deploy', ts: '1.2', text: 'x' },
      'xoxb-t',
      'channel_not_found',
    ],
    ['a view without trigger', 'views.open', { trigger_id: 'x', view: {} }, 'xoxb-t', 'invalid_trigger_id'],
  ])('%s is answered as HTTP 200 with the right word', async (_name, method, args, token, error) => {
    const { send } = createSlack()
    const { status, body } = await send(method, args, token)
    expect({ status, body }).toMatchObject({ status: 200, body: { ok: false, error } })
  })

  test('a narrowed scope is named with what was provided', async () => {
    const { slack, call } = createSlack()
    slack.setScopes('bot', ['chat:write'])
    expect(await call('conversations.history', { channel: CHANNEL })).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'chat:write',
    })
  })

  test('a channel we are not in, and an archived one, cannot be written', async () => {
    const { slack, call } = createSlack()
    slack.setMember(CHANNEL, false)
    slack.setArchived(NOTIFY, true)
    expect(await call('conversations.history', { channel: CHANNEL })).toMatchObject({ error: 'not_in_channel' })
    expect(await call('chat.postMessage', { channel: CHANNEL, text: 'x' })).toMatchObject({ error: 'not_in_channel' })
    expect(await call('chat.postMessage', { channel: NOTIFY, text: 'x' })).toMatchObject({ error: 'is_archived' })
    expect(await call('conversations.info', { channel: NOTIFY })).toMatchObject({ channel: { is_archived: true } })
    expect(await call('conversations.history', { channel: NOTIFY })).toMatchObject({ ok: true })
  })

  test('one call over the limit is a 429 that says when the minute ends', async () => {
    const { slack, clock, send } = createSlack()
    slack.setRateLimit('conversations.history', 2)
    const statuses = []
    for (let index = 0; index < 3; index += 1) statuses.push(await send('conversations.history', { channel: CHANNEL }))
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(statuses[2]?.body).toEqual({ ok: false, error: 'ratelimited' })
    expect(Number(statuses[2]?.headers?.['retry-after'])).toBeGreaterThan(50)
    clock.jump(60_000)
    expect(await send('conversations.history', { channel: CHANNEL })).toMatchObject({ status: 200 })
  })

  test('a JSON body is read by writing methods and ignored by reading ones', async () => {
    const { slack } = createSlack()
    const json = (path: string) => ({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: 'Bearer xoxb-t' },
      rawBody: JSON.stringify({ channel: NOTIFY, text: 'hello' }),
    })
    expect((await slack.handle(json('/chat.postMessage'))).body).toMatchObject({ ok: true, channel: NOTIFY })
    expect((await slack.handle(json('/conversations.history'))).body).toMatchObject({ error: 'channel_not_found' })
  })
})

describe('writing to the sandbox', () => {
  test('a post by name is in the ledger with id, ts, text, blocks, thread and metadata', async () => {
    const { ledger, slack, call } = createSlack()
    const blocks = [{ type: 'actions', elements: [button('wake')] }]
    const answer = await call('chat.postMessage', { channel: '#armada-deploy', text: 'a < b & <!channel>', blocks })
    expect(answer).toMatchObject({ ok: true, channel: NOTIFY })
    const [entry] = ledger.of('message', NOTIFY)
    expect(entry).toMatchObject({ upstream: 'slack', actor: 'responder' })
    // A control sequence in unescaped text is live, here as there.
    expect(entry?.detail).toMatchObject({
      ts: answer.ts,
      text: 'a &lt; b &amp; <!channel>',
      threadTs: null,
      metadata: null,
    })
    expect(slack.ownMessages(NOTIFY)).toMatchObject([{ user: WORKSPACE.botUserId, bot_id: WORKSPACE.botId }])
  })

  test.each([
    ['a section over 3,000', [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }], 'invalid_blocks'],
    ['a header over 150', [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }], 'invalid_blocks'],
    ['an unknown block', [{ type: 'carousel' }], 'invalid_blocks'],
    ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' })), 'invalid_blocks'],
    [
      '26 buttons',
      [{ type: 'actions', elements: Array.from({ length: 26 }, (_, i) => button(`b${i}`)) }],
      'invalid_blocks',
    ],
    [
      'a button value over 2,000',
      [{ type: 'actions', elements: [{ ...button('b'), value: 'x'.repeat(2001) }] }],
      'invalid_blocks',
    ],
    ['two buttons of one action id', [{ type: 'actions', elements: [button('b'), button('b')] }], 'invalid_blocks'],
    [
      '13,201 characters',
      Array.from({ length: 5 }, () => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(2700) } })),
      'msg_blocks_too_long',
    ],
    ['blocks that are no list', { type: 'divider' }, 'invalid_blocks_format'],
  ])('%s is refused and nothing is posted', async (_name, blocks, error) => {
    const { ledger, call } = createSlack()
    expect(await call('chat.postMessage', { channel: NOTIFY, text: 'x', blocks })).toMatchObject({ ok: false, error })
    expect(ledger.entries()).toEqual([])
  })

  test('text is cut at 40,000 characters on post and refused over 4,000 on update', async () => {
    const { slack, call } = createSlack()
    const { ts } = await call('chat.postMessage', { channel: NOTIFY, text: 'x'.repeat(40_001) })
    expect(slack.ownMessages(NOTIFY)[0]?.text).toHaveLength(40_000)
    const answer = await call('chat.update', { channel: NOTIFY, ts, text: 'x'.repeat(4_001) })
    expect(answer).toMatchObject({ error: 'msg_too_long' })
  })

  test('an update changes own messages only, drops blocks when given text alone, and keeps metadata', async () => {
    const { ledger, slack, call } = createSlack()
    const foreign = slack.post({ channel: NOTIFY, author, shape: 'text', text: 'not yours' })
    expect(await call('chat.update', { channel: NOTIFY, ts: foreign, text: 'x' })).toMatchObject({
      error: 'cant_update_message',
    })
    expect(await call('chat.delete', { channel: NOTIFY, ts: foreign })).toMatchObject({ error: 'cant_delete_message' })
    const metadata = { event_type: 'kp_case', event_payload: {} }
    const { ts } = await call('chat.postMessage', {
      channel: NOTIFY,
      text: 'a',
      blocks: [{ type: 'divider' }],
      metadata,
    })
    await call('chat.update', { channel: NOTIFY, ts, text: 'b' })
    const [own] = slack.ownMessages(NOTIFY)
    expect(own).toMatchObject({ text: 'b', metadata, edited: { user: WORKSPACE.botId } })
    expect(own).not.toHaveProperty('blocks')
    expect(ledger.of('message-edit')).toHaveLength(1)
    await call('chat.delete', { channel: NOTIFY, ts })
    expect(slack.ownMessages(NOTIFY)).toEqual([])
    expect(ledger.of('message-delete', NOTIFY)).toHaveLength(1)
  })

  test('a reply may only go to a parent', async () => {
    const { call } = createSlack()
    const { ts } = await call('chat.postMessage', { channel: NOTIFY, text: 'parent' })
    const reply = await call('chat.postMessage', { channel: NOTIFY, text: 'reply', thread_ts: ts })
    const deeper = await call('chat.postMessage', { channel: NOTIFY, text: 'x', thread_ts: reply.ts })
    expect(deeper).toMatchObject({ error: 'cannot_reply_to_message' })
    const link = await call('chat.getPermalink', { channel: NOTIFY, message_ts: reply.ts })
    expect(link.permalink).toContain(`?thread_ts=${String(ts)}&cid=${NOTIFY}`)
  })

  test('a second equal reaction is refused', async () => {
    const { ledger, slack, call } = createSlack()
    const timestamp = slack.post({ channel: CHANNEL, author, shape: 'text', text: 'x' })
    const reaction = { channel: CHANNEL, timestamp, name: 'eyes' }
    expect(await call('reactions.add', reaction)).toEqual({ ok: true })
    expect(await call('reactions.add', reaction)).toEqual({ ok: false, error: 'already_reacted' })
    expect(ledger.of('reaction')).toHaveLength(1)
  })

  test('a trigger opens one view, within three seconds', async () => {
    const { clock, slack, call } = createSlack()
    const view = { type: 'modal', callback_id: 'snooze' }
    const used = slack.newTrigger()
    expect(await call('views.open', { trigger_id: used, view })).toMatchObject({ ok: true })
    expect(await call('views.open', { trigger_id: used, view })).toMatchObject({ error: 'exchanged_trigger_id' })
    const late = slack.newTrigger()
    clock.jump(3_001)
    expect(await call('views.open', { trigger_id: late, view })).toMatchObject({ error: 'expired_trigger_id' })
  })
})

describe('people of the sandbox', () => {
  test.each([
    ['text', (m: string) => ({ text: m })],
    ['attachment', (m: string) => ({ text: '', attachments: [{ text: m }] })],
    ['blocks', (m: string) => ({ blocks: [{ type: 'header' }, { type: 'section', text: { text: m } }] })],
    ['richText', () => ({ text: '', blocks: [{ type: 'rich_text' }] })],
    ['alertmanager', (m: string) => ({ text: '', attachments: [{ text: m, title: m }] })],
  ] as const)('an edit of a message of shape %s changes the text where it lives, escaped', (shape, expected) => {
    const { slack } = createSlack()
    const ts = slack.post({ channel: CHANNEL, author, shape, text: 'first' })
    slack.edit(CHANNEL, ts, 'cluster <x> & more')
    const [message] = slack.messages(CHANNEL)
    expect(message).toMatchObject({ ...expected('cluster &lt;x&gt; &amp; more'), edited: { user: author.botId } })
    expect(JSON.stringify(message)).not.toContain('first')
  })

  test('a bot id alone is a classic bot message, with an app id a modern one', () => {
    const { slack } = createSlack()
    slack.post({ channel: CHANNEL, author, shape: 'text', text: 'classic' })
    slack.post({ channel: CHANNEL, author: { ...author, appId: 'A0ALERTAPP1' }, shape: 'text', text: 'modern' })
    const [classic, modern] = slack.messages(CHANNEL)
    expect(classic).toMatchObject({ subtype: 'bot_message', bot_id: author.botId })
    expect(classic).not.toHaveProperty('user')
    expect(modern).toMatchObject({ bot_id: author.botId, bot_profile: { app_id: 'A0ALERTAPP1' } })
    expect(modern).not.toHaveProperty('subtype')
  })

  test('a deleted parent with replies stays as a tombstone', async () => {
    const { slack, call } = createSlack()
    const ts = slack.post({ channel: CHANNEL, author, shape: 'text', text: 'parent' })
    slack.post({ channel: CHANNEL, author, shape: 'text', text: 'reply', threadTs: ts })
    slack.remove(CHANNEL, ts)
    const [first] = messagesOf(await call('conversations.history', { channel: CHANNEL }))
    expect(first).toMatchObject({ ts, subtype: 'tombstone', text: 'This message was deleted.' })
  })

  test('search finds whole words everywhere after the index has caught up', async () => {
    const { clock, slack, call } = createSlack()
    slack.setSearchLag(5_000)
    const ts = slack.post({ channel: CHANNEL, author, shape: 'alertmanager', text: 'deleted c0ffee00000000000000' })
    const search = async (query: string) => (await call('search.messages', { query }, 'xoxp-me')).messages
    expect(await search('c0ffee00000000000000')).toMatchObject({ total: 0 })
    clock.jump(5_000)
    expect(await search('c0ffee00000000000000')).toMatchObject({
      total: 1,
      matches: [{ ts, channel: { id: CHANNEL } }],
    })
    expect(await search('c0ffee')).toMatchObject({ total: 0 })
    expect(await search('deleted in:#armada-deploy')).toMatchObject({ total: 0 })
  })

  test('a reset takes back messages, flags and settings', async () => {
    const { slack, call } = createSlack()
    slack.setArchived(CHANNEL, true)
    slack.refuseTokens('token_revoked')
    expect(await call('auth.test')).toMatchObject({ error: 'token_revoked' })
    slack.reset()
    expect(await call('auth.test')).toMatchObject({ ok: true, bot_id: WORKSPACE.botId })
    expect(await call('conversations.info', { channel: CHANNEL })).toMatchObject({ channel: { is_archived: false } })
  })
})

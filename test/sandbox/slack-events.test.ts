import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { SLACK_CHANNELS, WORKSPACE } from '../../sandbox/slack/slack.ts'
import { createSlack, startReceiver, toAnswer } from './slack-caller.ts'

const CHANNEL = SLACK_CHANNELS.deployFailure.id
const NOTIFY = SLACK_CHANNELS.notify.id
const author = { botId: 'B0ALERTBOT1' }
const signingSecret = 'test-signing-secret'
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function createConnected(answer: (count: number) => number | 'hang' = () => 200, answerWithinMs = 3_000) {
  const sandbox = createSlack()
  const receiver = await startReceiver(answer)
  sandbox.slack.connect({ url: receiver.url, signingSecret, answerWithinMs })
  cleanups.push(() => sandbox.slack.disconnect(), receiver.close)
  const bodies = () => receiver.received.map(({ body }) => toBody(body))
  const post = (text: string) => sandbox.slack.post({ channel: CHANNEL, author, shape: 'text', text })
  return { ...sandbox, received: receiver.received, bodies, post }
}

function toBody(text: string) {
  const parsed: { event_id: string; type: string; event: Record<string, unknown> } = JSON.parse(text)
  return parsed
}

describe('events of the sandbox', () => {
  test('post, edit, deletion and archiving each come as one signed event_callback', async () => {
    const { slack, post, received, bodies } = await createConnected()
    const ts = post('first')
    await slack.flush()
    slack.edit(CHANNEL, ts, 'second')
    await slack.flush()
    slack.remove(CHANNEL, ts)
    await slack.flush()
    slack.setArchived(CHANNEL, true)
    await slack.flush()
    expect(bodies().map(({ event }) => event)).toMatchObject([
      { type: 'message', subtype: 'bot_message', channel: CHANNEL, ts, text: 'first' },
      {
        subtype: 'message_changed',
        channel: CHANNEL,
        message: { ts, text: 'second' },
        previous_message: { text: 'first' },
      },
      { subtype: 'message_deleted', channel: CHANNEL, deleted_ts: ts, previous_message: { text: 'second' } },
      { type: 'channel_archive', channel: CHANNEL },
    ])
    expect(bodies().every(({ type }) => type === 'event_callback')).toBe(true)
    expect(new Set(bodies().map((body) => body.event_id)).size).toBe(4)
    for (const { headers, body } of received) {
      const expected = createHmac('sha256', signingSecret).update(`v0:${headers.timestamp}:${body}`).digest('hex')
      expect(headers.signature).toBe(`v0=${expected}`)
    }
  })

  test('own posts come back, and a channel we are not in says nothing', async () => {
    const { slack, call, post, bodies } = await createConnected()
    await call('chat.postMessage', { channel: NOTIFY, text: 'mine' })
    slack.setMember(CHANNEL, false)
    await slack.flush()
    post('unheard')
    await slack.flush()
    expect(bodies().map(({ event }) => event.type)).toEqual(['message', 'channel_left'])
    expect(bodies()[0]?.event).toMatchObject({ channel: NOTIFY, bot_id: WORKSPACE.botId, text: 'mine' })
  })

  test('a refused event is tried again at once, after a minute and after five, then never', async () => {
    const { clock, slack, post, received, bodies } = await createConnected(() => 500)
    post('refused')
    await slack.flush()
    expect(received).toHaveLength(2)
    clock.jump(30_000)
    await slack.flush()
    expect(received).toHaveLength(2)
    clock.jump(30_500)
    await slack.flush()
    expect(received).toHaveLength(3)
    clock.jump(300_000)
    await slack.flush()
    clock.jump(3_600_000)
    await slack.flush()
    expect(received.map(({ headers }) => [headers.retryNum, headers.retryReason])).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ])
    expect(new Set(bodies().map((body) => body.event_id)).size).toBe(1)
  })

  test('an answer that does not come in time is tried again as http_timeout', async () => {
    const { slack, post } = await createConnected((count) => (count === 1 ? 'hang' : 200), 50)
    post('slow')
    await slack.flush()
    expect(slack.attempts()).toMatchObject([
      { retryNum: 0, status: null, failure: 'http_timeout' },
      { retryNum: 1, status: 200, failure: null },
    ])
  })

  test.each([
    { replay: true, expected: ['hole', 'after'] },
    { replay: false, expected: ['after'] },
  ])('a silent hole ends with its events replayed: $replay', async ({ replay, expected }) => {
    const { slack, post, bodies } = await createConnected()
    slack.pauseEvents()
    post('hole')
    await slack.flush()
    expect(bodies()).toEqual([])
    slack.resumeEvents({ replay })
    await slack.flush()
    post('after')
    await slack.flush()
    expect(bodies().map(({ event }) => event.text)).toEqual(expected)
  })

  test('a hostile event goes out once with the signature it was given', async () => {
    const { slack, received } = await createConnected(() => 401)
    const answer = await slack.sendEvent('{"type":', { 'x-slack-signature': 'v0=00' })
    expect(answer.status).toBe(401)
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ body: '{"type":', headers: { signature: 'v0=00' } })
  })

  test('a new subscription is verified by its challenge', async () => {
    const { slack } = await createConnected()
    expect(await slack.verifyUrl()).toBe(true)
  })
})

describe('interactions of the sandbox', () => {
  test('a press on a button of a posted message comes as a form with its payload', async () => {
    const { slack, call, received } = await createConnected()
    const wake = { type: 'button', action_id: 'wake', value: 'case-1', text: { type: 'plain_text', text: 'Wake now' } }
    const answer = await call('chat.postMessage', {
      channel: NOTIFY,
      text: 'case',
      blocks: [{ type: 'actions', elements: [wake] }],
    })
    await slack.flush()
    await slack.press({ channel: NOTIFY, ts: String(answer.ts), actionId: 'wake', userId: 'U0OPERATOR1' })
    const last = received.at(-1)
    expect(last?.headers.contentType).toBe('application/x-www-form-urlencoded')
    const payload: unknown = JSON.parse(new URLSearchParams(last?.body).get('payload') ?? '')
    expect(payload).toMatchObject({
      type: 'block_actions',
      user: { id: 'U0OPERATOR1' },
      channel: { id: NOTIFY },
      message: { ts: answer.ts },
      actions: [{ action_id: 'wake', value: 'case-1', type: 'button' }],
    })
    const trigger = toAnswer(payload).trigger_id
    expect(await call('views.open', { trigger_id: trigger, view: { type: 'modal' } })).toMatchObject({ ok: true })
  })

  test('a press on a button that is not there is an error of the test', async () => {
    const { slack, post } = await createConnected()
    const ts = post('no buttons')
    expect(() => slack.press({ channel: CHANNEL, ts, actionId: 'wake', userId: 'U1' })).toThrow(/no button wake/)
  })
})

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { NOW_MS } from '../test-server.ts'
import { type AllSurfaces, FORM, SECOND_SLACK_SECRET, SLACK_COMMAND, slackHeaders, startSurfaces } from './surfaces.ts'

let running: AllSurfaces

beforeEach(async () => {
  running = await startSurfaces()
})
afterEach(() => running.close())

async function send(
  body: string | Buffer,
  { type = FORM, ...how }: Parameters<typeof slackHeaders>[1] & { type?: string } = {},
) {
  return sendAs(body, { 'content-type': type, ...slackHeaders(Buffer.from(body), how) })
}

async function sendAs(payload: string | Buffer, headers: Record<string, string | string[]>) {
  const answer = await running.server.inject({ method: 'POST', url: '/slack/events', headers, payload })
  return { status: answer.statusCode, body: answer.body }
}

const press = `payload=${encodeURIComponent('{"type":"block_actions","user":{"id":"U1"},"team":{"id":"T1"},"channel":{"id":"C1"},"actions":[{"type":"button","action_id":"kp_wake","block_id":"b"}]}')}`
const command = (text: string) =>
  new URLSearchParams({ command: SLACK_COMMAND, text, team_id: 'T1', user_id: 'U1' }).toString()
const seconds = (ahead: number) => String(NOW_MS / 1_000 + ahead)

describe('a press or a command of Slack', () => {
  test.each([
    ['a press', press, '', ['press', 'U1']],
    ['a command', command('resume'), 'heard', ['command', 'resume']],
  ])(
    'that was caught works once: %s sent again, under whatever other headers, does nothing',
    async (_what, body, answered, heard) => {
      expect(await send(body, { timestamp: seconds(-299) })).toEqual({ status: 200, body: answered })
      const headers = { 'content-type': FORM, ...slackHeaders(Buffer.from(body), { timestamp: seconds(-299) }) }
      const copies = Array.from({ length: 5 }, (_, at) => sendAs(body, { ...headers, 'x-slack-retry-num': String(at) }))
      expect(new Set((await Promise.all(copies)).map((copy) => `${copy.status} ${copy.body}`))).toEqual(
        new Set(['200 ']),
      )
      expect(running.heard).toEqual([heard])
    },
  )

  test('that a person sends again a second later works again', async () => {
    await send(command('status'))
    await send(command('status'), { timestamp: seconds(1) })
    expect(running.heard).toHaveLength(2)
  })

  test('is remembered after a restart, and though its memory can not be read it is answered', async () => {
    await running.store.putSetting('slack-seen', '{canary')
    await send(command('resume'))
    expect(await running.store.setting('slack-seen')).not.toContain('resume')
    await send(command('resume'))
    expect(running.heard).toHaveLength(1)
  })

  test('signed with either of two secrets is taken while the secret is changed', async () => {
    await send(command('one'))
    await send(command('two'), { secret: SECOND_SLACK_SECRET })
    expect((await send(command('three'), { secret: 'canary' })).status).toBe(401)
    expect(running.heard).toEqual([
      ['command', 'one'],
      ['command', 'two'],
    ])
  })

  test.each<[string, string | Buffer, number]>([
    ['no field at all', '', 415],
    ['fields of somebody else', 'canary=1', 415],
    ['an event', `event=${encodeURIComponent('{"type":"message"}')}`, 415],
    ['an empty payload', 'payload=', 400],
    ['a payload that is no JSON', 'payload=canary', 400],
    ['a payload that is a list', 'payload=%5B%5D', 400],
    ['a payload that is null', 'payload=null', 400],
    ['a payload of 34 levels', `payload=${'%5B'.repeat(34)}${'%5D'.repeat(34)}`, 400],
    ['a payload with a prototype key', `payload=${encodeURIComponent('{"__proto__":{}}')}`, 400],
    ['the byte FF', Buffer.concat([Buffer.from('command=/kp-events&text='), Buffer.from([0xff])]), 400],
    ['a byte order mark', `\ufeff${press}`, 400],
  ])('with %s is refused and leaves nothing', async (_what, body, status) => {
    const before = await running.traces()
    expect((await send(body)).status).toBe(status)
    expect(await running.traces()).toEqual(before)
    expect(running.logged()).not.toContain('canary')
  })

  test.each([
    ['an unknown command', 'command=%2Fcanary&team_id=T1&user_id=U1'],
    ['an unknown payload', `payload=${encodeURIComponent('{"type":"canary"}')}`],
    ['a payload that is an event', `payload=${encodeURIComponent('{"event":"canary","type":"event_callback"}')}`],
    ['a payload that is a command', `payload=${encodeURIComponent('{"command":{"canary":1}}')}`],
    [
      'a press without an action',
      `payload=${encodeURIComponent('{"type":"block_actions","user":{"id":"U1"},"actions":[null]}')}`,
    ],
    ['a press by nobody', press.replace('U1', '').replace('%22user%22', '%22canary%22')],
    [
      'an answer without a view',
      `payload=${encodeURIComponent('{"type":"view_submission","user":{"id":"U1"},"view":null}')}`,
    ],
    ['a command that is an event too', `${command('a')}&event=canary`],
    ['a team named like a part of an object', command('a').replace('T1', 'constructor')],
    ['a team named like the prototype of an object', command('a').replace('T1', '__proto__')],
    ['a press in a team of such a name', press.replace('T1', 'toString')],
    ['a field twice, of which the last counts', `${command('a')}&text=b`],
    ['a field __proto__', `${command('a')}&__proto__=canary`],
  ])('with %s is answered 200 and breaks nothing', async (_what, body) => {
    expect((await send(body)).status).toBe(200)
    expect(running.logged()).not.toMatch(/canary|"level":"?(?:error|50)/)
    expect(await send(command('status'))).toEqual({ status: 200, body: 'heard' })
  })

  test.each([
    ['whose event is a text', { event: 'canary' }],
    [
      'that deletes what no time is',
      { event: { type: 'message', subtype: 'message_deleted', channel: 'C1', deleted_ts: `${'9'.repeat(400)}.0` } },
    ],
    ['whose channel is nothing', { event: { type: 'message', channel: null } }],
    ['with an item that is a text', { event: { type: 'message', channel: 'C1', item: 'canary', ts: '1.0' } }],
    ['seen by nobody', { event: { type: 'message', channel: 'C1', ts: '1.0' }, authorizations: [null] }],
    ['in a team named like a part of an object', { event: { type: 'message', channel: 'C1' }, team_id: 'constructor' }],
  ])('and an event %s is answered 200 and breaks nothing', async (_what, change) => {
    const body = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', ...change })
    expect((await send(body, { type: 'application/json' })).status).toBe(200)
    expect(JSON.stringify(running.heard)).not.toContain('deleted')
    expect(running.logged()).not.toMatch(/canary|"level":"?(?:error|50)/)
  })
})

describe('what Slack asks of an address', () => {
  test('its look at the certificate is answered once it is signed, and asks for nothing', async () => {
    expect(await send('ssl_check=1&token=canary')).toEqual({ status: 200, body: '' })
    expect((await sendAs('ssl_check=1&token=canary', { 'content-type': FORM })).status).toBe(401)
    expect(running.heard).toEqual([])
  })

  test('its challenge is answered only where it is signed and harmless', async () => {
    const challenge = (word: string) => JSON.stringify({ type: 'url_verification', challenge: word })
    const type = 'application/json'
    expect(await send(challenge('abc'), { type })).toEqual({ status: 200, body: 'abc' })
    expect((await sendAs(challenge('abc'), { 'content-type': type })).status).toBe(401)
    expect((await send(challenge('<canary>'), { type })).status).toBe(400)
    expect((await send(challenge('a'.repeat(129)), { type })).status).toBe(400)
  })

  test.each([
    ['-301', -301],
    ['301', 301],
  ])('a signature %s s away is refused', async (_what, ahead) => {
    expect((await send(press, { timestamp: seconds(ahead) })).status).toBe(401)
  })

  test.each(['NaN', '1e400', '', '-1', '1795348800000', '1795348800.5', '٣٣'])(
    'the time %j is refused',
    async (timestamp) => {
      const headers = slackHeaders(Buffer.from(press), { timestamp })
      expect((await sendAs(press, { 'content-type': FORM, ...headers })).status).toBe(401)
      expect(running.heard).toEqual([])
    },
  )
})

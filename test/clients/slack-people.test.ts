import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { createSlackPeople, type SlackPeople } from '../../src/clients/slack-people.ts'
import { secretFromValue } from '../../src/config/secret.ts'
import { TerminalError } from '../../src/errors.ts'

let sandbox: Sandbox
let people: SlackPeople

beforeAll(async () => {
  sandbox = await startSandbox()
  people = createSlackPeople({
    apiUrl: `${sandbox.url}/slack/api/`,
    botToken: secretFromValue('xoxb-canary-token'),
    now: Date.now,
  })
})

afterAll(() => sandbox.close())

describe('an answer by response_url', () => {
  test('goes to the host that stands for Slack, for the eyes of one', async () => {
    await people.answer(`${sandbox.url}/slack/api/_response/1`, 'done')
    expect(sandbox.slack.answers()).toEqual([{ response_type: 'ephemeral', replace_original: false, text: 'done' }])
  })

  test.each([
    'https://evil.example/hooks.slack.com',
    'https://hooks.slack.com.evil.example/x',
    'https://hooks.slack.com@evil.example/x',
    'https://hooks.slack.com:8443/x',
    'http://hooks.slack.com/x',
    'http://169.254.169.254/latest',
    'http://127.0.0.1:1/slack/api/_response/1',
    'file:///etc/passwd',
    'no address',
    '',
  ])('is not sent to %j', async (address) => {
    const before = sandbox.requests.entries().length
    await expect(people.answer(address, 'done')).rejects.toThrow(
      new TerminalError('rejected', 'Slack response_url: the address is not of Slack, nothing was sent'),
    )
    expect(sandbox.requests.entries()).toHaveLength(before)
  })
})

describe('questions about people', () => {
  test('give every name of a user, and the members of a group', async () => {
    sandbox.slack.addUser({ id: 'U0ADA', name: 'ada', realName: 'Ada Example', email: 'ada@example.com' })
    sandbox.slack.setGroup('S0ONCALL', ['U0ADA'])
    expect(await people.namesOf('U0ADA')).toEqual(['ada', 'Ada Example', 'ada', 'ada@example.com'])
    expect(await people.groupMembers('S0ONCALL')).toEqual(['U0ADA'])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['a user that is not there', () => people.namesOf('U0NOBODY')],
    ['a group that is not there', () => people.groupMembers('S0NONE')],
    ['a trigger that is none', () => people.openView('x', { type: 'modal' })],
  ])('fail for %s, without the token in their words', async (_what, ask) => {
    await expect(ask()).rejects.toBeInstanceOf(TerminalError)
    await expect(ask()).rejects.not.toThrow(/canary/)
  })
})

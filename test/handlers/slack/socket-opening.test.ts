import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { secretFromValue } from '../../../src/config/secret.ts'
import { SlackSocket } from '../../../src/handlers/slack/socket.ts'
import { type AnsweringServer, startAnsweringServer } from '../../support/answering-server.ts'
import { waitUntil } from '../../support/wait-until.ts'

let slack: AnsweringServer
let socket: SlackSocket

beforeEach(async () => {
  slack = await startAnsweringServer()
  socket = new SlackSocket({
    apiUrl: `${slack.url}/`,
    botToken: secretFromValue('xoxb-1'),
    appToken: secretFromValue('xapp-1'),
    logger: pino({ level: 'silent' }),
    metrics: { countSlackSocket() {} },
    sink: { async messageSeen() {}, async messageDeleted() {}, async channelChanged() {} },
  })
})
afterEach(async () => {
  await socket.stop()
  await slack.close()
})

describe('the opening of a socket', () => {
  test.each<[string, AnsweringServer['answer']]>([
    [
      'has no end',
      (response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).write(`"${'x'.repeat(1_048_577)}`),
    ],
    ['sends elsewhere', (response) => void response.writeHead(307, { location: `${slack.url}/elsewhere` }).end()],
  ])('whose answer %s is given up and tried again, at Slack alone', async (_what, answer) => {
    slack.answer = answer
    socket.start()
    // Sooner than the deadline of a call that goes on reading.
    await waitUntil('a second try', () => slack.seen.length > 1, { timeoutMs: 6_000 })
    expect(new Set(slack.seen.map(({ url }) => url))).toEqual(new Set(['/apps.connections.open']))
  })
})

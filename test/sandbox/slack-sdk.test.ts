import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { SLACK_CHANNELS } from '../../sandbox/slack/slack.ts'

const CHANNEL = SLACK_CHANNELS.notify.id

describe("Slack's own client against the sandbox", () => {
  let sandbox: Sandbox
  let client: WebClient

  beforeEach(async () => {
    sandbox = await startSandbox()
    client = new WebClient('xoxb-sdk', {
      slackApiUrl: `${sandbox.url}/slack/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    })
  })

  afterEach(async () => {
    await sandbox.close()
  })

  test('posts blocks and metadata and reads them back', async () => {
    const metadata = { event_type: 'kp_case', event_payload: { run: 'r1' } }
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'Snoozed 2 h' } }]
    const posted = await client.chat.postMessage({ channel: '#armada-deploy', text: 'Snoozed 2 h', blocks, metadata })
    const read = await client.conversations.history({ channel: CHANNEL, include_all_metadata: true, limit: 1 })
    expect(read.messages).toMatchObject([{ ts: posted.ts, text: 'Snoozed 2 h', blocks, metadata }])
    expect((await client.auth.test()).response_metadata?.scopes).toContain('chat:write')
  })

  test('sees a platform error and a rate limit as its own error classes', async () => {
    await expect(client.conversations.history({ channel: 'C0NOWHERE00' })).rejects.toThrow(WebAPIPlatformError)
    sandbox.slack.setRateLimit('auth.test', 0)
    await expect(client.auth.test()).rejects.toThrow(WebAPIRateLimitedError)
  })
})

import { z } from 'zod'
import { createSlackCall } from '../../clients/slack-transport.ts'
import type { Config } from '../../config/config.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** How messages and buttons come: over a socket, by signed requests, or not at all. */
export async function checkEvents(
  { apiUrl, appToken, signingSecret }: NonNullable<Config['slack']>,
  { now, timeoutMs }: { now: () => number; timeoutMs: number },
): Promise<Finding> {
  const check = 'slack events'
  if (appToken) {
    // Slack names an address to connect to; nothing connects, and the address, a secret, is dropped.
    const call = createSlackCall({ apiUrl, botToken: appToken, now, timeoutMs })
    const [opened, failure] = await attempt(check, () => call('apps.connections.open', z.looseObject({}), {}))
    return opened
      ? ok(check, 'SLACK_APP_TOKEN may open a socket: messages are seen at once (Socket Mode)')
      : fail(check, `SLACK_APP_TOKEN: ${failure.says}`, 'make an app-level token with the scope connections:write')
  }
  return signingSecret
    ? ok(check, 'SLACK_SIGNING_SECRET is set: messages are seen at once')
    : warn(
        check,
        'are off: messages are seen by polling, up to 30 s later, and buttons do nothing',
        'set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode',
      )
}

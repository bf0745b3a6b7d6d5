import { z } from 'zod'
import { createSlackCall, type SlackTransportOptions } from './slack-transport.ts'

const ScopedAnswer = z.looseObject({
  response_metadata: z.looseObject({ scopes: z.array(z.string()).optional() }).optional(),
})

/**
 * The scopes that Slack says a token has, or null where it does not say. Source: the header `x-oauth-scopes` of auth.test.
 * @throws TransientError, TerminalError where Slack does not answer or refuses the token
 */
export async function slackScopes(options: SlackTransportOptions): Promise<readonly string[] | null> {
  const answer = await createSlackCall(options)('auth.test', ScopedAnswer, {})
  return answer.response_metadata?.scopes ?? null
}

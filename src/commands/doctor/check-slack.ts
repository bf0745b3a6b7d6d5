import type { Logger } from 'pino'
import { createSlackClient, type SlackClient } from '../../clients/slack.ts'
import { slackScopes } from '../../clients/slack-scopes.ts'
import type { Config } from '../../config/config.ts'
import type { Secret } from '../../config/secret.ts'
import { attempt } from './attempt.ts'
import { checkNotify, checkReadChannel } from './check-slack-channels.ts'
import { checkEvents } from './check-slack-events.ts'
import { type Finding, fail, off, ok, warn } from './finding.ts'

/** Longest wait for one answer, in ms. */
const CALL_LIMIT_MS = 5_000
/** What the bot does, and the scope of each. Source: Slack's method pages. */
const NEEDED_SCOPES = ['chat:write', 'channels:history', 'channels:read'] as const
/** Scopes that it works with too, for private channels and for people's answers. */
const USEFUL_SCOPES = [
  'groups:history',
  'groups:read',
  'commands',
  'usergroups:read',
  'users:read',
  'users:read.email',
] as const

type SlackAccess = NonNullable<Config['slack']>

/** The token and its scopes, each channel that is read, and the one that is told. */
export async function* checkSlack(
  { slack, policy }: Config,
  deps: { now: () => number; logger: Logger },
): AsyncGenerator<Finding> {
  if (!slack) {
    yield fail(
      'slack',
      'is not configured: no error text is ever seen, and every case is left to people',
      'set SLACK_BOT_TOKEN',
    )
    return
  }
  const client: SlackClient = createSlackClient({ ...slack, ...deps, timeoutMs: CALL_LIMIT_MS })
  const [identity, refused] = await attempt('slack token', () => client.authTest())
  if (!identity) {
    yield refused
    return
  }
  yield ok('slack token', `works: bot of ${identity.url}`)
  yield* await checkScopes(slack, { ...deps, groups: policy.current().operators.slackGroups })
  yield await checkEvents(slack, { now: deps.now, timeoutMs: CALL_LIMIT_MS })
  const { kpEventsAlerts, deployFailure, deployAlerts } = policy.current().channels
  const channels = [
    { ...kpEventsAlerts, name: '#armada-kp-events-alerts', needsAuthors: true },
    { ...deployFailure, name: '#armada-deploy-failure', needsAuthors: false },
    { ...deployAlerts, name: '#armada-deploy-alerts', needsAuthors: true },
  ]
  for (const channel of channels) yield* await checkReadChannel(client, channel, deps.now())
  yield await checkNotify(client, policy.current())
  yield await checkUserToken(slack, deps)
}

function scopesOf(slack: SlackAccess, botToken: Secret, now: () => number) {
  const options = { apiUrl: slack.apiUrl, botToken, now, timeoutMs: CALL_LIMIT_MS }
  return async () => ({ given: await slackScopes(options) })
}

async function checkScopes(
  slack: SlackAccess,
  { now, groups }: { now: () => number; groups: readonly string[] },
): Promise<Finding[]> {
  const check = 'slack scopes'
  const [scopes, failure] = await attempt(check, scopesOf(slack, slack.botToken, now))
  if (!scopes) return [failure]
  const { given } = scopes
  if (given === null)
    return [warn(check, 'Slack does not say which the token has', `it needs ${NEEDED_SCOPES.join(', ')}`)]
  const needed = [...NEEDED_SCOPES, ...(groups.length > 0 ? ['usergroups:read'] : [])]
  const missing = needed.filter((scope) => !given.includes(scope))
  const known: readonly string[] = [...NEEDED_SCOPES, ...USEFUL_SCOPES]
  const extra = given.filter((scope) => !known.includes(scope))
  return [
    missing.length > 0
      ? fail(check, `lacks ${missing.join(', ')}`, 'add them to the app and install it again')
      : ok(check, `has ${needed.join(', ')}`),
    ...(extra.length > 0
      ? [warn(check, `has more than is used: ${extra.join(', ')}`, 'take them away from the app: least scope')]
      : []),
  ]
}

async function checkUserToken(slack: SlackAccess, { now }: { now: () => number }): Promise<Finding> {
  const check = 'slack search'
  if (!slack.userToken)
    return off(check, 'SLACK_USER_TOKEN is not set: deletions older than the channel was read are not searched for')
  const [scopes, failure] = await attempt(check, scopesOf(slack, slack.userToken, now))
  if (!scopes) return failure
  return scopes.given?.includes('search:read')
    ? ok(check, 'SLACK_USER_TOKEN may search')
    : fail(check, 'SLACK_USER_TOKEN lacks the scope search:read', 'install the app with the user scope search:read')
}

import type { Logger } from 'pino'
import { createSlackClient, type SlackClient } from '../../clients/slack.ts'
import { slackScopes } from '../../clients/slack-scopes.ts'
import type { Config } from '../../config/config.ts'
import type { Policy } from '../../config/policy.ts'
import { isListedAuthor } from '../../evidence/slack/listed-author.ts'
import { toIndexedMessage } from '../../evidence/slack/message-text.ts'
import { formatDuration } from '../../model/duration.ts'
import type { MessageAuthor } from '../../model/slack-message.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, off, ok, warn } from './finding.ts'

/** What the bot does, and the scope of each. Source: Slack's method pages. */
const NEEDED_SCOPES = ['chat:write', 'channels:history', 'channels:read'] as const
/** Scopes that it works with too, for private channels and for people's answers. */
const USEFUL_SCOPES = ['groups:history', 'groups:read', 'commands', 'usergroups:read'] as const

/** The token and its scopes, each channel that is read, and the one that is told. */
export async function checkSlack({ slack, policy }: Config, deps: { now: () => number; logger: Logger }): Promise<Finding[]> {
  if (!slack) {
    return [
      fail('slack', 'is not configured: no error text is ever seen, and every case is left to people', 'set SLACK_BOT_TOKEN'),
    ]
  }
  const client = createSlackClient({ ...slack, ...deps })
  const [identity, token] = await attempt('slack token', () => client.authTest())
  if (!identity) return [token ?? fail('slack token', 'is refused', 'set SLACK_BOT_TOKEN to the bot token of the app')]
  const { kpEventsAlerts, deployFailure, deployAlerts } = policy.channels
  const read = [
    { ...kpEventsAlerts, name: '#armada-kp-events-alerts', needsAuthors: true },
    { ...deployFailure, name: '#armada-deploy-failure', needsAuthors: false },
    { ...deployAlerts, name: '#armada-deploy-alerts', needsAuthors: true },
  ]
  const channels: Finding[] = []
  for (const channel of read) channels.push(...(await checkChannel(client, channel, deps.now())))
  return [
    ok('slack token', `works: bot of ${identity.url}`),
    ...(await checkScopes(slack, deps)),
    slack.signingSecret
      ? ok('slack events', 'SLACK_SIGNING_SECRET is set: messages are seen at once')
      : warn('slack events', 'are off: messages are seen by polling, up to 30 s later, and buttons do nothing', 'set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN for Socket Mode'),
    ...channels,
    await checkNotify(client, policy),
    ...(await checkUserToken(slack, deps)),
  ]
}

async function checkScopes(slack: NonNullable<Config['slack']>, { now }: { now: () => number }): Promise<Finding[]> {
  const [scopes, failure] = await attempt('slack scopes', async () => ({ given: await slackScopes({ ...slack, now }) }))
  if (!scopes) return [failure]
  const { given } = scopes
  if (given === null) return [warn('slack scopes', 'Slack does not say which the token has', `it needs ${NEEDED_SCOPES.join(', ')}`)]
  const missing = NEEDED_SCOPES.filter((scope) => !given.includes(scope))
  const known: readonly string[] = [...NEEDED_SCOPES, ...USEFUL_SCOPES]
  const extra = given.filter((scope) => !known.includes(scope))
  return [
    missing.length > 0
      ? fail('slack scopes', `lacks ${missing.join(', ')}`, 'add them to the app and install it again')
      : ok('slack scopes', `has ${NEEDED_SCOPES.join(', ')}`),
    ...(extra.length > 0
      ? [warn('slack scopes', `has more than is used: ${extra.join(', ')}`, 'take them away from the app: least scope')]
      : []),
  ]
}

interface ReadChannel {
  id: string
  name: string
  authors: readonly string[]
  maxSilence: number
  needsAuthors: boolean
}

async function checkChannel(client: SlackClient, channel: ReadChannel, nowMs: number): Promise<Finding[]> {
  const check = `slack ${channel.name} (${channel.id})`
  const [info, failure] = await attempt(check, () => client.info(channel.id))
  if (!info) return [failure]
  if (!info.isMember) return [fail(check, 'we are not a member: it proves nothing', `invite the bot: /invite in ${channel.name}`)]
  if (info.isArchived) return [fail(check, 'is archived: it proves nothing', 'name the channel that replaced it in the policy')]
  const oldestMs = nowMs - Math.max(channel.maxSilence, 7 * 86_400_000)
  const [page, unread] = await attempt(check, () => client.history(channel.id, { oldestMs }))
  if (!page) return [unread]
  const authorsSeen = page.messages.flatMap((raw) => toIndexedMessage(channel.id, raw)?.author ?? [])
  const isHeard = authorsSeen.some((author) => isListedAuthor(author, channel.authors, 'any-bot-when-empty'))
  const findings = [ok(check, `can be read, ${page.messages.length}${page.cursor ? '+' : ''} messages in the last ${formatDuration(nowMs - oldestMs)}`)]
  if (channel.authors.length === 0 && channel.needsAuthors)
    findings.push(
      warn(check, 'names no authors in the policy: live, nothing in it permits a snooze or an issue', `set channels authors to the bot or app ids that post there, such as ${botsOf(authorsSeen).join(', ') || 'B0123456789'}`),
    )
  if (channel.maxSilence > 0 && !isHeard && page.cursor === null)
    findings.push(
      fail(check, `its known poster has posted nothing for ${formatDuration(channel.maxSilence)}: absence is not believed`, 'check the feed, the authors, and maxSilence in the policy'),
    )
  return findings
}

/** Bots that post there, for the policy. */
function botsOf(authors: readonly MessageAuthor[]): string[] {
  return [...new Set(authors.flatMap(({ botId, appId }) => botId ?? appId ?? []))].slice(0, 3)
}

async function checkNotify(client: SlackClient, { channels: { notify } }: Policy): Promise<Finding> {
  const check = `slack ${notify.name}`
  const [found, failure] = await attempt(check, () => (notify.id ? client.info(notify.id) : client.findChannelByName(notify.name)))
  if (failure) return failure
  if (!found) return fail(check, 'is not found: nobody is told', 'name it by id in the policy, channels.notify.id, and invite the bot')
  if (!found.isMember) return fail(check, 'we are not a member: nobody is told', `invite the bot: /invite in ${notify.name}`)
  return found.isArchived ? fail(check, 'is archived: nobody is told', 'name another in channels.notify') : ok(check, 'can be told')
}

async function checkUserToken({ userToken, ...slack }: NonNullable<Config['slack']>, { now }: { now: () => number }): Promise<Finding[]> {
  if (!userToken) return [off('slack search', 'SLACK_USER_TOKEN is not set: deletions older than the channel was read are not searched for')]
  const [scopes, failure] = await attempt('slack search', async () => ({ given: await slackScopes({ ...slack, botToken: userToken, now }) }))
  if (!scopes) return [failure]
  return scopes.given?.includes('search:read')
    ? [ok('slack search', 'SLACK_USER_TOKEN may search')]
    : [fail('slack search', 'SLACK_USER_TOKEN lacks the scope search:read', 'install the app with the user scope search:read')]
}

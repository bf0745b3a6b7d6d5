import type { SlackClient } from '../../clients/slack.ts'
import type { Policy } from '../../config/policy.ts'
import { isListedAuthor } from '../../evidence/slack/listed-author.ts'
import { toIndexedMessage } from '../../evidence/slack/message-text.ts'
import { formatDuration } from '../../model/duration.ts'
import type { MessageAuthor } from '../../model/slack-message.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** How far back a channel is looked at where its poster may be silent for any time, in ms. */
const USUAL_SPAN_MS = 7 * 86_400_000
/** Pages that are looked through for the known poster. */
const PAGE_LIMIT = 3

export interface ReadChannel {
  id: string
  name: string
  authors: readonly string[]
  /** Longest silence of the known poster that still proves absence, in ms; 0: any. */
  maxSilence: number
  /** Its messages permit something, and only those of listed authors. */
  needsAuthors: boolean
}

interface Heard {
  authors: MessageAuthor[]
  messages: number
  isWhole: boolean
}

/** Whether a channel that evidence is read from can prove anything. */
export async function checkReadChannel(client: SlackClient, channel: ReadChannel, nowMs: number): Promise<Finding[]> {
  const check = `slack ${channel.name} (${channel.id})`
  const [about, failure] = await attempt(check, () => client.info(channel.id))
  if (!about) return [failure]
  if (about.isArchived)
    return [fail(check, 'is archived: it proves nothing', 'name the channel that replaced it in the policy')]
  if (!about.isMember)
    return [fail(check, 'we are not a member: it proves nothing', `invite the bot: /invite in ${channel.name}`)]
  const spanMs = channel.maxSilence || USUAL_SPAN_MS
  const [heard, unread] = await attempt(check, () => listen(client, channel, nowMs - spanMs))
  if (!heard) return [unread]
  const count = `${heard.messages}${heard.isWhole ? '' : '+'}`
  return [
    ok(check, `can be read, ${count} messages in the last ${formatDuration(spanMs)}`),
    ...authorFindings(check, channel, { ...heard, spanMs }),
  ]
}

/** Who posted since a time, newest pages first, until a known poster is among them. */
async function listen(client: SlackClient, { id, authors }: ReadChannel, oldestMs: number): Promise<Heard> {
  const heard: Heard = { authors: [], messages: 0, isWhole: false }
  let cursor: string | null = null
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const read: Awaited<ReturnType<SlackClient['history']>> = await client.history(id, { oldestMs, cursor })
    heard.messages += read.messages.length
    heard.authors.push(...read.messages.flatMap((raw) => toIndexedMessage(id, raw)?.author ?? []))
    cursor = read.cursor
    heard.isWhole = cursor === null
    if (cursor === null || heard.authors.some((author) => isKnown(author, authors))) break
  }
  return heard
}

function authorFindings(
  check: string,
  { authors, maxSilence, needsAuthors }: ReadChannel,
  { spanMs, ...heard }: Heard & { spanMs: number },
): Finding[] {
  const findings: Finding[] = []
  if (authors.length === 0 && needsAuthors) {
    const bots = [...new Set(heard.authors.flatMap(({ botId, appId }) => botId ?? appId ?? []))].slice(0, 3)
    findings.push(
      warn(
        check,
        'names no authors in the policy: live, nothing in it permits a snooze or an issue',
        `set the channel's authors to the bot or app ids that post there, such as ${bots.join(', ') || 'B0123456789'}`,
      ),
    )
  }
  if (heard.authors.some((author) => isKnown(author, authors)) || !heard.isWhole) return findings
  const silent = `its known poster has posted nothing for ${formatDuration(spanMs)}`
  if (maxSilence > 0)
    findings.push(
      fail(check, `${silent}: absence is not believed`, 'check the feed, the authors, and maxSilence in the policy'),
    )
  else if (authors.length > 0) findings.push(warn(check, silent, 'check the feed and the authors in the policy'))
  return findings
}

function isKnown(author: MessageAuthor, authors: readonly string[]): boolean {
  return isListedAuthor(author, authors, 'any-bot-when-empty')
}

/** Whether the channel of the case messages can be posted to. Nothing is posted to find out. */
export async function checkNotify(client: SlackClient, { channels: { notify } }: Policy): Promise<Finding> {
  const check = `slack ${notify.name}`
  const [answer, failure] = await attempt(check, async () => ({
    found: await (notify.id ? client.info(notify.id) : client.findChannelByName(notify.name)),
  }))
  if (!answer) return failure
  const { found } = answer
  if (!found)
    return fail(
      check,
      'is not found: nobody is told',
      'name it by id in the policy, channels.notify.id, and invite the bot',
    )
  if (found.isArchived) return fail(check, 'is archived: nobody is told', 'name another in channels.notify')
  if (!found.isMember)
    return fail(check, 'we are not a member: nobody is told', `invite the bot: /invite in ${notify.name}`)
  return ok(check, 'can be told')
}

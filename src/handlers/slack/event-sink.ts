import { z } from 'zod'
import { SLACK_TS } from '../../model/slack-message.ts'

/**
 * Takes what Slack's events say about channels. Each call ends once it is durable and does no harm when repeated, so that
 * a retried or replayed event needs no memory of event ids.
 */
export interface SlackEventSink {
  messageSeen(channel: string, raw: unknown): Promise<void>
  messageDeleted(channel: string, ts: string): Promise<void>
  /** Archived, unarchived, or we were added or removed: what is known of the membership no longer holds. */
  channelChanged(channel: string): Promise<void>
}

const MessageEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message_changed'), channel: z.string(), message: z.unknown() }),
  z.object({ kind: z.literal('message_deleted'), channel: z.string(), deleted_ts: z.string().regex(SLACK_TS) }),
  z.object({ kind: z.literal('message'), channel: z.string() }),
])
const ChannelEvent = z.object({ channel: z.string(), user: z.string().nullish() })
const Authorizations = z.array(z.object({ user_id: z.string() }))

/** Events after which a channel may read otherwise than before. */
export const CHANNEL_EVENTS = [
  'channel_archive',
  'channel_unarchive',
  'channel_deleted',
  'channel_left',
  'group_archive',
  'group_unarchive',
  'group_left',
  'member_joined_channel',
  'member_left_channel',
] as const

/** Gives a message event to the sink. An event without the fields it must have tells nothing, and is dropped. */
export async function takeMessageEvent(sink: SlackEventSink, event: unknown): Promise<void> {
  const parsed = MessageEvent.safeParse(withKind(event))
  if (!parsed.success) return
  const { data } = parsed
  switch (data.kind) {
    case 'message':
      return sink.messageSeen(data.channel, event)
    case 'message_changed':
      return sink.messageSeen(data.channel, data.message)
    case 'message_deleted':
      return sink.messageDeleted(data.channel, data.deleted_ts)
    default:
      return data satisfies never
  }
}

/** Tells the sink of a changed channel; other people's coming and going changes nothing for us. */
export async function takeChannelEvent(sink: SlackEventSink, event: unknown, authorizations: unknown): Promise<void> {
  const parsed = ChannelEvent.safeParse(event)
  if (!parsed.success) return
  const us = Authorizations.safeParse(authorizations)
  const isMembership =
    typeof event === 'object' && event !== null && 'type' in event && String(event.type).startsWith('member_')
  const isSomebodyElse =
    us.success && us.data.length > 0 && us.data.every(({ user_id }) => user_id !== parsed.data.user)
  if (isMembership && isSomebodyElse) return
  await sink.channelChanged(parsed.data.channel)
}

function withKind(event: unknown): unknown {
  if (typeof event !== 'object' || event === null) return event
  const subtype = 'subtype' in event ? event.subtype : null
  return { ...event, kind: subtype === 'message_changed' || subtype === 'message_deleted' ? subtype : 'message' }
}

import { type SlackCall, SlackError } from './call.ts'
import type { Channel } from './channel.ts'
import { parentOf } from './channel.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { type JsonObject, type StoredMessage, WORKSPACE } from './message.ts'
import { type MethodContext, readableChannel } from './method.ts'
import { toMicros } from './timestamps.ts'

/** Messages a page. Source: conversations.history and conversations.replies. */
const HISTORY = { fallback: 100, max: 999 }
const REPLIES = { fallback: 1000, max: 1000 }
const LIST = { fallback: 100, max: 999 }

/** conversations.history: parents and broadcast replies, newest first. */
export function history(call: SlackCall, context: MethodContext): JsonObject {
  const channel = readableChannel(call, context)
  const limit = call.limit('limit', HISTORY)
  const range = toRange(call)
  const cursor = call.text('cursor')
  const latest = cursor === undefined ? range.latest : Math.min(range.latest, toPosition(cursor))
  const { page, next } = channel.newestFirst(range.oldest, latest, limit)
  return {
    messages: page.map((stored) => present(channel, stored, call.flag('include_all_metadata'))),
    has_more: next !== undefined,
    pin_count: 0,
    channel_actions_ts: null,
    channel_actions_count: 0,
    // Without a further page the field is missing altogether.
    ...(next !== undefined && { response_metadata: { next_cursor: toCursor('next_ts', next.replace('.', '')) } }),
  }
}

/** conversations.replies: the parent, then its replies, oldest first. A message nobody answered comes alone. */
export function replies(call: SlackCall, context: MethodContext): JsonObject {
  const channel = readableChannel(call, context)
  const limit = call.limit('limit', REPLIES)
  const asked = channel.find(call.required('ts', 'thread_not_found'))
  if (!asked) throw new SlackError('thread_not_found')
  const parent = channel.find(parentOf(asked.message) ?? asked.message.ts)
  const range = toRange(call)
  const cursor = call.text('cursor')
  const from = cursor === undefined ? range.oldest : Math.max(range.oldest, toPosition(cursor))
  const inRange = channel.replies(parent?.message.ts ?? asked.message.thread_ts ?? '').filter(({ message }) => {
    const micros = toMicros(message.ts) ?? 0
    return micros >= from && micros <= range.latest
  })
  // The parent leads the first page whatever the range.
  const all = parent && cursor === undefined ? [parent, ...inRange] : inRange
  const next = all[limit]?.message.ts
  return {
    messages: all.slice(0, limit).map((stored) => present(channel, stored, call.flag('include_all_metadata'))),
    has_more: next !== undefined,
    ...(next !== undefined && { response_metadata: { next_cursor: toCursor('next_ts', next.replace('.', '')) } }),
  }
}

/** conversations.info: a public channel is shown to everybody, with `is_member`. */
export function info(call: SlackCall, context: MethodContext): JsonObject {
  const channel = context.workspace.byId(call.required('channel', 'channel_not_found'))
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new SlackError('channel_not_found')
  return { channel: presentChannel(channel) }
}

/** conversations.list: public channels unless `types` asks for more. */
export function list(call: SlackCall, context: MethodContext): JsonObject {
  const limit = call.limit('limit', LIST)
  const types = (call.text('types') ?? 'public_channel').split(',').map((type) => type.trim())
  const shown = context.workspace
    .channels()
    .filter((channel) => types.includes(channel.isPrivate ? 'private_channel' : 'public_channel'))
    .filter((channel) => !channel.isPrivate || channel.isMember)
    .filter((channel) => !(call.flag('exclude_archived') && channel.isArchived))
  const cursor = call.text('cursor')
  const start = cursor === undefined ? 0 : Number(fromCursor('offset', cursor))
  const end = start + limit
  return {
    channels: shown.slice(start, end).map(presentChannel),
    // Here, unlike in history, an empty cursor says that the list is complete.
    response_metadata: { next_cursor: end < shown.length ? toCursor('offset', String(end)) : '' },
  }
}

/** auth.test: who the token is. */
export function authTest(_call: SlackCall, { caller }: MethodContext): JsonObject {
  const { url, team, teamId, botName, botUserId, botId, userId } = WORKSPACE
  const who =
    caller === 'bot' ? { user: botName, user_id: botUserId, bot_id: botId } : { user: 'installer', user_id: userId }
  return { url, team, team_id: teamId, ...who, is_enterprise_install: false }
}

/** chat.getPermalink: works for every message of a channel the caller can see. */
export function permalink(call: SlackCall, context: MethodContext): JsonObject {
  const channel = context.workspace.byId(call.required('channel', 'channel_not_found'))
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new SlackError('channel_not_found')
  const stored = channel.find(call.required('message_ts', 'message_not_found'))
  if (!stored) throw new SlackError('message_not_found')
  return { channel: channel.id, permalink: toPermalink(channel, stored) }
}

/** The message's address on the web. */
export function toPermalink(channel: Channel, { message }: StoredMessage): string {
  const parent = parentOf(message)
  const thread = parent === undefined ? '' : `?thread_ts=${parent}&cid=${channel.id}`
  return `${WORKSPACE.url}archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`
}

/** The message as a reader gets it: thread facts on parents, metadata only on demand. */
export function present(channel: Channel, stored: StoredMessage, withMetadata: boolean): JsonObject {
  const { metadata, ...shown } = stored.message
  const answered = channel.replies(shown.ts)
  const parent = channel.find(parentOf(stored.message) ?? '')
  return {
    ...shown,
    ...(withMetadata && metadata && { metadata }),
    ...(answered.length > 0 && toThreadFacts(shown.ts, answered)),
    ...(parent && { parent_user_id: parent.message.user ?? 'USLACKBOT' }),
    ...(parent && shown.subtype === 'thread_broadcast' && { root: parent.message }),
  }
}

function toThreadFacts(ts: string, answered: readonly StoredMessage[]): JsonObject {
  const users = [...new Set(answered.map(({ message }) => message.user ?? message.bot_id ?? 'USLACKBOT'))]
  return {
    thread_ts: ts,
    reply_count: answered.length,
    reply_users_count: users.length,
    latest_reply: answered.at(-1)?.message.ts,
    reply_users: users,
    is_locked: false,
    subscribed: false,
  }
}

function presentChannel(channel: Channel): JsonObject {
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_member: channel.isMember,
    is_general: false,
    is_shared: false,
    created: 1_600_000_000,
    context_team_id: WORKSPACE.teamId,
  }
}

/** The asked range as inclusive bounds in microseconds; both ends are exclusive unless `inclusive` is set. */
function toRange(call: SlackCall): { oldest: number; latest: number } {
  const step = call.flag('inclusive') ? 0 : 1
  const oldest = call.text('oldest')
  const latest = call.text('latest')
  return {
    oldest: oldest === undefined ? 0 : toBound(oldest, 'invalid_ts_oldest') + step,
    latest: latest === undefined ? Number.MAX_SAFE_INTEGER - 1 : toBound(latest, 'invalid_ts_latest') - step,
  }
}

function toBound(value: string, error: string): number {
  const micros = toMicros(value)
  if (micros === undefined) throw new SlackError(error)
  return micros
}

function toPosition(cursor: string): number {
  const position = Number(fromCursor('next_ts', cursor))
  if (!Number.isSafeInteger(position)) throw new SlackError('invalid_cursor')
  return position
}

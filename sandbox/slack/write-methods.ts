import { z } from 'zod'
import { parseAttachments, parseBlocks } from './blocks.ts'
import { type SlackCall, SlackError } from './call.ts'
import { type Channel, parentOf } from './channel.ts'
import { type DraftMessage, type JsonObject, type StoredMessage, WORKSPACE } from './message.ts'
import { type MethodContext, recordEffect, writableChannel } from './method.ts'
import { toBotProfile } from './shapes.ts'
import { MAX_UPDATE_TEXT_CHARACTERS, toStoredApiText, truncateText } from './text.ts'
import { isTs } from './timestamps.ts'

/** Source: message metadata. */
const MAX_METADATA_BYTES = 16_000

const metadataSchema = z.object({ event_type: z.string().min(1), event_payload: z.record(z.string(), z.unknown()) })

/** chat.postMessage: no idempotency key, two equal calls are two messages. */
export function postMessage(call: SlackCall, context: MethodContext): JsonObject {
  const { workspace } = context
  const channel = writableChannel(workspace.byIdOrName(call.required('channel', 'channel_not_found')))
  const content = parseContent(call)
  const text = truncateText(content.text ?? '')
  const threadTs = parseThread(call, channel)
  const isBroadcast = threadTs !== undefined && call.flag('reply_broadcast')
  const draft: DraftMessage = {
    ...toOwnIdentity(context),
    text: toStoredApiText(text),
    ...(content.blocks && content.blocks.length > 0 && { blocks: content.blocks }),
    ...(content.attachments && content.attachments.length > 0 && { attachments: content.attachments }),
    ...(content.metadata && { metadata: content.metadata }),
    ...(threadTs !== undefined && { thread_ts: threadTs }),
    ...(isBroadcast && { subtype: 'thread_broadcast' }),
  }
  const stored = workspace.post(channel, draft, { isOwn: true })
  recordEffect(context, 'message', channel.id, toDetail(channel, stored))
  return { channel: channel.id, ts: stored.message.ts, message: stored.message }
}

/** chat.update: own messages only. Text without blocks takes the blocks away, attachments and metadata stay. */
export function update(call: SlackCall, context: MethodContext): JsonObject {
  const { channel, stored } = findOwn(call, context, 'cant_update_message')
  const content = parseContent(call)
  if ((content.text?.length ?? 0) > MAX_UPDATE_TEXT_CHARACTERS) throw new SlackError('msg_too_long')
  const previous = stored.message
  const { blocks, attachments, metadata, ...kept } = previous
  const nextBlocks = content.blocks ?? (content.text === undefined ? blocks : undefined)
  const nextAttachments = content.attachments ?? attachments
  const next: StoredMessage['message'] = {
    ...kept,
    text: content.text === undefined ? '' : toStoredApiText(content.text),
    ...(nextBlocks && nextBlocks.length > 0 && { blocks: nextBlocks }),
    ...(nextAttachments && nextAttachments.length > 0 && { attachments: nextAttachments }),
    ...((content.metadata ?? metadata) && { metadata: content.metadata ?? metadata }),
  }
  // Slack marks an edit of plain text only, one with blocks is silent.
  if (!content.blocks) next.edited = { user: WORKSPACE.botId, ts: context.workspace.eventTs() }
  context.workspace.change(channel, stored, next)
  recordEffect(context, 'message-edit', channel.id, toDetail(channel, stored))
  const { ts, text } = stored.message
  return { channel: channel.id, ts, text, message: stored.message }
}

/** chat.delete: own messages only. */
export function deleteMessage(call: SlackCall, context: MethodContext): JsonObject {
  const { channel, stored } = findOwn(call, context, 'cant_delete_message')
  const { ts } = stored.message
  context.workspace.remove(channel, stored)
  recordEffect(context, 'message-delete', channel.id, { channel: channel.id, ts })
  return { channel: channel.id, ts }
}

/** reactions.add: a second time by the same user it answers `already_reacted`. */
export function addReaction(call: SlackCall, context: MethodContext): JsonObject {
  const name = call.required('name', 'invalid_name').replace(/^:|:$/g, '')
  if (!/^[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?$/.test(name)) throw new SlackError('invalid_name')
  const ts = call.required('timestamp', 'no_item_specified')
  if (!isTs(ts)) throw new SlackError('bad_timestamp')
  const channel = writableChannel(context.workspace.byId(call.required('channel', 'channel_not_found')))
  const stored = channel.find(ts)
  if (!stored) throw new SlackError('message_not_found')
  const user = context.caller === 'bot' ? WORKSPACE.botUserId : WORKSPACE.userId
  const reactions = stored.message.reactions ?? []
  const present = reactions.find((reaction) => reaction.name === name)
  if (present?.users.includes(user)) throw new SlackError('already_reacted')
  const users = [...(present?.users ?? []), user]
  const others = reactions.filter((reaction) => reaction !== present)
  stored.message = { ...stored.message, reactions: [...others, { name, count: users.length, users }] }
  recordEffect(context, 'reaction', channel.id, { channel: channel.id, ts, name })
  return {}
}

function findOwn(
  call: SlackCall,
  context: MethodContext,
  refusal: string,
): { channel: Channel; stored: StoredMessage } {
  // Unlike chat.postMessage these two take an id, never a name.
  const channel = writableChannel(context.workspace.byId(call.required('channel', 'channel_not_found')))
  const stored = channel.find(call.required('ts', 'message_not_found'))
  if (!stored || stored.message.subtype === 'tombstone') throw new SlackError('message_not_found')
  if (!stored.isOwn) throw new SlackError(refusal)
  return { channel, stored }
}

function parseContent(call: SlackCall) {
  const text = call.text('text')
  const blocks = parseBlocks(call.json('blocks', 'invalid_blocks_format'))
  const attachments = parseAttachments(call.json('attachments', 'invalid_attachments'))
  if (text === undefined && !blocks?.length && !attachments?.length) throw new SlackError('no_text')
  return { text, blocks, attachments, metadata: parseMetadata(call) }
}

function parseMetadata(call: SlackCall): JsonObject | undefined {
  const sent = call.json('metadata', 'invalid_metadata_format')
  if (sent === undefined || sent === null) return undefined
  const parsed = metadataSchema.safeParse(sent)
  if (!parsed.success) throw new SlackError('invalid_metadata_schema')
  if (Buffer.byteLength(JSON.stringify(parsed.data)) > MAX_METADATA_BYTES) throw new SlackError('metadata_too_large')
  return parsed.data
}

function parseThread(call: SlackCall, channel: Channel): string | undefined {
  const threadTs = call.text('thread_ts')
  if (threadTs === undefined) return undefined
  const parent = channel.find(threadTs)
  if (!parent) throw new SlackError('thread_not_found')
  if (parentOf(parent.message) !== undefined) throw new SlackError('cannot_reply_to_message')
  return threadTs
}

function toOwnIdentity({ caller }: MethodContext): Omit<DraftMessage, 'text'> & { type: 'message' } {
  const { botUserId, userId, botId, appId, botName, teamId } = WORKSPACE
  return {
    type: 'message',
    user: caller === 'bot' ? botUserId : userId,
    bot_id: botId,
    app_id: appId,
    team: teamId,
    bot_profile: toBotProfile({ botId, appId, name: botName }),
  }
}

function toDetail(channel: Channel, { message }: StoredMessage): JsonObject {
  return {
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    blocks: message.blocks ?? [],
    attachments: message.attachments ?? [],
    threadTs: message.thread_ts ?? null,
    metadata: message.metadata ?? null,
  }
}

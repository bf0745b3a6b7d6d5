import { z } from 'zod'
import { maskSecrets } from '../../model/outside-text.ts'
import { type IndexedMessage, SLACK_TS } from '../../model/slack-message.ts'
import { attachmentLines, blockLines } from './message-parts.ts'
import { fromMrkdwn } from './mrkdwn.ts'
import { toSegments } from './segments.ts'

/** A field of the wrong type counts as missing: one odd field must not hide a message's text. */
const OptionalText = z.string().nullish().catch(null)
const Ts = z.string().regex(SLACK_TS)

const RawMessage = z.object({
  ts: Ts,
  thread_ts: Ts.nullish().catch(null),
  subtype: OptionalText,
  text: OptionalText,
  user: OptionalText,
  username: OptionalText,
  bot_id: OptionalText,
  app_id: OptionalText,
  bot_profile: z.object({ app_id: OptionalText, name: OptionalText }).nullish().catch(null),
  edited: z.object({ ts: Ts }).nullish().catch(null),
  attachments: z.array(z.unknown()).nullish().catch(null),
  blocks: z.array(z.unknown()).nullish().catch(null),
  files: z
    .array(z.object({ title: OptionalText, preview: OptionalText }).catch({ title: null, preview: null }))
    .nullish()
    .catch(null),
})

/** What Slack itself writes into a channel: nobody said it, so it is no evidence. */
const SYSTEM_SUBTYPES: ReadonlySet<string> = new Set([
  'bot_add',
  'bot_remove',
  'channel_archive',
  'channel_convert_to_private',
  'channel_join',
  'channel_leave',
  'channel_name',
  'channel_posting_permissions',
  'channel_purpose',
  'channel_topic',
  'channel_unarchive',
  'group_archive',
  'group_join',
  'group_leave',
  'group_name',
  'group_purpose',
  'group_topic',
  'group_unarchive',
  'pinned_item',
  'reminder_add',
  'tombstone',
  'unpinned_item',
])

/** What Slack leaves in place of a deleted parent with replies outranks every form that the message had before. */
const AFTER_EVERY_EDIT = '9999999999.999999'

/**
 * The message as the index keeps it, or null when it has no usable `ts`. Total: any JSON is accepted.
 * Source: the message shapes that conversations.history and the Events API give.
 */
export function toIndexedMessage(channel: string, raw: unknown): IndexedMessage | null {
  const parsed = RawMessage.safeParse(raw)
  if (!parsed.success) return null
  const message = parsed.data
  const profile = message.bot_profile
  const name = message.username ?? profile?.name
  return {
    channel,
    ts: message.ts,
    threadTs: message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : null,
    author: {
      botId: message.bot_id ?? null,
      appId: message.app_id ?? profile?.app_id ?? null,
      userId: message.user ?? null,
      name: name == null ? null : maskSecrets(name),
    },
    segments: isSystemMessage(message.subtype) ? [] : toSegments(linesOf(message)),
    editedTs: message.subtype === 'tombstone' ? AFTER_EVERY_EDIT : (message.edited?.ts ?? null),
  }
}

function isSystemMessage(subtype: string | null | undefined): boolean {
  return typeof subtype === 'string' && SYSTEM_SUBTYPES.has(subtype)
}

function linesOf(message: z.infer<typeof RawMessage>): string[] {
  const files = (message.files ?? []).flatMap((file) => [file.title ?? '', file.preview ?? ''])
  return [
    fromMrkdwn(message.text ?? ''),
    ...blockLines(message.blocks ?? []),
    ...attachmentLines(message.attachments ?? []),
    ...files,
  ]
}

import { z } from 'zod'

const NextCursor = z
  .object({ next_cursor: z.string().nullish() })
  .nullish()
  .transform((metadata) => metadata?.next_cursor || null)

/** A page of conversations.history or conversations.replies; each message is judged by who reads it. */
export const MessagesAnswer = z
  .object({ messages: z.array(z.unknown()), has_more: z.boolean().nullish(), response_metadata: NextCursor })
  // More messages without a way to them would read as the end of the channel.
  .refine((answer) => !answer.has_more || answer.response_metadata !== null)

const Channel = z
  .object({
    id: z.string(),
    name: z.string().nullish(),
    // A flag that Slack leaves out proves nothing, so it counts as the answer that forbids.
    is_member: z.boolean().default(false),
    is_archived: z.boolean().default(false),
  })
  .transform((channel) => ({
    id: channel.id,
    name: channel.name ?? channel.id,
    isMember: channel.is_member,
    isArchived: channel.is_archived,
  }))
export type SlackChannel = z.infer<typeof Channel>

export const InfoAnswer = z.object({ channel: Channel })
export const ListAnswer = z.object({ channels: z.array(Channel), response_metadata: NextCursor })
export type ListAnswer = z.infer<typeof ListAnswer>
export const PostAnswer = z.object({ channel: z.string(), ts: z.string() })

export const AuthAnswer = z
  .object({
    url: z.url(),
    team_id: z.string(),
    user_id: z.string(),
    bot_id: z.string().nullish(),
    app_id: z.string().nullish(),
  })
  .transform((auth) => ({
    url: auth.url,
    teamId: auth.team_id,
    userId: auth.user_id,
    botId: auth.bot_id ?? null,
    appId: auth.app_id ?? null,
  }))
/** Who our token is: the workspace's address and id, our user and our bot. */
export type SlackIdentity = z.infer<typeof AuthAnswer>

/** A message of our own as a probe looks for it. */
export const OwnMessage = z.object({
  ts: z.string(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  metadata: z.object({ event_payload: z.object({ key: z.string() }) }),
})

import { z } from 'zod'
import { CHANNEL_EVENTS } from './event-sink.ts'

type Body = Record<string, unknown>

/** Bolt keeps what it knows of a team in an object under this word: `constructor` would be found there. */
const slackId = z.string().regex(/^[A-Z0-9]{2,32}$/)
const teamId = slackId.optional().catch(undefined)
const team = z.object({ id: slackId }).nullish().catch(undefined)
const channel = z.object({ id: z.string() }).optional().catch(undefined)
const user = z.object({ id: z.string(), name: z.string().optional().catch(undefined), team_id: teamId })
const text = z.string().optional().catch(undefined)

/** An event of a kind that is listened to. What Bolt would read of other kinds in it is left out. */
const Event = z.object({
  type: z.literal('event_callback'),
  team_id: teamId,
  api_app_id: text,
  event: z
    .looseObject({ type: z.enum(['message', ...CHANNEL_EVENTS]), channel: z.string() })
    .transform(({ item: _item, channel_id: _channelId, assistant_thread: _thread, ...event }) => event),
  authorizations: z
    .array(z.object({ user_id: z.string(), team_id: slackId.nullable().catch(null) }))
    .optional()
    .catch(undefined),
})
const Press = z.object({
  type: z.literal('block_actions'),
  team,
  user,
  api_app_id: text,
  channel,
  container: z.unknown().optional(),
  trigger_id: text,
  response_url: text,
  actions: z.array(z.looseObject({ action_id: z.string() })).min(1),
})
const Submission = z.object({
  type: z.literal('view_submission'),
  team,
  user,
  api_app_id: text,
  view: z.looseObject({ callback_id: z.string() }).transform(({ app_installed_team_id: _teamId, ...view }) => view),
})
const Interaction = z.discriminatedUnion('type', [Press, Submission])
const Command = z.object({
  command: z.string(),
  text,
  team_id: teamId,
  api_app_id: text,
  channel_id: text,
  user_id: text,
  user_name: text,
  trigger_id: text,
  response_url: text,
})

/**
 * Bolt finds out what a body is by looking for fields anywhere in it, and throws where one is of another type than it
 * thinks. It is given what we listen to and nothing else; null: the body is nothing that we listen to.
 */
export function toKnownEvent(body: unknown): Body | null {
  return Event.safeParse(body).data ?? null
}

/** The same for a press on a button or an answer to our question. */
export function toKnownInteraction(body: unknown): Body | null {
  return Interaction.safeParse(body).data ?? null
}

/** The same for a slash command. */
export function toKnownCommand(body: unknown): Body | null {
  return Command.safeParse(body).data ?? null
}

import { z } from 'zod'
import { TerminalError } from '../errors.ts'

const id = z.string().min(1)
/** Text from outside may open no preview and mention nobody, whatever it says. */
const inert = { link_names: z.literal(false), parse: z.literal('none') }
const content = {
  channel: id,
  text: z.string(),
  blocks: z.array(z.unknown()).optional(),
  metadata: z.unknown().optional(),
}

/** The methods of Slack that are called, each with what it may be given: reads, and writes of our own words only. */
const ALLOWED: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['auth.test', z.strictObject({})],
  ['apps.connections.open', z.strictObject({})],
  ['conversations.history', z.looseObject({ channel: id })],
  ['conversations.replies', z.looseObject({ channel: id, ts: id })],
  ['conversations.info', z.strictObject({ channel: id })],
  ['conversations.list', z.looseObject({})],
  ['search.messages', z.looseObject({ query: id })],
  ['usergroups.users.list', z.strictObject({ usergroup: id })],
  ['users.info', z.strictObject({ user: id })],
  [
    'chat.postMessage',
    z.strictObject({
      ...content,
      ...inert,
      thread_ts: id.optional(),
      unfurl_links: z.literal(false),
      unfurl_media: z.literal(false),
    }),
  ],
  ['chat.update', z.strictObject({ ...content, ...inert, ts: id })],
  ['chat.postEphemeral', z.strictObject({ channel: id, user: id, text: z.string(), link_names: z.literal(false) })],
  ['views.open', z.strictObject({ trigger_id: id, view: z.looseObject({ type: z.literal('modal') }) })],
])

/** @throws TerminalError `rejected` before anything is sent, for a method or a parameter that the responder does not use. */
export function assertAllowedMethod(method: string, parameters: Record<string, unknown>): void {
  if (ALLOWED.get(method)?.safeParse(parameters).success !== true)
    throw new TerminalError('rejected', `Slack ${method}: this method or parameter is not one the responder uses`)
}

import { type SlackCall, SlackError } from './call.ts'
import type { JsonObject } from './message.ts'
import { type MethodContext, recordEffect, writableChannel } from './method.ts'

/** chat.postEphemeral: one person sees it, and it is in no history. */
export function postEphemeral(call: SlackCall, context: MethodContext): JsonObject {
  const channel = writableChannel(context.workspace.byIdOrName(call.required('channel', 'channel_not_found')))
  const user = call.required('user', 'user_not_found')
  const text = call.required('text', 'no_text')
  recordEffect(context, 'ephemeral', channel.id, { user, text })
  return { message_ts: context.workspace.eventTs() }
}

/** users.info: the people whom a test has introduced. */
export function userInfo(call: SlackCall, { workspace }: MethodContext): JsonObject {
  const user = workspace.users.get(call.required('user', 'user_not_found'))
  if (!user) throw new SlackError('user_not_found')
  const { id, name, realName, email } = user
  return { user: { id, name, real_name: realName, profile: { real_name: realName, display_name: name, email } } }
}

/** usergroups.users.list: the groups that a test has made. */
export function groupUsers(call: SlackCall, { workspace }: MethodContext): JsonObject {
  const users = workspace.groups.get(call.required('usergroup', 'no_such_subteam'))
  if (!users) throw new SlackError('no_such_subteam')
  return { users: [...users] }
}

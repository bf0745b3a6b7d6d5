import type { Ledger } from '../ledger.ts'
import type { TokenKind } from './access.ts'
import { type SlackCall, SlackError } from './call.ts'
import type { Channel } from './channel.ts'
import type { JsonObject } from './message.ts'
import type { Workspace } from './workspace.ts'

/** What a method may touch. */
export interface MethodContext {
  workspace: Workspace
  ledger: Ledger
  caller: TokenKind
}

/** One Web API method: who may call it, how, and what it does. It returns the answer without `ok`. */
export interface SlackMethod {
  tokens: readonly TokenKind[]
  scope?: string
  acceptsJson: boolean
  /** Calls a minute when the sandbox's limits are switched on. */
  perMinute: number
  run(call: SlackCall, context: MethodContext): JsonObject
}

/**
 * The channel of the argument `channel`, an id, if the caller may read it.
 * @throws SlackError `channel_not_found` or `not_in_channel`.
 */
export function readableChannel(call: SlackCall, context: MethodContext): Channel {
  const channel = context.workspace.byId(call.required('channel', 'channel_not_found'))
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new SlackError('channel_not_found')
  // A user token reads any public channel, a bot only those it was invited to.
  if (context.caller === 'bot' && !channel.isMember) throw new SlackError('not_in_channel')
  return channel
}

/**
 * The same for writing.
 * @throws SlackError also `is_archived`.
 */
export function writableChannel(channel: Channel | undefined): Channel {
  if (!channel || (channel.isPrivate && !channel.isMember)) throw new SlackError('channel_not_found')
  if (channel.isArchived) throw new SlackError('is_archived')
  if (!channel.isMember) throw new SlackError('not_in_channel')
  return channel
}

/** Writes an effect of the API to the ledger; the sandbox's own people leave no entry. */
export function recordEffect(context: MethodContext, effect: string, target: string, detail: JsonObject): void {
  const at = context.workspace.clock.now().toISOString()
  context.ledger.record({ at, upstream: 'slack', effect, target, actor: 'responder', detail })
}

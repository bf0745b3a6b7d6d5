import { type SlackCall, SlackError } from './call.ts'
import type { JsonObject } from './message.ts'
import type { MethodContext, SlackMethod } from './method.ts'
import { groupUsers, postEphemeral, userInfo } from './person-methods.ts'
import { TIERS } from './rate-limits.ts'
import { authTest, history, info, list, permalink, replies } from './read-methods.ts'
import { searchMessages } from './search-method.ts'
import { addReaction, deleteMessage, postMessage, update } from './write-methods.ts'

const ANY = ['bot', 'user'] as const
const { tier2, tier3, tier4 } = TIERS

/** Every method of the sandbox; any other is `unknown_method`. */
export const METHODS: ReadonlyMap<string, SlackMethod> = new Map<string, SlackMethod>([
  ['auth.test', { tokens: ANY, acceptsJson: true, perMinute: 600, run: authTest }],
  [
    'conversations.history',
    { tokens: ANY, scope: 'channels:history', acceptsJson: false, perMinute: tier3, run: history },
  ],
  [
    'conversations.replies',
    { tokens: ANY, scope: 'channels:history', acceptsJson: false, perMinute: tier3, run: replies },
  ],
  ['conversations.info', { tokens: ANY, scope: 'channels:read', acceptsJson: false, perMinute: tier3, run: info }],
  ['conversations.list', { tokens: ANY, scope: 'channels:read', acceptsJson: false, perMinute: tier2, run: list }],
  ['chat.postMessage', { tokens: ANY, scope: 'chat:write', acceptsJson: true, perMinute: 60, run: postMessage }],
  ['chat.update', { tokens: ANY, scope: 'chat:write', acceptsJson: true, perMinute: tier3, run: update }],
  ['chat.delete', { tokens: ANY, scope: 'chat:write', acceptsJson: true, perMinute: tier3, run: deleteMessage }],
  ['chat.getPermalink', { tokens: ANY, acceptsJson: false, perMinute: 600, run: permalink }],
  ['reactions.add', { tokens: ANY, scope: 'reactions:write', acceptsJson: true, perMinute: tier3, run: addReaction }],
  [
    'search.messages',
    { tokens: ['user'], scope: 'search:read', acceptsJson: false, perMinute: tier2, run: searchMessages },
  ],
  ['chat.postEphemeral', { tokens: ANY, scope: 'chat:write', acceptsJson: true, perMinute: 100, run: postEphemeral }],
  ['users.info', { tokens: ANY, scope: 'users:read', acceptsJson: false, perMinute: tier4, run: userInfo }],
  [
    'usergroups.users.list',
    { tokens: ANY, scope: 'usergroups:read', acceptsJson: false, perMinute: tier2, run: groupUsers },
  ],
  ['views.open', { tokens: ANY, acceptsJson: true, perMinute: tier4, run: openView }],
])

/** views.open: a trigger opens one view, within its three seconds. */
function openView(call: SlackCall, { workspace, ledger }: MethodContext): JsonObject {
  const trigger = workspace.triggers.get(call.required('trigger_id', 'invalid_arguments'))
  const view = call.json('view', 'invalid_arguments')
  if (typeof view !== 'object' || view === null || Array.isArray(view)) throw new SlackError('invalid_arguments')
  if (!trigger) throw new SlackError('invalid_trigger_id')
  if (trigger.isUsed) throw new SlackError('exchanged_trigger_id')
  const now = workspace.clock.now()
  if (now.getTime() > trigger.expiresAtMs) throw new SlackError('expired_trigger_id')
  trigger.isUsed = true
  const opened: JsonObject = { ...view, id: `V0KPVIEW${workspace.views.length + 1}` }
  workspace.views.push(opened)
  const target = String(opened.id)
  ledger.record({
    at: now.toISOString(),
    upstream: 'slack',
    effect: 'view',
    target,
    actor: 'responder',
    detail: opened,
  })
  return { view: opened }
}

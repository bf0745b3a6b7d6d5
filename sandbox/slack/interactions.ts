import { randomBytes } from 'node:crypto'
import type { Channel } from './channel.ts'
import { type JsonObject, type SlackMessage, WORKSPACE } from './message.ts'
import { TRIGGER_LIFETIME_MS, type Workspace } from './workspace.ts'

/** A person's press on a button of a message. */
export interface ButtonPress {
  channel: string
  ts: string
  actionId: string
  userId: string
  username?: string
  /** Default: one that the sandbox serves. */
  responseUrl?: string
  teamId?: string
  /** Sent in place of the button's own value. */
  value?: string
}

/** The block_actions payload of a press on a button that is really there. */
export function toBlockActions(workspace: Workspace, channel: Channel, press: ButtonPress): JsonObject {
  const message = channel.find(press.ts)?.message
  const found = message && findElement(message, press.actionId)
  if (!message || !found) throw new RangeError(`no button ${press.actionId} on ${press.ts} in ${press.channel}`)
  const { element, blockId } = found
  const team = { id: press.teamId ?? WORKSPACE.teamId, domain: 'kp-sandbox' }
  const name = press.username ?? press.userId.toLowerCase()
  return {
    type: 'block_actions',
    user: { id: press.userId, username: name, name, team_id: team.id },
    api_app_id: WORKSPACE.appId,
    token: 'sandbox-verification-token',
    container: { type: 'message', message_ts: press.ts, channel_id: channel.id, is_ephemeral: false },
    trigger_id: issueTrigger(workspace),
    team,
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel.id, name: channel.name },
    message,
    state: { values: {} },
    ...(press.responseUrl !== undefined && { response_url: press.responseUrl }),
    actions: [
      {
        ...element,
        ...(press.value !== undefined && { value: press.value }),
        block_id: blockId,
        action_ts: workspace.eventTs(),
      },
    ],
  }
}

/** The view_submission payload of a person who answers an open modal with these values. */
export function toViewSubmission(
  workspace: Workspace,
  view: JsonObject,
  answer: { userId: string; username?: string; values: JsonObject },
): JsonObject {
  const team = { id: WORKSPACE.teamId, domain: 'kp-sandbox' }
  const name = answer.username ?? answer.userId.toLowerCase()
  return {
    type: 'view_submission',
    team,
    user: { id: answer.userId, username: name, name, team_id: team.id },
    api_app_id: WORKSPACE.appId,
    token: 'sandbox-verification-token',
    trigger_id: issueTrigger(workspace),
    view: { ...view, team_id: team.id, state: { values: answer.values } },
    response_urls: [],
    is_enterprise_install: false,
    enterprise: null,
  }
}

/** A trigger id that opens one view within 3 s of sandbox time. */
export function issueTrigger(workspace: Workspace): string {
  const nowMs = workspace.clock.now().getTime()
  const id = `${nowMs}.${randomBytes(6).toString('hex')}`
  workspace.triggers.set(id, { expiresAtMs: nowMs + TRIGGER_LIFETIME_MS, isUsed: false })
  return id
}

function findElement(message: SlackMessage, actionId: string): { element: JsonObject; blockId: unknown } | undefined {
  for (const block of message.blocks ?? []) {
    const { elements, accessory } = block
    const candidates: unknown[] = [...(Array.isArray(elements) ? elements : []), accessory]
    for (const candidate of candidates) {
      if (typeof candidate !== 'object' || candidate === null) continue
      const element: JsonObject = { ...candidate }
      if (element.action_id === actionId) return { element, blockId: block.block_id }
    }
  }
  return undefined
}

/** What was sent to a response_url. */
export function parseAnswer(rawBody: string): JsonObject {
  const parsed: unknown = JSON.parse(rawBody)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : { text: parsed }
}

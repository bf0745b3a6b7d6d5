import { z } from 'zod'
import { TerminalError, TransientError } from '../errors.ts'
import { ONE_A_SECOND, SlackPace, TIER_2, TIER_3 } from './slack-pace.ts'
import { createSlackCall, type SlackTransportOptions } from './slack-transport.ts'

/** The host of every response_url of Slack's own. */
const HOOKS_HOST = 'hooks.slack.com'
/** Longest time for one answer in ms. */
const ANSWER_TIMEOUT_MS = 10_000

const Ok = z.object({})
const GroupAnswer = z.object({ users: z.array(z.string()) })
const UserAnswer = z.object({
  user: z.object({
    name: z.string().nullish(),
    real_name: z.string().nullish(),
    profile: z.object({ email: z.string().nullish(), display_name: z.string().nullish() }).nullish(),
  }),
})

/** Calls about the people who press buttons and give commands, and answers that they alone see. */
export interface SlackPeople {
  /** User ids of a user group. Scope usergroups:read. */
  groupMembers(groupId: string): Promise<readonly string[]>
  /** Every name that a user goes by, the e-mail address too where the token may see it. Scope users:read. */
  namesOf(userId: string): Promise<readonly string[]>
  /** Opens a modal; the trigger lives for three seconds. */
  openView(triggerId: string, view: object): Promise<void>
  /** Says something in a channel that one person sees. */
  whisper(to: { channel: string; userId: string }, text: string): Promise<void>
  /**
   * Answers by the address that came with a press or a command. @throws TerminalError where it is not Slack's: nothing is
   * sent then.
   */
  answer(responseUrl: string, text: string): Promise<void>
}

/** Slack's calls for people. @throws TransientError or TerminalError, and nothing else. */
export function createSlackPeople(options: SlackTransportOptions): SlackPeople {
  const send = createSlackCall(options)
  const pace = new SlackPace(options)
  return {
    async groupMembers(groupId) {
      const lane = { name: 'usergroups.users.list', pace: TIER_2 }
      const { users } = await pace.run(lane, () => send(lane.name, GroupAnswer, { usergroup: groupId }))
      return users
    },
    async namesOf(userId) {
      const lane = { name: 'users.info', pace: TIER_3 }
      const { user } = await pace.run(lane, () => send(lane.name, UserAnswer, { user: userId }))
      const names = [user.name, user.real_name, user.profile?.display_name, user.profile?.email]
      return names.filter((name) => typeof name === 'string').filter((name) => name !== '')
    },
    async openView(triggerId, view) {
      await send('views.open', Ok, { trigger_id: triggerId, view })
    },
    async whisper({ channel, userId }, text) {
      const lane = { name: `chat.postEphemeral ${channel}`, pace: ONE_A_SECOND }
      await pace.run(lane, () => send('chat.postEphemeral', Ok, { channel, user: userId, text, link_names: false }))
    },
    async answer(responseUrl, text) {
      if (!isOfSlack(responseUrl, options.apiUrl))
        throw new TerminalError('rejected', 'Slack response_url: the address is not of Slack, nothing was sent')
      const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, text })
      const response = await globalThis
        .fetch(responseUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        })
        // The cause would hold the address, which is a credential.
        .catch(() => {
          throw new TransientError('unknown', 'Slack response_url: no answer')
        })
      await response.body?.cancel()
      if (!response.ok) throw new TerminalError('rejected', `Slack response_url: answered ${response.status}`)
    },
  }
}

/** True for an address at Slack's own host, or at the host that stands for Slack's API. */
function isOfSlack(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  const api = new URL(apiUrl)
  return (protocol === 'https:' && host === HOOKS_HOST) || (protocol === api.protocol && host === api.host)
}

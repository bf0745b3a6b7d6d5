import { SLACK_CHANNELS, type SlackMessage } from '../../sandbox/slack/slack.ts'
import { type Button, buttonId } from '../../src/model/slack-button.ts'
import { ENGINEER } from '../policy.ts'
import { pollUntil } from '../poll.ts'
import type { Scene } from '../scene.ts'
import type { Act } from './scenario.ts'

const BUTTON_TIMEOUT_MS = 20_000

/** Whom the policy names, and somebody who only reads the channel. */
export const PRESSERS = { engineer: ENGINEER, stranger: 'U0STRANGER' } as const
type Presser = keyof typeof PRESSERS

/** Somebody presses a button on the case's message in #armada-deploy, once it is there, and is answered like this. */
export function presses(button: Button, who: Presser, answer: RegExp): Act {
  return async (scene) => {
    const { sandbox, signal } = scene
    const channel = SLACK_CHANNELS.notify.id
    const message = await pollUntil(async () => messageWith(button, scene), { timeoutMs: BUTTON_TIMEOUT_MS, signal })
    if (!message) throw new Error(`the message of the case has no button ${button}`)
    const before = sandbox.slack.answers().length
    await sandbox.slack.press({ channel, ts: message.ts, actionId: buttonId(button), userId: PRESSERS[who] })
    const said = await pollUntil(async () => sandbox.slack.answers()[before] ?? null, {
      timeoutMs: BUTTON_TIMEOUT_MS,
      signal,
    })
    if (!answer.test(String(said?.text))) throw new Error(`${who} pressed ${button} and was told ${String(said?.text)}`)
  }
}

/** The case's message, where it has the button now. */
function messageWith(button: Button, { sandbox, clusterId }: Scene): SlackMessage | null {
  const messages = sandbox.slack.ownMessages(SLACK_CHANNELS.notify.id)
  return (
    messages.find(({ blocks }) => {
      const shown = JSON.stringify(blocks ?? [])
      return shown.includes(clusterId()) && shown.includes(`"${buttonId(button)}"`)
    }) ?? null
  )
}

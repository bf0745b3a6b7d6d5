import type { App } from '@slack/bolt'
import { COMMAND, handleCommand } from './command.ts'
import type { InteractionDeps } from './interaction-deps.ts'
import { acknowledgeInTime } from './origin.ts'
import { handlePress } from './press.ts'
import { handleWrongVerdict, WRONG_VERDICT } from './wrong-verdict.ts'

/** What registers our buttons, our question and our slash command with Bolt. */
export function interactionListeners(deps: InteractionDeps): (app: App) => void {
  return (app) => {
    app.action(/^kp_/, ({ ack, body }) => acknowledgeInTime(handlePress(body, deps), () => ack()))
    app.view(WRONG_VERDICT, ({ ack, body }) => acknowledgeInTime(handleWrongVerdict(body, deps), () => ack()))
    app.command(COMMAND, ({ ack, body }) => handleCommand(body, (answer) => ack(answer), deps))
  }
}

import { type Button, buttonOf } from '../../model/slack-button.ts'
import type { ActOutcome } from './asked-acts.ts'
import type { InteractionDeps } from './interaction-deps.ts'
import { foreignWhy, refuse } from './origin.ts'
import { actorOf, ButtonPress, ButtonValue, readJson } from './payloads.ts'
import { wrongVerdictView } from './wrong-verdict.ts'

/** A snooze by a press, in seconds: the runbook's 2 h. */
const SNOOZE_SECONDS = 7_200

/** Buttons that only those may press whom policy names; anybody in the channel may give a page back to people. */
const FOR_OPERATORS: readonly Button[] = ['approve', 'snooze', 'open-issue']

interface Pressed {
  button: Button
  caseId: string
  planHash: string
  by: string
}

/** Does what a press asks for and tells the one who pressed; a press that is refused is told why, and audited. */
export async function handlePress(body: unknown, deps: InteractionDeps): Promise<void> {
  const press = ButtonPress.safeParse(body)
  if (!press.success) return deps.logger.warn('slack sent a press that is none of ours')
  const text = await answerTo(press.data, deps)
  if (text === null) return
  const { response_url, channel, user } = press.data
  try {
    if (response_url === undefined) await deps.people.whisper({ channel: channel.id, userId: user.id }, text)
    else await deps.people.answer(response_url, text)
  } catch (error) {
    deps.logger.warn({ err: error }, 'slack could not be answered')
  }
}

async function answerTo(press: ButtonPress, deps: InteractionDeps): Promise<string | null> {
  const [{ action_id, value }] = press.actions
  const by = actorOf(press.user.id, press.user.name)
  const button = buttonOf(action_id)
  const meaning = ButtonValue.safeParse(readJson(value))
  if (!button || !meaning.success) return refuse({ by, button: button ?? 'unknown' }, 'it is no button of ours', deps)
  const pressed: Pressed = { button, caseId: meaning.data.case, planHash: meaning.data.plan, by }
  const why =
    (await foreignWhy({ team: press.team.id, app: press.api_app_id }, deps)) ?? (await placeWhy(press, pressed, deps))
  if (why !== null) return refuse(pressed, why, deps)
  if (FOR_OPERATORS.includes(button) && !(await deps.operators.isAllowed(press.user.id)))
    return refuse(pressed, 'you are not among those who may: policy `operators` names them', deps)
  if (button === 'wrong-verdict') {
    if (press.trigger_id === undefined) return refuse(pressed, 'Slack sent no trigger for the question', deps)
    await deps.people.openView(
      press.trigger_id,
      wrongVerdictView({ caseId: pressed.caseId, channel: press.channel.id }),
    )
    return null
  }
  return tell(pressed, await act(pressed, press, deps), deps)
}

/** Why the press is not on the case's own message, or null. */
async function placeWhy(
  { channel, container }: ButtonPress,
  { caseId }: Pressed,
  { store }: InteractionDeps,
): Promise<string | null> {
  const subject = await store.caseById(caseId)
  if (!subject) return 'there is no such case'
  const { slack } = subject
  // A message that was just posted may not be written down yet.
  if (slack && (slack.channel !== channel.id || slack.ts !== container.message_ts))
    return "it is not the case's message"
  return null
}

async function act(
  { button, caseId, planHash, by }: Pressed,
  { user }: ButtonPress,
  { acts, operations, operators }: InteractionDeps,
): Promise<ActOutcome | 'no-incident'> {
  const reason = 'asked for in Slack'
  switch (button) {
    case 'approve':
      return acts.approve(caseId, by, planHash)
    case 'not-now':
      return acts.decline(caseId, by, planHash)
    case 'open-issue':
      return acts.openIssue(caseId, by, planHash)
    case 'wake':
      return operations.wake(caseId, by, reason)
    case 'hand-over':
      return operations.handOver(caseId, by, reason)
    case 'snooze': {
      const names = [...(await operators.namesOf(user.id)), ...(user.name === undefined ? [] : [user.name])]
      return operations.snooze(caseId, by, { reason, seconds: SNOOZE_SECONDS, planHash, names })
    }
    case 'wrong-verdict':
      return 'done'
    default:
      return button satisfies never
  }
}

const DONE: Readonly<Record<Button, string>> = {
  approve: 'Approved: it is being done, and every rail is asked again first.',
  'not-now': 'Not now: the page stays with people.',
  wake: 'The page is given back.',
  snooze: 'Snoozed for 2 h.',
  'hand-over': 'Handed over: the responder leaves the case to people.',
  'open-issue': 'The issue is open.',
  'wrong-verdict': 'Noted.',
}

async function tell(pressed: Pressed, outcome: ActOutcome | 'no-incident', deps: InteractionDeps): Promise<string> {
  if (typeof outcome === 'object')
    return outcome.refused === 'stale-evidence' ? tell(pressed, 'stale', deps) : refuse(pressed, outcome.refused, deps)
  switch (outcome) {
    case 'done':
      return DONE[pressed.button]
    case 'again':
      return 'That was done already.'
    case 'stale':
      return refuse(pressed, 'the plan has changed since this button was shown', deps)
    case 'not-found':
      return refuse(pressed, 'there is no such case', deps)
    case 'ended':
      return refuse(pressed, 'the case is over', deps)
    case 'no-incident':
      return refuse(pressed, 'the case has no incident', deps)
    case 'unavailable':
      return 'Not done yet: an upstream did not answer. What was begun is completed or given back.'
    default:
      return outcome satisfies never
  }
}

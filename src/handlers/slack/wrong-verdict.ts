import { REASONS } from '../../model/verdict.ts'
import type { InteractionDeps } from './interaction-deps.ts'
import { foreignWhy, refuse } from './origin.ts'
import { actorOf, ModalMemory, readJson, WORDS_LIMIT, WrongVerdictView } from './payloads.ts'

/** Identity of the question; its answer comes back under it. */
export const WRONG_VERDICT = 'kp_wrong_verdict'

/** The question which verdict would be right. */
export function wrongVerdictView({ caseId, channel }: { caseId: string; channel: string }): object {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
  return {
    type: 'modal',
    callback_id: WRONG_VERDICT,
    private_metadata: JSON.stringify({ case: caseId, channel }),
    title: plain('Wrong verdict'),
    submit: plain('Tell'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'section',
        text: plain('The responder stops acting on this case, and gives back a page that it holds quiet.'),
      },
      {
        type: 'input',
        block_id: 'right',
        label: plain('Which verdict would be right?'),
        element: {
          type: 'static_select',
          action_id: 'right',
          options: REASONS.map((reason) => ({ text: plain(reason), value: reason })),
        },
      },
      {
        type: 'input',
        block_id: 'words',
        optional: true,
        label: plain('Why?'),
        element: { type: 'plain_text_input', action_id: 'words', multiline: true, max_length: WORDS_LIMIT },
      },
    ],
  }
}

/** Keeps what a person says would be right, and leaves the case to people. */
export async function handleWrongVerdict(body: unknown, deps: InteractionDeps): Promise<void> {
  const answer = WrongVerdictView.safeParse(body)
  const memory = ModalMemory.safeParse(answer.success ? readJson(answer.data.view.private_metadata) : undefined)
  if (!answer.success || !memory.success) return deps.logger.warn('slack sent an answer that is none of ours')
  const { user, view, team, api_app_id } = answer.data
  const { case: caseId, channel } = memory.data
  const by = actorOf(user.id, user.name)
  const text = await keep()
  try {
    await deps.people.whisper({ channel, userId: user.id }, text)
  } catch (error) {
    deps.logger.warn({ err: error }, 'slack could not be answered')
  }

  async function keep(): Promise<string> {
    const pressed = { button: 'wrong-verdict', caseId, by }
    const why = await foreignWhy({ team: team?.id, app: api_app_id }, deps)
    if (why !== null) return refuse(pressed, why, deps)
    const { right, words } = view.state.values
    const said = { right: right.right.selected_option.value, text: words.words.value ?? '' }
    const outcome = await deps.acts.wrongVerdict(caseId, by, said)
    if (outcome === 'not-found') return refuse(pressed, 'there is no such case', deps)
    return 'Noted: the responder leaves this case to people, and keeps it as an example.'
  }
}

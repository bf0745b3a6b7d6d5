import { cut, maskSecrets } from '../../model/outside-text.ts'
import { casesText, explainText, HELP, statusText } from './command-words.ts'
import type { InteractionDeps } from './interaction-deps.ts'
import { foreignWhy, refuse } from './origin.ts'
import { actorOf, SlashCommand } from './payloads.ts'

/** The slash command as the app's manifest names it. */
export const COMMAND = '/kp-events'

const REASON_LIMIT = 200
const CLUSTER_ID = /^(?:[0-9a-v]{20}|[0-9a-f]{32})$/
/** Slack gives up after 3 s: an answer that takes longer than this comes by the response_url, in ms. */
const ANSWER_WITHIN_MS = 2_000

/** Acknowledges a slash command with its answer, which only the one who asked sees. */
export async function handleCommand(
  body: unknown,
  ack: (answer: string) => Promise<void>,
  deps: InteractionDeps,
): Promise<void> {
  const command = SlashCommand.safeParse(body)
  if (!command.success) {
    deps.logger.warn('slack sent a command that is none of ours')
    return ack('refused: the command is not readable')
  }
  const answer = answerTo(command.data, deps)
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ANSWER_WITHIN_MS, null)
  })
  const inTime = await Promise.race([answer, patience]).finally(() => clearTimeout(timer))
  if (inTime !== null) return ack(inTime)
  await ack('')
  const { response_url } = command.data
  try {
    if (response_url !== undefined) await deps.people.answer(response_url, await answer)
  } catch (error) {
    deps.logger.warn({ err: error }, 'slack could not be answered')
  }
}

async function answerTo(command: SlashCommand, deps: InteractionDeps): Promise<string> {
  const by = actorOf(command.user_id, command.user_name)
  const [word = '', ...rest] = (command.text ?? '').trim().split(/\s+/)
  const why = await foreignWhy({ team: command.team_id, app: command.api_app_id }, deps)
  if (why !== null) return refuse({ by, button: COMMAND }, why, deps)
  switch (word.toLowerCase()) {
    case 'status':
      return statusText(deps)
    case 'cases':
      return casesText(deps)
    case 'explain': {
      const clusterId = (rest[0] ?? '').toLowerCase()
      return CLUSTER_ID.test(clusterId)
        ? explainText(clusterId, deps)
        : 'Give a cluster id: `/kp-events explain CLUSTER`'
    }
    case 'pause':
    case 'resume':
      return setPaused(word.toLowerCase() === 'pause', rest.join(' '), { command, by, deps })
    default:
      return HELP
  }
}

async function setPaused(
  paused: boolean,
  reason: string,
  { command, by, deps }: { command: SlashCommand; by: string; deps: InteractionDeps },
): Promise<string> {
  const { operations, operators, store, now } = deps
  if (!(await operators.isAllowed(command.user_id)))
    return refuse({ by, button: COMMAND }, 'you are not among those who may: policy `operators` names them', deps)
  if (reason !== '') {
    const record = { paused, reason: cut(maskSecrets(reason), REASON_LIMIT) }
    await store.appendAudit({ kind: 'pause-reason', actor: by, record, nowMs: now() })
  }
  const setting = await operations.setMode({ paused }, by)
  if (setting === 'no-pagerduty') return 'refused: PagerDuty is not configured'
  return setting.paused ? 'Paused: nothing is written outside but a wake.' : `Resumed in mode ${setting.mode}.`
}

import { z } from 'zod'
import { REASONS } from '../../model/verdict.ts'

/** Characters of the words that people give with a wrong verdict. */
export const WORDS_LIMIT = 500

const User = z.object({ id: z.string().regex(/^[A-Z0-9]{2,32}$/), name: z.string().optional() })
const Team = z.object({ id: z.string() })
/** Only a hint: what may be sent is judged by who sends it. */
const responseUrl = z.string().max(3_000).optional()

/** A press on a button of one of our messages. Source: Slack, block_actions payloads. */
export const ButtonPress = z.object({
  team: Team,
  api_app_id: z.string().optional(),
  user: User,
  channel: z.object({ id: z.string() }),
  container: z.object({ message_ts: z.string() }),
  trigger_id: z.string().optional(),
  response_url: responseUrl,
  actions: z.tuple([z.object({ action_id: z.string(), value: z.string().max(2_000) })]),
})
export type ButtonPress = z.infer<typeof ButtonPress>

/** What a button's value holds. */
export const ButtonValue = z.strictObject({
  case: z.string().min(1).max(200),
  plan: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What the modal remembers of the press that opened it. */
export const ModalMemory = z.strictObject({ case: z.string().min(1).max(200), channel: z.string().max(64) })

/** The modal's answer. Source: Slack, view_submission payloads. */
export const WrongVerdictView = z.object({
  team: Team.nullish(),
  api_app_id: z.string().optional(),
  user: User,
  view: z.object({
    private_metadata: z.string().max(3_000),
    state: z.object({
      values: z.object({
        right: z.object({ right: z.object({ selected_option: z.object({ value: z.enum(REASONS) }) }) }),
        words: z.object({ words: z.object({ value: z.string().max(WORDS_LIMIT).nullish() }) }),
      }),
    }),
  }),
})

/** A slash command. Source: Slack, slash commands. */
export const SlashCommand = z.object({
  team_id: z.string(),
  api_app_id: z.string().optional(),
  user_id: User.shape.id,
  user_name: z.string().optional(),
  text: z.string().max(4_000).optional(),
  response_url: responseUrl,
})

export type SlashCommand = z.infer<typeof SlashCommand>

/** Who asks, as the audit names them. */
export function actorOf(userId: string, name: string | undefined): string {
  const plain = (name ?? '').replace(/[^A-Za-z0-9._ -]/g, '').slice(0, 40)
  return `slack:${userId}${plain === '' ? '' : ` (${plain})`}`
}

/** The JSON value of a text, undefined where it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

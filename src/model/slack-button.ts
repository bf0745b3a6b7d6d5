/** What people can press on a case's message, in the order in which it is shown. */
export const BUTTONS = ['approve', 'not-now', 'wake', 'snooze', 'hand-over', 'open-issue', 'wrong-verdict'] as const
export type Button = (typeof BUTTONS)[number]

/** Begins the action id of each button, so that no other app's or block's id is taken for one of ours. */
const PREFIX = 'kp_'

/** What a button stands for: the case, and the plan that its message showed. */
export interface ButtonMeaning {
  caseId: string
  planHash: string
}

/** Identity of a button in its message. */
export function buttonId(button: Button): string {
  return `${PREFIX}${button}`
}

/** The button of an action id, or null for an id that is none of ours. */
export function buttonOf(actionId: string): Button | null {
  return BUTTONS.find((button) => buttonId(button) === actionId) ?? null
}

/** The value that Slack sends back with a press; it is data, and read again as such. At most 2,000 characters. */
export function toButtonValue({ caseId, planHash }: ButtonMeaning): string {
  return JSON.stringify({ case: caseId, plan: planHash })
}

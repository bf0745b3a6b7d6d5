import { RAILS, type Rail } from '../../model/plan.ts'
import { type Html, html } from './html.ts'

const WORDS = {
  woken: { text: 'The page is being given back to the people on call.', colour: 'green' },
  'handed-over': { text: 'The case is left to people; what was quiet rings.', colour: 'green' },
  snoozed: { text: 'Snoozed for 2 h, in your name.', colour: 'green' },
  rechecked: { text: 'The case is being judged again.', colour: 'green' },
  'no-incident': { text: 'Not done: no incident of this case is known in PagerDuty.', colour: 'amber' },
  ended: { text: 'Not done: the case has ended.', colour: 'amber' },
  unavailable: { text: 'Not done: PagerDuty did not answer. The page stays with people.', colour: 'amber' },
} as const

const LIST_WORDS = {
  paused: { text: 'Paused in your name.', colour: 'green' },
  'no-pagerduty': { text: 'Not done: live needs credentials for PagerDuty.', colour: 'amber' },
  'woken-all': { text: 'Every page that was snoozed is being given back.', colour: 'green' },
  'woken-some': { text: 'Not every page could be given back: see the cases that are still snoozed.', colour: 'amber' },
} as const

/** What a form on a case's page did; a rail is what refused a snooze. */
export type Outcome = keyof typeof WORDS | Rail
export type ListOutcome = keyof typeof LIST_WORDS

export const OUTCOMES = [...(Object.keys(WORDS) as (keyof typeof WORDS)[]), ...RAILS] as const
export const LIST_OUTCOMES = Object.keys(LIST_WORDS) as ListOutcome[]

/** How the form before this page went. */
export function renderOutcome(outcome: Outcome): Html {
  if (outcome in WORDS) return renderWords(WORDS[outcome as keyof typeof WORDS])
  return renderWords({ text: `Not snoozed: the rail ${outcome} forbids it.`, colour: 'amber' })
}

export function renderListOutcome(outcome: ListOutcome): Html {
  return renderWords(LIST_WORDS[outcome])
}

function renderWords({ text, colour }: { text: string; colour: string }): Html {
  return html`<div class="banner ${colour}" role="status"><p>${text}</p></div>`
}

import type { CaseState } from '../../model/case.ts'
import { type Html, html } from './html.ts'

interface StateWords {
  text: string
  colour: 'red' | 'amber' | 'green' | 'blue'
}

const WORDS: Record<CaseState, StateWords> = {
  gathering: { text: 'gathering', colour: 'blue' },
  waiting: { text: 'waiting', colour: 'blue' },
  snoozed: { text: 'snoozed', colour: 'amber' },
  'handed-over': { text: 'handed over', colour: 'red' },
  resolved: { text: 'resolved', colour: 'green' },
}

/** The state in words and a colour that never says more than the words do. */
export function renderStatePill(state: CaseState): Html {
  const { text, colour } = WORDS[state]
  return html`<span class="pill ${colour}">${text}</span>`
}

export function stateColour(state: CaseState): StateWords['colour'] {
  return WORDS[state].colour
}

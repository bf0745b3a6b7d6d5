import type { CaseState } from '../../model/case.ts'
import { type Html, html } from './html.ts'

interface StateWords {
  text: string
  colour: string
}

/** The state in words and a colour that never says more than the words do. */
export function renderStatePill(state: CaseState): Html {
  const { text, colour } = wordsFor(state)
  return html`<span class="pill ${colour}">${text}</span>`
}

function wordsFor(state: CaseState): StateWords {
  switch (state) {
    case 'gathering':
      return { text: 'gathering', colour: 'blue' }
    case 'waiting':
      return { text: 'waiting', colour: 'blue' }
    case 'snoozed':
      return { text: 'snoozed', colour: 'amber' }
    case 'handed-over':
      return { text: 'handed over', colour: 'red' }
    case 'resolved':
      return { text: 'resolved', colour: 'green' }
    default: {
      const never: never = state
      throw new Error(`unknown state ${String(never)}`)
    }
  }
}

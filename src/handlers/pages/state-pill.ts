import type { CaseView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'

/** Red only where somebody is needed; what sleeps, or is somebody's already, is calm. */
export type Colour = 'red' | 'amber' | 'blue' | 'grey'

type Standing = Pick<CaseView, 'state' | 'takenOver' | 'incident' | 'isQuiet'>

interface StateWords {
  text: string
  colour: Colour
}

/** How a case stands, in words and a colour that never says more than the words do. */
export function standingOf({ state, takenOver, incident, isQuiet }: Standing): StateWords {
  switch (state) {
    case 'gathering':
      return { text: 'gathering', colour: 'amber' }
    case 'waiting':
      return { text: 'waiting', colour: 'amber' }
    case 'snoozed':
      return isQuiet ? { text: 'snoozed', colour: 'blue' } : { text: 'would be snoozed', colour: 'amber' }
    case 'handed-over':
      // Who took it and did not acknowledge it leaves it ringing.
      return takenOver !== null && incident?.status === 'acknowledged'
        ? { text: 'a person has it', colour: 'grey' }
        : { text: 'needs a person', colour: 'red' }
    case 'resolved':
      return { text: 'resolved', colour: 'grey' }
    default: {
      const never: never = state
      throw new Error(`unknown state ${String(never)}`)
    }
  }
}

export function renderStatePill(view: Standing): Html {
  const { text, colour } = standingOf(view)
  return html`<span class="pill ${colour}">${text}</span>`
}

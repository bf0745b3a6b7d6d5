import type { Mode, ModeInForce } from '../../store/store.ts'
import { type Html, html } from './html.ts'
import { formTokenField, type Viewer } from './layout.ts'

const SAID: Record<Mode, { name: string; text: string; colour: string }> = {
  shadow: { name: 'Shadow', text: 'decides, and writes nothing outside.', colour: 'blue' },
  approve: { name: 'Approve', text: 'asks in Slack before it acts.', colour: 'blue' },
  live: { name: 'Live', text: 'acts on its decisions.', colour: 'green' },
}

/** What the responder does at present, with the button that pauses or resumes it. */
export function renderModeBanner({ mode, paused, frozenWhy }: ModeInForce, viewer: Viewer): Html {
  const { name, text, colour } = SAID[mode]
  return html`<div class="banner ${paused || frozenWhy ? 'amber' : colour}">
${frozenWhy ? html`<p><strong>Frozen:</strong> ${frozenWhy}</p>` : ''}
<p>${paused ? html`<strong>Paused.</strong> Nothing is written outside but a wake. Mode: ${mode}.` : html`<strong>${name}:</strong> ${text}`}</p>
<form method="post" action="/mode">${formTokenField(viewer)}<input type="hidden" name="paused" value="${String(!paused)}">
<button>${paused ? 'Resume' : 'Pause'}</button></form></div>`
}

import type { PolicyState } from '../../config/policy-source.ts'
import { MODES, type Mode, type ModeInForce } from '../../store/store.ts'
import type { StormInForce } from '../operations.ts'
import { type Html, html } from './html.ts'
import { formTokenField, type Viewer } from './layout.ts'
import { renderAgo, renderUntil } from './when.ts'

const SAID: Record<Mode, { name: string; text: string; colour: string }> = {
  shadow: { name: 'Shadow', text: 'decides, and writes nothing outside.', colour: 'blue' },
  approve: { name: 'Approve', text: 'asks in Slack before it acts.', colour: 'blue' },
  live: { name: 'Live', text: 'acts on its decisions.', colour: 'green' },
}
/** Regions of a storm that are named. */
const REGIONS_SHOWN = 5

export interface Banner {
  mode: ModeInForce
  storm: StormInForce | null
  policy: PolicyState
  viewer: Viewer
  nowMs: number
  /** Of the store's changes, read before all that is shown. */
  position: number
  /** Cases whose page we keep quiet, as far as is known here: while paused they can be woken together. */
  snoozed: number | 'some'
}

/** What the responder does at present and whether a storm is on, with what can be done about it in one click. */
export function renderModeBanner(banner: Banner): Html {
  const { mode, storm, policy, viewer, nowMs } = banner
  return html`${renderPolicy(policy)}${storm && renderStorm(storm, nowMs)}${mode.frozenWhy && renderFrozen(mode.frozenWhy, viewer)}${renderMode(banner)}`
}

/** The mode in one line, where nothing is out of the ordinary; the pause is one click away here too. */
export function renderModeLine({ mode: { mode }, viewer }: Banner): Html {
  const { name, colour } = SAID[mode]
  return html`<section class="mode-line" id="mode" aria-label="Mode"><span><span class="dot ${colour}"></span>${name}</span>${renderPause(false, viewer)}</section>`
}

function renderPause(isPaused: boolean, viewer: Viewer): Html {
  return html`<form method="post" action="/mode">${formTokenField(viewer)}<input type="hidden" name="paused" value="${String(!isPaused)}">
<button${isPaused && html` class="main"`}>${isPaused ? 'Resume' : 'Pause'}</button></form>`
}

function renderMode(banner: Banner): Html {
  const { mode, viewer, snoozed } = banner
  const { paused, frozenWhy } = mode
  return html`<section class="banner ${paused || frozenWhy ? 'amber' : 'calm'}" id="mode" aria-label="Mode">
<div>${renderWords(mode)}</div>
${
  paused &&
  snoozed !== 0 &&
  html`<form method="post" action="/wake-all">${formTokenField(viewer)}<button>Wake all that we snoozed${snoozed !== 'some' && ` (${snoozed})`}</button></form>`
}
${renderPause(paused, viewer)}
${frozenWhy === undefined && renderSwitch(mode, viewer)}</section>`
}

function renderWords({ mode, paused, frozenWhy }: ModeInForce): Html {
  const { name, text, colour } = SAID[mode]
  if (paused) return html`<p><strong>Paused.</strong> Nothing is written outside but a wake. Mode: ${mode}.</p>`
  if (frozenWhy) return html`<p><strong>${name}, but frozen:</strong> nothing is written outside but a wake.</p>`
  return html`<p><span class="dot ${colour}"></span><strong>${name}:</strong> ${text}</p>`
}

/** Another mode takes a second click: what acts is no slip of the thumb. */
function renderSwitch({ mode }: ModeInForce, viewer: Viewer): Html {
  return html`<details class="switch"><summary>Change</summary>${renderModeForm(mode, viewer)}</details>`
}

function renderModeForm(current: Mode | null, viewer: Viewer): Html {
  return html`<form method="post" action="/mode">${formTokenField(viewer)}<select name="mode" aria-label="Mode">${MODES.map(
    (mode) => html`<option${mode === current && html` selected`}>${mode}</option>`,
  )}</select><button>Set the mode</button></form>`
}

/** Only where the file and what is in force differ. */
function renderPolicy({ faults, needsRestart }: PolicyState): Html | false {
  if (faults.length > 0)
    return html`<section class="banner red" role="alert"><div><p><strong>The policy file is refused:</strong> the one before is in force.</p>
<ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul></div></section>`
  return (
    needsRestart.length > 0 &&
    html`<section class="banner amber"><div><p><strong>The policy file says more than is in force:</strong>
${needsRestart.join(', ')} after a restart.</p></div></section>`
  )
}

function renderFrozen(why: string, viewer: Viewer): Html {
  return html`<section class="banner red" id="frozen" role="alert"><div><p><strong>Frozen:</strong> ${why}</p>
<small>Set the mode to let it act again.</small></div>
${renderModeForm(null, viewer)}</section>`
}

function renderStorm({ sinceMs, endsAtMs, clusters, regions }: StormInForce, nowMs: number): Html {
  const named = regions.slice(0, REGIONS_SHOWN).map(({ name, clusters: count }) => `${name} ${count}`)
  return html`<section class="banner red" id="storm" role="alert"><div><p><strong>Storm:</strong> ${clusters} clusters fail, begun ${renderAgo(toIso(sinceMs), nowMs)}.
Nothing more is snoozed, no issue is opened.</p>
<small>${named.join(', ')}${regions.length > REGIONS_SHOWN && ` and ${regions.length - REGIONS_SHOWN} more regions`}; over ${renderUntil(toIso(endsAtMs), nowMs)} if no further cluster comes.</small></div></section>`
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

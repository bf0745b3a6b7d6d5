import type { CaseState } from '../../model/case.ts'
import type { CaseView } from '../api/case-view.ts'
import type { SlackChannelStatus } from '../operations.ts'
import { type ListOutcome, renderListOutcome } from './act-outcome.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { type Banner, renderModeBanner } from './mode-banner.ts'
import { renderStatePill, stateColour } from './state-pill.ts'
import { renderAgo, renderUntil } from './when.ts'

export interface ListSection {
  title: string
  /** What its cases do, after their number; null where nobody asks how many there are. */
  tally: string | null
  cases: CaseView[]
  /** Path of the rest of the section, or null when it is complete. */
  more: string | null
}

export interface ListPage extends Banner {
  channels: readonly SlackChannelStatus[]
  sections: readonly ListSection[]
  /** The cluster searched for, or an empty text. */
  cluster: string
  outcome: ListOutcome | null
  link: LinkRenderer
}

const REFRESH_SECONDS = 30
const CLUSTERS_SHOWN = 3

/** The list of cases: those that need a person first. */
export function renderListPage(page: ListPage): string {
  const shown = page.sections.filter(({ cases }) => cases.length > 0)
  const waiting = page.sections[0]?.cases.length ?? 0
  return renderPage({
    title: waiting > 0 ? `(${waiting}) Cases` : 'Cases',
    viewer: page.viewer,
    here: '/',
    live: { ...page, caseId: null, refreshSeconds: page.cluster === '' ? REFRESH_SECONDS : null },
    body: html`${page.outcome && renderListOutcome(page.outcome)}${renderModeBanner(page)}
<h1 class="unseen">Cases</h1>
<div class="over">${page.cluster === '' && renderTally(page)}
<form class="row find" method="get" action="/" role="search"><input type="search" name="cluster" value="${page.cluster}" placeholder="Cluster id" aria-label="Cluster id"><button>Find</button></form></div>
${shown.length === 0 && html`<p class="card soft">${page.cluster === '' ? 'No cases. All is quiet.' : 'No case names this cluster.'}</p>`}
${shown.map((section) => renderSection(section, page))}
${page.channels.length > 0 && renderChannels(page)}`,
  })
}

function renderTally({ sections }: ListPage): Html {
  const open = sections.filter(({ tally }) => tally !== null)
  return html`<ul class="tally">${open.map(
    ({ tally, cases, more }) => html`<li><b class="number">${cases.length}${more && '+'}</b>${tally}</li>`,
  )}</ul>`
}

function renderSection({ title, cases, more }: ListSection, page: ListPage): Html {
  return html`<section id="section-${title.toLowerCase().replaceAll(' ', '-')}"><h2>${title} <span class="count">${cases.length}${more && '+'}</span></h2>
${cases.map((view) => renderCard(view, page))}
${more && html`<p><a href="${more}">Older ones</a></p>`}</section>`
}

function renderCard(view: CaseView, { nowMs, link }: ListPage): Html {
  const clusters = [...new Set(view.alerts.map(({ clusterId }) => clusterId ?? 'cluster unknown'))]
  const reasons = [...new Set(view.alerts.flatMap(({ verdict }) => (verdict ? [verdict.reason] : [])))]
  const isOpen = view.state !== 'resolved'
  return html`<article class="card case ${stateColour(view.state)}" id="case-${view.id}">
<div class="top"><a class="title" href="/cases/${encodeURIComponent(view.id)}">${withoutReasons(headlineOf(view), reasons)}</a>${renderStatePill(view.state)}</div>
<div class="meta">
<span class="mono">${clusters.slice(0, CLUSTERS_SHOWN).join(', ')}${clusters.length > CLUSTERS_SHOWN && ` and ${clusters.length - CLUSTERS_SHOWN} more`}</span>
${reasons.map((reason) => html`<span class="pill">${reason}</span>`)}
</div><div class="meta">
<span>opened ${renderAgo(view.openedAt, nowMs)}</span>
${view.snoozedUntil && html`<span>snooze ends ${renderUntil(view.snoozedUntil, nowMs)}</span>`}
${view.nextLook && isOpen && html`<span>next look ${renderUntil(view.nextLook, nowMs)}: ${nextLookWhy(view)}</span>`}
${view.incident && html`<span>${link(view.incident.url, `incident ${view.incident.id}`)} ${view.incident.status}</span>`}
</div></article>`
}

function renderChannels({ channels, nowMs }: ListPage): Html {
  return html`<section id="section-channels"><h2>Slack channels</h2><ul class="plain card small soft">${channels.map(
    ({ name, state, watermarkMs }) =>
      html`<li>${name}: ${state}, ${watermarkMs === null ? 'not read completely yet' : html`complete up to ${renderAgo(new Date(watermarkMs).toISOString(), nowMs)}`}</li>`,
  )}</ul></section>`
}

/** The outcome in one line, or what is being done towards one. */
export function headlineOf(view: CaseView): string {
  if (view.plan.headline !== null && view.plan.headline !== '') return view.plan.headline
  const [message] = view.alerts.flatMap(({ verdict }) => (verdict ? [verdict.message] : []))
  return message ?? UNDECIDED[view.state]
}

/** A headline beside which its reasons stand by themselves. */
function withoutReasons(headline: string, reasons: readonly string[]): string {
  return reasons.reduce((text, reason) => text.replace(`${reason}: `, ''), headline)
}

/** What the case is looked at again for. */
export function nextLookWhy({ state, waiting }: CaseView): string {
  if (waiting) return waiting.awaited === 'error-text' ? 'for the error text' : 'for evidence that could not be read'
  return LOOKED_AT_FOR[state]
}

const LOOKED_AT_FOR: Record<CaseState, string> = {
  gathering: 'for the evidence',
  waiting: 'for the evidence',
  snoozed: 'to judge again before the snooze ends',
  'handed-over': 'whether it has ended, or can be explained now',
  resolved: 'for what is still to be told',
}

const UNDECIDED: Record<CaseState, string> = {
  gathering: 'Gathering evidence',
  waiting: 'Waiting for evidence',
  snoozed: 'Snoozed',
  'handed-over': 'Handed over',
  resolved: 'Resolved before a verdict was needed',
}

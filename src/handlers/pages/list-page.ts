import type { CaseState } from '../../model/case.ts'
import type { ModeInForce } from '../../store/store.ts'
import type { CaseView } from '../api/case-view.ts'
import type { SlackChannelStatus } from '../operations.ts'
import { type Html, html } from './html.ts'
import { renderPage, type Viewer } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { renderModeBanner } from './mode-banner.ts'
import { renderStatePill } from './state-pill.ts'
import { renderAgo, renderUntil } from './when.ts'

export interface ListSection {
  title: string
  cases: CaseView[]
  /** Path of the rest of the section, or null when it is complete. */
  more: string | null
}

export interface ListPage {
  viewer: Viewer
  mode: ModeInForce
  channels: readonly SlackChannelStatus[]
  sections: readonly ListSection[]
  /** The cluster searched for, or an empty text. */
  cluster: string
  nowMs: number
  link: LinkRenderer
}

const REFRESH_SECONDS = 30

/** The list of cases: those that need a person first. */
export function renderListPage(page: ListPage): string {
  const shown = page.sections.filter(({ cases }) => cases.length > 0)
  return renderPage({
    title: 'Cases · KP Events Responder',
    viewer: page.viewer,
    refreshSeconds: page.cluster === '' ? REFRESH_SECONDS : null,
    body: html`${renderModeBanner(page.mode, page.viewer)}
<form class="row" method="get" action="/" role="search"><input type="search" name="cluster" value="${page.cluster}" placeholder="Cluster id" aria-label="Cluster id"><button>Find</button></form>
${shown.length === 0 && html`<p class="card soft">${page.cluster === '' ? 'No cases. All is quiet.' : 'No case names this cluster.'}</p>`}
${shown.map((section) => renderSection(section, page))}
${page.channels.length > 0 && renderChannels(page)}`,
  })
}

function renderSection({ title, cases, more }: ListSection, page: ListPage): Html {
  return html`<h2>${title} <span class="count">${cases.length}${more && '+'}</span></h2>
${cases.map((view) => renderCard(view, page))}
${more && html`<p><a href="${more}">Older ones</a></p>`}`
}

function renderCard(view: CaseView, { nowMs, link }: ListPage): Html {
  const clusters = [...new Set(view.alerts.map(({ clusterId }) => clusterId ?? 'cluster unknown'))]
  const reasons = [...new Set(view.alerts.flatMap(({ verdict }) => (verdict ? [verdict.reason] : [])))]
  return html`<article class="card${view.state === 'handed-over' && ' urgent'}">
<div class="top"><a class="title" href="/cases/${encodeURIComponent(view.id)}">${headlineOf(view)}</a>${renderStatePill(view.state)}</div>
<div class="meta">
<span class="mono">${clusters.slice(0, 3).join(', ')}${clusters.length > 3 && ` and ${clusters.length - 3} more`}</span>
${reasons.length > 0 && html`<span>${reasons.join(', ')}</span>`}
<span>opened ${renderAgo(view.openedAt, nowMs)}</span>
${view.snoozedUntil && html`<span>snooze ends ${renderUntil(view.snoozedUntil, nowMs)}</span>`}
${view.nextLook && view.state !== 'resolved' && html`<span>next look ${renderUntil(view.nextLook, nowMs)}</span>`}
${view.incident && html`<span>${link(view.incident.url, `incident ${view.incident.id}`)} ${view.incident.status}</span>`}
</div></article>`
}

function renderChannels({ channels, nowMs }: ListPage): Html {
  return html`<h2>Slack channels</h2><ul class="plain card soft">${channels.map(
    ({ name, state, watermarkMs }) =>
      html`<li>${name}: ${state}, ${watermarkMs === null ? 'not read completely yet' : html`complete up to ${renderAgo(new Date(watermarkMs).toISOString(), nowMs)}`}</li>`,
  )}</ul>`
}

/** The outcome in one line, or what is being done towards one. */
export function headlineOf(view: CaseView): string {
  if (view.plan.headline !== null && view.plan.headline !== '') return view.plan.headline
  const [message] = view.alerts.flatMap(({ verdict }) => (verdict ? [verdict.message] : []))
  return message ?? UNDECIDED[view.state]
}

const UNDECIDED: Record<CaseState, string> = {
  gathering: 'Gathering evidence',
  waiting: 'Waiting for evidence',
  snoozed: 'Snoozed',
  'handed-over': 'Handed over',
  resolved: 'Resolved before a verdict was needed',
}

import type { CaseView } from '../api/case-view.ts'
import type { SlackChannelStatus } from '../operations.ts'
import { type ListOutcome, renderListOutcome } from './act-outcome.ts'
import { nextLookWhy, reasonsOf, shortHeadlineOf } from './headline.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { type Banner, renderModeBanner } from './mode-banner.ts'
import { standingOf } from './state-pill.ts'
import { renderAgo, renderTimesIn, renderUntil } from './when.ts'

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
const CLUSTERS_SHOWN = 2

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
<div class="over">${page.cluster === '' ? renderTally(page) : html`<p class="crumb"><a href="/">All cases</a></p>`}
<form class="row find" method="get" action="/" role="search"><input type="search" name="cluster" value="${page.cluster}" placeholder="Cluster id" aria-label="Cluster id" autocapitalize="none" autocomplete="off" spellcheck="false"><button>Find</button></form></div>
${shown.length === 0 && renderNothing(page)}
${shown.map((section) => renderSection(section, page))}
${page.channels.length > 0 && renderChannels(page)}`,
  })
}

function renderNothing({ cluster }: ListPage): Html {
  return cluster === ''
    ? html`<div class="card nothing"><p><strong>All is quiet.</strong></p><p class="soft">No cases. The next alert stands here within seconds of Alertmanager sending it.</p></div>`
    : html`<div class="card nothing"><p><strong>No case names this cluster.</strong></p><p class="soft">A cluster id has 20 characters of 0-9 and a-v, or 32 of 0-9 and a-f.</p></div>`
}

function renderTally({ sections }: ListPage): Html {
  const told = sections.filter(({ tally }) => tally !== null)
  return html`<ul class="tally">${told.map(
    ({ tally, cases, more }) => html`<li><b class="number">${cases.length}${more && '+'}</b>${tally}</li>`,
  )}</ul>`
}

function renderSection({ title, cases, more }: ListSection, page: ListPage): Html {
  return html`<section id="section-${title.toLowerCase().replaceAll(' ', '-')}"><h2>${title} <span class="count">${cases.length}${more && '+'}</span></h2>
<div class="card rows">${cases.map((view) => renderRow(view, page))}</div>
${more && html`<p class="more"><a class="button" href="${more}">Older ones</a></p>`}</section>`
}

function renderRow(view: CaseView, { nowMs, link }: ListPage): Html {
  const clusters = [...new Set(view.alerts.map(({ clusterId }) => clusterId ?? 'cluster unknown'))]
  const regions = [...new Set(view.alerts.flatMap(({ region }) => region ?? []))]
  return html`<article class="case ${standingOf(view).colour}" id="case-${view.id}">
<div class="what"><a class="title" href="/cases/${encodeURIComponent(view.id)}">${renderTimesIn(shortHeadlineOf(view))}</a>
<div class="meta"><span class="mono">${clusters.slice(0, CLUSTERS_SHOWN).join(', ')}${clusters.length > CLUSTERS_SHOWN && ` and ${clusters.length - CLUSTERS_SHOWN} more`}</span>
${regions.length > 0 && html`<span>${regions.slice(0, CLUSTERS_SHOWN).join(', ')}</span>`}
${reasonsOf(view).map((reason) => html`<span class="pill">${reason}</span>`)}
<span>opened ${renderAgo(view.openedAt, nowMs)}</span>
${view.incident && html`<span>${link(view.incident.url, `incident ${view.incident.id}`)} ${view.incident.status}</span>`}</div></div>
<div class="meta when">${renderNext(view, nowMs)}</div></article>`
}

/** What happens next, the most telling first. */
function renderNext(view: CaseView, nowMs: number): Html | false {
  const { snoozedUntil, nextLook, plan, waiting, state, isQuiet } = view
  return html`${plan.offeredUntil && html`<span>asked in Slack, ends ${renderUntil(plan.offeredUntil, nowMs)}</span>`}
${snoozedUntil && isQuiet && html`<span>snooze ends ${renderUntil(snoozedUntil, nowMs)}</span>`}
${waiting && html`<span>verdict ${renderUntil(waiting.until, nowMs)} at the latest</span>`}
${nextLook && state !== 'resolved' && html`<span>next look ${renderUntil(nextLook, nowMs)}: ${nextLookWhy(view)}</span>`}`
}

function renderChannels({ channels, nowMs }: ListPage): Html {
  return html`<section id="section-channels"><h2>Slack channels</h2><ul class="plain card small soft">${channels.map(
    ({ name, state, watermarkMs }) =>
      html`<li>${name}: ${state}, ${watermarkMs === null ? 'not read completely yet' : html`complete up to ${renderAgo(new Date(watermarkMs).toISOString(), nowMs)}`}</li>`,
  )}</ul></section>`
}

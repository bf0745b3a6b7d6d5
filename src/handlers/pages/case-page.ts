import type { ActionView, CaseView } from '../api/case-schema.ts'
import { renderAlert } from './alert-part.ts'
import { type Html, html } from './html.ts'
import { formTokenField, renderPage, type Viewer } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { headlineOf } from './list-page.ts'
import { renderStatePill } from './state-pill.ts'
import { renderTime, renderUntil } from './when.ts'

/** What the form before this page did, if there was one. */
export type Outcome = 'woken' | 'rechecked' | 'no-incident' | 'ended'

export interface CasePage {
  view: CaseView
  viewer: Viewer
  outcome: Outcome | null
  nowMs: number
  link: LinkRenderer
}

const SAID: Record<Outcome, { text: string; colour: string }> = {
  woken: { text: 'The page is being given back to the people on call.', colour: 'green' },
  rechecked: { text: 'The case is being judged again.', colour: 'green' },
  'no-incident': { text: 'Not done: no incident of this case is known in PagerDuty.', colour: 'amber' },
  ended: { text: 'Not done: the case has ended.', colour: 'amber' },
}

/** Everything about one case: what was decided, on what evidence, and what was done. */
export function renderCasePage(page: CasePage): string {
  const { view, viewer, outcome, link } = page
  return renderPage({
    title: `${headlineOf(view)} · KP Events Responder`,
    viewer,
    body: html`<p><a href="/">All cases</a></p>
<h1>${headlineOf(view)}</h1>
${outcome && html`<div class="banner ${SAID[outcome].colour}" role="status"><p>${SAID[outcome].text}</p></div>`}
${renderFacts(page)}
${view.state !== 'resolved' && renderForms(page)}
<h2>Alerts <span class="count">${view.alerts.length}</span></h2>
${view.alerts.map((alert) => renderAlert(alert, view.waiting, page))}
<h2>Plan</h2>
${renderPlan(view)}
<h2>What was done</h2>
${renderReceipts(view, link)}
<h2>History</h2>
${renderTimeline(view, link)}`,
  })
}

function renderFacts({ view, nowMs, link }: CasePage): Html {
  return html`<dl class="facts">
<dt>State</dt><dd>${renderStatePill(view.state)}</dd>
${view.snoozedUntil && html`<dt>Snooze ends</dt><dd>${renderUntil(view.snoozedUntil, nowMs)}</dd>`}
${view.nextLook && view.state !== 'resolved' && html`<dt>Next look</dt><dd>${renderUntil(view.nextLook, nowMs)}</dd>`}
<dt>Incidents</dt><dd>${
    view.incidents.length === 0
      ? 'none found in PagerDuty yet'
      : view.incidents.toReversed().map(({ id, url, status }) => html`<div>${link(url, id)} ${status}</div>`)
  }</dd>
<dt>Opened</dt><dd>${renderTime(view.openedAt)}</dd>
<dt>Updated</dt><dd>${renderTime(view.updatedAt)}</dd>
<dt>Case</dt><dd class="mono">${view.id}</dd>
${view.dedupKey && html`<dt>Dedup key</dt><dd class="mono">${view.dedupKey}</dd>`}
</dl>`
}

function renderForms({ view, viewer }: CasePage): Html {
  const path = `/cases/${encodeURIComponent(view.id)}`
  return html`<div class="card">
<form class="row" method="post" action="${path}/wake">${formTokenField(viewer)}
<input type="text" name="reason" required maxlength="500" placeholder="Why the people on call should have it now" aria-label="Reason"><button class="main">Wake now</button></form>
<form class="row" method="post" action="${path}/recheck">${formTokenField(viewer)}<p><button>Judge again</button> <small class="soft">on fresh evidence</small></p></form>
</div>`
}

function renderPlan({ plan }: CaseView): Html {
  const { actions, refusals } = plan
  if (actions.length === 0 && refusals.length === 0) return html`<p class="soft">Nothing is to be done now.</p>`
  return html`<ul class="plain card">
${actions.map((action) => html`<li><strong>${action.action}</strong> ${detailOf(action)}<small class="soft line">${action.why}</small></li>`)}
${refusals.map(({ action, rail, why }) => html`<li><span class="pill amber">refused: ${rail}</span> <strong>${action}</strong><small class="soft line">${why}</small></li>`)}
</ul>`
}

function detailOf(action: ActionView): Html | string {
  const { until, content, text } = action
  if (typeof until === 'string') return html`until ${renderTime(until)}`
  const words = typeof content === 'string' ? content : text
  return typeof words === 'string' ? html`<blockquote>${words}</blockquote>` : ''
}

function renderReceipts({ receipts }: CaseView, link: LinkRenderer): Html {
  if (receipts.length === 0) return html`<p class="soft">Nothing yet.</p>`
  return html`<ul class="plain card history">${receipts
    .toReversed()
    .map(
      ({ at, action, result, why, link: url }) =>
        html`<li>${renderTime(at)}<span><strong>${action}</strong> ${result}${why && `: ${why}`}${url && html`, ${link(url, 'link')}`}</span></li>`,
    )}</ul>`
}

function renderTimeline({ timeline }: CaseView, link: LinkRenderer): Html {
  if (timeline.length === 0) return html`<p class="soft">Nothing yet.</p>`
  return html`<ul class="plain card history">${timeline
    .toReversed()
    .map(
      ({ at, what, actor, link: url }) =>
        html`<li>${renderTime(at)}<span>${what} <small class="soft">${actor}</small>${url && html`, ${link(url, 'link')}`}</span></li>`,
    )}</ul>`
}

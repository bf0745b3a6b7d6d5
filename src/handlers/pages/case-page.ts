import type { CaseView } from '../api/case-schema.ts'
import { type Outcome, renderOutcome } from './act-outcome.ts'
import { renderAlert } from './alert-part.ts'
import { type Html, html } from './html.ts'
import { formTokenField, renderPage } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { headlineOf, nextLookWhy } from './list-page.ts'
import { type Banner, renderModeBanner } from './mode-banner.ts'
import { renderPlan, renderReceipts, renderTimeline } from './plan-part.ts'
import { renderStatePill } from './state-pill.ts'
import { renderTime, renderUntil } from './when.ts'

export interface CasePage extends Banner {
  view: CaseView
  /** What the form before this page did, if there was one. */
  outcome: Outcome | null
  link: LinkRenderer
}

const ALERTS_SHOWN = 30

/** Everything about one case: what was decided, on what evidence, what to do next, and what was done. */
export function renderCasePage(page: CasePage): string {
  const { view, viewer, outcome, link } = page
  return renderPage({
    title: headlineOf(view),
    viewer,
    live: { ...page, caseId: view.id, refreshSeconds: null },
    body: html`${needsSaying(page) && renderModeBanner(page)}
<p class="crumb"><a href="/">All cases</a></p>
<div class="top heading"><h1>${headlineOf(view)}</h1>${renderStatePill(view.state)}</div>
${outcome && renderOutcome(outcome)}
<div class="split">
${view.state !== 'resolved' && renderActs(page)}
<div class="told">
<section id="alerts"><h2>Alerts <span class="count">${view.alerts.length}</span></h2>
${renderAlerts(page)}</section>
<section id="plan"><h2>Plan</h2>
${renderPlan(view)}</section>
<section id="receipts"><h2>What was done</h2>
${renderReceipts(view, link)}</section>
<section id="timeline"><h2>History</h2>
${renderTimeline(view, link)}</section>
</div>
${renderFacts(page)}
</div>`,
  })
}

/** Those that still fire first. A group may hold thousands: no page for a phone. */
function renderAlerts(page: CasePage): Html {
  const { alerts, waiting, id } = page.view
  const firing = alerts.filter(({ status }) => status === 'firing')
  const sorted = [...firing, ...alerts.filter(({ status }) => status !== 'firing')]
  const more = sorted.length - ALERTS_SHOWN
  return html`${sorted.slice(0, ALERTS_SHOWN).map((alert) => renderAlert(alert, waiting, page))}
${more > 0 && html`<p>${more} more: <a href="/api/cases/${encodeURIComponent(id)}">all as JSON</a></p>`}`
}

/** Beside one case only what makes it go otherwise than usual. */
function needsSaying({ mode, storm }: CasePage): boolean {
  return storm !== null || mode.paused || mode.mode !== 'live' || mode.frozenWhy !== undefined
}

function renderFacts({ view, nowMs, link }: CasePage): Html {
  return html`<section id="facts" aria-label="Facts"><h2>Facts</h2><dl class="facts card">
${view.snoozedUntil && html`<dt>Snooze ends</dt><dd>${renderUntil(view.snoozedUntil, nowMs)}<br>${renderTime(view.snoozedUntil)}</dd>`}
${view.nextLook && view.state !== 'resolved' && html`<dt>Next look</dt><dd>${renderUntil(view.nextLook, nowMs)}, ${nextLookWhy(view)}</dd>`}
<dt>Incidents</dt><dd>${
    view.incidents.length === 0
      ? 'none found in PagerDuty yet'
      : view.incidents.toReversed().map(({ id, url, status }) => html`<div>${link(url, id)} ${status}</div>`)
  }</dd>
<dt>Opened</dt><dd>${renderTime(view.openedAt)}</dd>
<dt>Updated</dt><dd>${renderTime(view.updatedAt)}</dd>
<dt>Case</dt><dd class="mono">${view.id}</dd>
${view.dedupKey && html`<dt>Dedup key</dt><dd class="mono">${view.dedupKey}</dd>`}
</dl></section>`
}

function renderActs({ view, viewer }: CasePage): Html {
  const path = `/cases/${encodeURIComponent(view.id)}`
  return html`<section id="acts"><h2>Act by hand</h2>
<form class="card" method="post" action="${path}/wake">${formTokenField(viewer)}
<label for="reason">Why, for the history and the audit</label>
<input id="reason" type="text" name="reason" required maxlength="500" autocomplete="off">
<div class="acts"><button class="main">Wake now</button>
<button formaction="${path}/hand-over">Hand over</button>
<button formaction="${path}/snooze">Snooze 2 h</button>
<button formaction="${path}/recheck" formnovalidate>Judge again</button></div>
</form></section>`
}

import type { CaseView } from '../api/case-schema.ts'
import { type Outcome, renderOutcome } from './act-outcome.ts'
import { renderAlert } from './alert-part.ts'
import { nextLookWhy, reasonsOf, shortHeadlineOf } from './headline.ts'
import { type Html, html } from './html.ts'
import { formTokenField, renderPage } from './layout.ts'
import type { LinkRenderer } from './link.ts'
import { type Banner, renderModeBanner, renderModeLine } from './mode-banner.ts'
import { renderPlan, renderReceipts, renderTimeline } from './plan-part.ts'
import { renderStatePill } from './state-pill.ts'
import { renderTime, renderTimesIn, renderUntil, withPlainTimes } from './when.ts'

export interface CasePage extends Banner {
  view: CaseView
  /** What the form before this page did, if there was one. */
  outcome: Outcome | null
  link: LinkRenderer
  /** Sources that nobody asked, as the service is configured. */
  notChecked: readonly string[]
}

const ALERTS_SHOWN = 30

/** Everything about one case: what was decided, on what evidence, what to do next, and what was done. */
export function renderCasePage(page: CasePage): string {
  const { view, viewer, outcome, link } = page
  return renderPage({
    title: withPlainTimes(shortHeadlineOf(view)),
    viewer,
    live: { ...page, caseId: view.id, refreshSeconds: null },
    body: html`${needsSaying(page) && renderModeBanner(page)}
<div class="over crumb"><a href="/">All cases</a>${!needsSaying(page) && renderModeLine(page)}</div>
<div class="heading"><h1>${renderTimesIn(shortHeadlineOf(view))}</h1>
<p class="meta">${renderStatePill(view)}${reasonsOf(view).map((reason) => html`<span class="pill">${reason}</span>`)}${renderNext(page)}</p></div>
${outcome && renderOutcome(outcome)}
<div class="split">
${view.state !== 'resolved' && renderActs(page)}
<div class="told">
<section id="alerts"><h2>Why${view.alerts.length > 1 && html` <span class="count">${view.alerts.length} alerts</span>`}</h2>
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

/** What happens next, and where the page itself stands, before all else. */
function renderNext({ view, nowMs, link }: CasePage): Html {
  const { snoozedUntil, nextLook, plan, incident, state, isQuiet } = view
  return html`${plan.offeredUntil && html`<span>waits for approval in Slack, ends ${renderUntil(plan.offeredUntil, nowMs)}</span>`}
${snoozedUntil && isQuiet && html`<span>snooze ends ${renderUntil(snoozedUntil, nowMs)}</span>`}
${nextLook && state !== 'resolved' && html`<span>next look ${renderUntil(nextLook, nowMs)}: ${nextLookWhy(view)}</span>`}
${incident && html`<span>${link(incident.url, `incident ${incident.id}`)} ${incident.status}</span>`}`
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
function needsSaying({ mode, storm, policy }: CasePage): boolean {
  if (policy.faults.length > 0 || policy.needsRestart.length > 0) return true
  return storm !== null || mode.paused || mode.mode !== 'live' || mode.frozenWhy !== undefined
}

function renderFacts({ view, nowMs, link }: CasePage): Html {
  return html`<section id="facts" aria-label="Facts"><h2>Facts</h2><dl class="facts card">
${view.snoozedUntil && html`<dt>${view.isQuiet ? 'Snooze ends' : 'Would end'}</dt><dd>${renderTime(view.snoozedUntil)}</dd>`}
${view.nextLook && view.state !== 'resolved' && html`<dt>Next look</dt><dd>${renderUntil(view.nextLook, nowMs)}<br>${renderTime(view.nextLook)}</dd>`}
${view.takenOver && html`<dt>Taken by</dt><dd>${view.takenOver}</dd>`}
<dt>Incidents</dt><dd>${
    view.incidents.length === 0
      ? 'none found in PagerDuty yet'
      : view.incidents.toReversed().map(({ id, url, status }) => html`<div>${link(url, id)} ${status}</div>`)
  }</dd>
<dt>Opened</dt><dd>${renderTime(view.openedAt)}</dd>
<dt>Updated</dt><dd>${renderTime(view.updatedAt)}</dd>
<dt>Case</dt><dd class="mono">${view.id}</dd>
${view.dedupKey && html`<dt>Dedup key</dt><dd class="mono long">${view.dedupKey}</dd>`}
</dl></section>`
}

/** One tap each: a reason is welcome, and never in the way of somebody who lies in bed. */
function renderActs({ view, viewer }: CasePage): Html {
  const path = `/cases/${encodeURIComponent(view.id)}`
  return html`<section id="acts"><h2>Act by hand</h2>
<form class="card" method="post" action="${path}/wake">${formTokenField(viewer)}
<label for="reason">Why, for the history <span class="optional">(may be left out)</span></label>
<input id="reason" type="text" name="reason" maxlength="500" autocomplete="off">
<div class="acts"><button${view.isQuiet && html` class="main"`}>Wake now</button>
<button formaction="${path}/hand-over">Hand over</button>
<button formaction="${path}/snooze">Snooze 2 h</button>
<button formaction="${path}/recheck">Judge again</button></div>
</form></section>`
}

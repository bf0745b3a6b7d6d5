import { FINDING_SOURCES } from '../../model/finding.ts'
import type { AlertView, CaseView, VerdictView } from '../api/case-schema.ts'
import { renderAdvice } from './advice-part.ts'
import { renderEvidence } from './evidence-part.ts'
import { renderFindings } from './finding-part.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderSteps } from './steps-part.ts'
import { renderTime, renderTimesIn, renderUntil } from './when.ts'

interface Tools {
  nowMs: number
  link: LinkRenderer
  /** Sources that nobody asked, as the service is configured. */
  notChecked: readonly string[]
}

/** One alert of a case: its verdict, what to do next, the evidence for it, and what was ruled out. */
export function renderAlert(alert: AlertView, waiting: CaseView['waiting'], tools: Tools): Html {
  const { link, nowMs } = tools
  return html`<section class="card" id="alert-${alert.fingerprint}">
<div class="top"><h3>Cluster <span class="mono">${alert.clusterId ?? 'unknown'}</span></h3>
<span class="pill">${alert.status}</span></div>
${renderPlace(alert)}
${alert.verdict ? renderVerdict(alert.verdict, alert, tools) : renderNoVerdict(alert, waiting, nowMs)}
${alert.findings.length > 0 && renderFindings(alert, tools)}
${alert.verdict && renderRuledOut(alert.verdict.ruledOut)}
${renderAdvice(alert.advice, link)}
</section>`
}

function renderPlace({
  region,
  accountId,
  carrier,
  severity,
  customerImpact,
  startedAt,
  crn,
  verdict,
}: AlertView): Html {
  // Most often the alert's own evidence quotes it.
  const isQuoted = verdict?.evidence.some(({ quote }) => quote !== null && quote === crn)
  return html`<p class="meta">${region && html`<span>${region}</span>`}
${accountId && html`<span>account <span class="mono">${accountId}</span></span>`}
${carrier && html`<span>carrier ${carrier}</span>`}
<span>severity ${severity ?? 'not stated'}</span>
<span>customer impact: ${customerImpact ?? 'not stated'}</span>
<span>since ${renderTime(startedAt)}</span></p>
${crn && !isQuoted && html`<p class="small soft mono">${crn}</p>`}`
}

function renderNoVerdict(alert: AlertView, waiting: CaseView['waiting'], nowMs: number): Html {
  if (alert.status === 'resolved') return html`<p>Resolved before there was a verdict.</p>`
  if (!waiting) return html`<p>No verdict yet: evidence is being gathered.</p>`
  const awaited = waiting.awaited === 'error-text' ? 'the error text' : 'evidence that could not be read yet'
  return html`<p>No verdict yet: waiting for ${awaited}, at most until ${renderTime(waiting.until)} (${renderUntil(waiting.until, nowMs)}).</p>`
}

function renderVerdict(verdict: VerdictView, { nextSteps }: AlertView, { link, notChecked }: Tools): Html {
  const { classification, reason, message, evidence } = verdict
  // What further sources say is shown whole, apart.
  const cited = evidence.filter(({ source }) => !isFurther(source))
  return html`<p class="verdict">${renderTimesIn(message)}</p>
<p class="small soft">${classification} / ${reason}</p>
${nextSteps.length > 0 && renderSteps(nextSteps, link)}
${cited.length > 0 && html`<h4>Evidence</h4><ul class="plain">${cited.map((item) => renderEvidence(item, link))}</ul>`}
${notChecked.length > 0 && html`<p class="small"><strong>Not checked:</strong> ${notChecked.join('; ')}.</p>`}`
}

/** What stands for the same why is told together. */
function renderRuledOut(ruledOut: VerdictView['ruledOut']): Html | false {
  const reasonsByWhy = Map.groupBy(ruledOut, ({ why }) => why)
  return (
    ruledOut.length > 0 &&
    html`<details><summary>${ruledOut.length} other ${ruledOut.length === 1 ? 'reason' : 'reasons'} ruled out</summary>
<ul class="plain small">${[...reasonsByWhy].map(
      ([why, same]) =>
        html`<li><strong>${same.map(({ reason }) => reason).join(', ')}</strong>: ${renderTimesIn(why)}</li>`,
    )}</ul></details>`
  )
}

function isFurther(source: string): boolean {
  return FINDING_SOURCES.some((further) => further === source)
}

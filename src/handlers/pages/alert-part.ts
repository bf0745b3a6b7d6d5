import { FINDING_SOURCES } from '../../model/finding.ts'
import type { AdviceSection, AlertView, CaseView, EvidenceView, Step, VerdictView } from '../api/case-schema.ts'
import { renderFindings } from './finding-part.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderLine, renderSteps } from './steps-part.ts'
import { renderTime, renderUntil } from './when.ts'

/** One alert of a case: its verdict, what to do next, the evidence for it, and what was ruled out. */
export function renderAlert(
  alert: AlertView,
  waiting: CaseView['waiting'],
  tools: { nowMs: number; link: LinkRenderer },
): Html {
  const { link, nowMs } = tools
  return html`<section class="card" id="alert-${alert.fingerprint}">
<div class="top"><h3>Cluster <span class="mono">${alert.clusterId ?? 'unknown'}</span></h3>
<span class="pill ${alert.status === 'resolved' && 'green'}">${alert.status}</span></div>
<p class="small soft">since ${renderTime(alert.startedAt)}${alert.crn && html`<br><span class="mono">${alert.crn}</span>`}</p>
${alert.verdict ? renderVerdict(alert.verdict, alert.nextSteps, link) : renderNoVerdict(alert, waiting, nowMs)}
${alert.findings.length > 0 && renderFindings(alert, tools)}
${alert.advice.map((section) => renderAdvice(section, link))}
</section>`
}

function renderNoVerdict(alert: AlertView, waiting: CaseView['waiting'], nowMs: number): Html {
  if (alert.status === 'resolved') return html`<p>Resolved before there was a verdict.</p>`
  if (!waiting) return html`<p>No verdict yet: evidence is being gathered.</p>`
  const awaited = waiting.awaited === 'error-text' ? 'the error text' : 'evidence that could not be read yet'
  return html`<p>No verdict yet: waiting for ${awaited}, at most until ${renderTime(waiting.until)} (${renderUntil(waiting.until, nowMs)}).</p>`
}

function renderVerdict(verdict: VerdictView, steps: readonly Step[], link: LinkRenderer): Html {
  const { classification, reason, message, evidence, ruledOut } = verdict
  // What further sources say is shown whole, apart.
  const cited = evidence.filter(({ source }) => !isFurther(source))
  return html`<p><strong>${message}</strong></p>
<p class="small soft">${classification} / ${reason}</p>
${steps.length > 0 && renderSteps(steps, link)}
${cited.length > 0 && html`<h4 class="small soft">Evidence</h4><ul class="plain">${cited.map((item) => renderEvidence(item, link))}</ul>`}
${
  ruledOut.length > 0 &&
  html`<details><summary>${ruledOut.length} other ${ruledOut.length === 1 ? 'reason' : 'reasons'} ruled out</summary>
<ul class="plain">${ruledOut.map((other) => html`<li><small><strong>${other.reason}</strong>: ${other.why}</small></li>`)}</ul></details>`
}`
}

function isFurther(source: string): boolean {
  return FINDING_SOURCES.some((further) => further === source)
}

function renderAdvice({ title, source, lines }: AdviceSection, link: LinkRenderer): Html {
  return html`<details><summary>${title}</summary>
<ul class="plain">${lines.map((line) => html`<li><small>${renderLine(line, link)}</small></li>`)}</ul>
<small class="soft line">Runbook: ${source}</small></details>`
}

function renderEvidence(
  { source, outcome, summary, observedAt, link: url, quote }: EvidenceView,
  link: LinkRenderer,
): Html {
  const colour = { found: 'blue', absent: '', unavailable: 'amber' }[outcome]
  return html`<li><span class="pill ${colour}">${outcome}</span> ${summary}
${quote && html`<blockquote class="mono" tabindex="0">${quote}</blockquote>`}
<small class="soft line">${source}, ${renderTime(observedAt)}${url && html`, ${link(url, `message in ${source}`)}`}</small></li>`
}

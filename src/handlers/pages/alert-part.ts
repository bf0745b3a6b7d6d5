import type { AdviceSection, AlertView, CaseView, EvidenceView, VerdictView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderTime, renderUntil } from './when.ts'

/** One alert of a case with its verdict, the evidence for it, and what was ruled out. */
export function renderAlert(
  alert: AlertView,
  waiting: CaseView['waiting'],
  tools: { nowMs: number; link: LinkRenderer },
): Html {
  return html`<section class="card">
<div class="top"><h3>Cluster <span class="mono">${alert.clusterId ?? 'unknown'}</span></h3>
<span class="pill ${alert.status === 'resolved' && 'green'}">${alert.status}</span></div>
<p class="soft">since ${renderTime(alert.startedAt)}${alert.crn && html`<br><span class="mono">${alert.crn}</span>`}</p>
${alert.verdict ? renderVerdict(alert.verdict, tools.link) : renderNoVerdict(alert, waiting, tools.nowMs)}
${alert.advice.map((section) => renderAdvice(section, tools.link))}
</section>`
}

function renderNoVerdict(alert: AlertView, waiting: CaseView['waiting'], nowMs: number): Html {
  if (alert.status === 'resolved') return html`<p>Resolved before there was a verdict.</p>`
  if (!waiting) return html`<p>No verdict yet: evidence is being gathered.</p>`
  const awaited = waiting.awaited === 'error-text' ? 'the error text' : 'evidence that could not be read yet'
  return html`<p>No verdict yet: waiting for ${awaited}, at most until ${renderUntil(waiting.until, nowMs)}.</p>`
}

function renderVerdict({ classification, reason, message, evidence, ruledOut }: VerdictView, link: LinkRenderer): Html {
  return html`<p><strong>${message}</strong></p>
<p class="soft">${classification} / ${reason}</p>
${evidence.length > 0 && html`<ul class="plain">${evidence.map((item) => renderEvidence(item, link))}</ul>`}
${
  ruledOut.length > 0 &&
  html`<details><summary>${ruledOut.length} other ${ruledOut.length === 1 ? 'reason' : 'reasons'} ruled out</summary>
<ul class="plain">${ruledOut.map((other) => html`<li><small><strong>${other.reason}</strong>: ${other.why}</small></li>`)}</ul></details>`
}`
}

function renderAdvice({ title, source, lines }: AdviceSection, link: LinkRenderer): Html {
  return html`<details><summary>${title}</summary>
<ul class="plain">${lines.map((line) => html`<li><small>${renderLine(line, link)}</small></li>`)}</ul>
<small class="soft line">Runbook: ${source}</small></details>`
}

/** A line of text with its addresses as links. */
function renderLine(line: string, link: LinkRenderer): (Html | string | null)[] {
  return line.split(/(https?:\/\/\S+)/).map((part) => (/^https?:/.test(part) ? link(part, part) : part))
}

function renderEvidence(
  { source, outcome, summary, observedAt, link: url, quote }: EvidenceView,
  link: LinkRenderer,
): Html {
  const colour = { found: 'blue', absent: '', unavailable: 'amber' }[outcome]
  return html`<li><span class="pill ${colour}">${outcome}</span> ${summary}
${quote && html`<blockquote class="mono">${quote}</blockquote>`}
<small class="soft line">${source}, ${renderTime(observedAt)}${url && html`, ${link(url, 'source')}`}</small></li>`
}

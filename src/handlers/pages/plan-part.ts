import type { ActionView, CaseView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderTime } from './when.ts'

/** What is to be done, and what the rails took away. */
export function renderPlan({ plan }: CaseView): Html {
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
  return typeof words === 'string'
    ? html`<details><summary>what it says</summary><blockquote tabindex="0">${words}</blockquote></details>`
    : ''
}

/** What the actions did, newest first. */
export function renderReceipts({ receipts }: CaseView, link: LinkRenderer): Html {
  if (receipts.length === 0) return html`<p class="soft">Nothing yet.</p>`
  return html`<ul class="plain card history">${receipts
    .toReversed()
    .map(
      ({ at, action, result, why, link: url }) =>
        html`<li>${renderTime(at)}<span><strong>${action}</strong> ${result}${why && `: ${why}`}${url && html`, ${link(url, `see the ${action}`)}`}</span></li>`,
    )}</ul>`
}

/** What happened to the case, newest first. */
export function renderTimeline({ timeline }: CaseView, link: LinkRenderer): Html {
  if (timeline.length === 0) return html`<p class="soft">Nothing yet.</p>`
  return html`<ul class="plain card history">${timeline
    .toReversed()
    .map(
      ({ at, what, actor, link: url }) =>
        html`<li>${renderTime(at)}<span>${what} <small class="soft">${actor}</small>${url && html`, ${link(url, 'see it')}`}</span></li>`,
    )}</ul>`
}

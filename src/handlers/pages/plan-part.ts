import type { ActionView, CaseView } from '../api/case-schema.ts'
import { headlineOf } from './headline.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderTime, renderTimesIn } from './when.ts'

type Kind = ActionView['action']
type Result = CaseView['receipts'][number]['result']

const NAMES: Readonly<Record<Kind, string>> = {
  acknowledge: 'Acknowledge',
  snooze: 'Snooze',
  wake: 'Wake',
  note: 'PagerDuty note',
  issue: 'GitHub issue',
  slack: 'Slack message',
}

/** Where the link of a receipt leads. */
const SEEN: Readonly<Record<Kind, string>> = {
  acknowledge: 'see the incident',
  snooze: 'see the incident',
  wake: 'see the incident',
  note: 'see the note',
  issue: 'see the issue',
  slack: 'see the message',
}

const RESULTS: Readonly<Record<Result, string>> = {
  created: 'created',
  updated: 'done',
  unchanged: 'was so already',
  adopted: 'found there already',
  would: 'only planned',
  refused: 'refused',
}

/** What is to be done, and what the rails took away. */
export function renderPlan(view: CaseView): Html {
  const { actions, refusals } = view.plan
  if (actions.length === 0 && refusals.length === 0) return html`<p class="soft">Nothing is to be done now.</p>`
  const headline = headlineOf(view)
  return html`<ul class="plain card">
${actions.map((action) => html`<li><strong>${NAMES[action.action]}</strong>${action.why !== headline && html` <small class="soft">${renderTimesIn(action.why)}</small>`} ${detailOf(action)}</li>`)}
${refusals.map(({ action, rail, why }) => html`<li><strong>${NAMES[action]}</strong> <span class="pill amber">refused: ${rail}</span><small class="soft line">${renderTimesIn(why)}</small></li>`)}
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
        html`<li>${renderTime(at)}<span><strong>${NAMES[action]}</strong> ${RESULTS[result]}${why && html`: ${renderTimesIn(why)}`}${url && html` · ${link(url, SEEN[action])}`}</span></li>`,
    )}</ul>`
}

/** What happened to the case, newest first. */
export function renderTimeline({ timeline }: CaseView, link: LinkRenderer): Html {
  if (timeline.length === 0) return html`<p class="soft">Nothing yet.</p>`
  return html`<ul class="plain card history">${timeline
    .toReversed()
    .map(
      ({ at, what, actor, link: url }) =>
        html`<li>${renderTime(at)}<span>${renderTimesIn(what)} <span class="soft">by ${actor}</span>${url && html` · ${link(url, 'see it')}`}</span></li>`,
    )}</ul>`
}

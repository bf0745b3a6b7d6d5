import type { Result } from '../../figures/case-figure.ts'
import type { DayFigures, Figures } from '../../figures/figures.ts'
import { formatDuration } from '../../model/duration.ts'
import type { Reason } from '../../model/verdict.ts'
import { SPANS } from '../api/figures-route.ts'
import { renderChart, type Series } from './chart.ts'
import { type Html, html } from './html.ts'
import { renderPage, type Viewer } from './layout.ts'

export interface FiguresPage {
  figures: Figures
  /** Days of the span. */
  days: number
  viewer: Viewer
}

/** Reasons with a colour of their own; the rest is one. */
const REASONS_SHOWN = 5
const RESULT_WORDS: Record<Result, string> = {
  avoided: 'page avoided',
  'handed-over': 'handed over',
  woken: 'snoozed, then needed a person',
  'would-snooze': 'would have been snoozed',
  'ended-early': 'ended by itself',
  open: 'still being judged',
}

/** The same result has the same colour in every chart. */
const COLOURS: Record<Result, number> = {
  avoided: 2,
  'handed-over': 0,
  woken: 1,
  'would-snooze': 3,
  'ended-early': 5,
  open: 4,
}

/** How the cases of the last days went, as numbers, charts and tables. */
export function renderFiguresPage({ figures, days, viewer }: FiguresPage): string {
  return renderPage({
    title: 'Figures',
    viewer,
    here: '/figures',
    body: html`<div class="top crumb"><h1>The last ${days} days</h1><nav class="spans" aria-label="Span">${SPANS.map(
      (span) => html`<a href="/figures?days=${span}"${span === days && html` aria-current="page"`}>${span} days</a>`,
    )}</nav></div>
${!figures.isComplete && html`<p class="banner amber">There are more cases than are counted here: the oldest are left out.</p>`}
${figures.cases === 0 ? html`<div class="card nothing"><p><strong>No cases in these days.</strong></p><p class="soft">Charts stand here once there are some.</p></div>` : renderCharts(figures)}`,
  })
}

function renderCharts(figures: Figures): Html {
  return html`${renderNumbers(figures)}
<div class="charts">
${renderChart({ id: 'verdicts', title: 'Cases per verdict', says: `${figures.cases} cases, by the reason that ruled each.`, days: figures.days.map(({ day }) => day), series: reasonSeries(figures) })}
${renderChart({ id: 'results', title: 'Pages avoided and handed over', says: toSentence(figures), days: figures.days.map(({ day }) => day), series: resultSeries(figures) })}
${renderChart({ id: 'to-action', title: 'From alert to action, median of the day', says: 'How long the first action took after a case was opened.', days: figures.days.map(({ day }) => day), series: [{ name: 'median', values: figures.days.map(({ toActionMedian }) => toActionMedian ?? 0) }], write: toSeconds })}
${renderSnoozes(figures)}
</div>
${renderUnknown(figures)}
${renderUnused(figures.unusedReasons)}`
}

function renderNumbers({ cases, byResult, toAction }: Figures): Html {
  const number = (value: number | string, text: string) =>
    html`<li class="card"><b>${value}</b><span class="small soft">${text}</span></li>`
  return html`<ul class="headline-numbers">
${number(cases, 'cases')}
${number(byResult.avoided, 'pages avoided')}
${number(byResult['handed-over'], 'handed over to people')}
${number(byResult.woken, 'snoozed, then needed a person')}
${number(toAction ? toSeconds(toAction.median) : 'none yet', toAction ? `from alert to action, nine of ten in ${toSeconds(toAction.p90)}` : 'from alert to action')}
</ul>`
}

function reasonSeries({ days, byReason }: Figures): Series[] {
  const reasons = (Object.entries(byReason) as [Reason, number][])
    .sort(([, a], [, b]) => b - a)
    .map(([reason]) => reason)
  const others = reasons.slice(REASONS_SHOWN)
  const valuesOf = (wanted: readonly Reason[]) =>
    days.map((day) => wanted.reduce((sum, reason) => sum + (day.byReason[reason] ?? 0), 0))
  return [
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => ({ name: reason, values: valuesOf([reason]) })),
    ...(others.length > 0 ? [{ name: `${others.length} other`, values: valuesOf(others) }] : []),
  ]
}

function resultSeries({ days, byResult }: Figures): Series[] {
  const results = (Object.keys(RESULT_WORDS) as Result[]).filter((result) => byResult[result] > 0)
  const shown = results.length > 0 ? results : (['avoided', 'handed-over'] as const)
  return shown.map((result) => ({
    name: RESULT_WORDS[result],
    colour: COLOURS[result],
    values: days.map((day) => day.byResult[result]),
  }))
}

function renderSnoozes({ days, byResult }: Figures): Html {
  const snoozed = byResult.avoided + byResult.woken
  const share = snoozed === 0 ? 0 : Math.round((byResult.woken / snoozed) * 100)
  return renderChart({
    id: 'woken',
    title: 'Snoozes that held, and that did not',
    says:
      snoozed === 0
        ? 'Nothing was snoozed.'
        : `${byResult.woken} of ${snoozed} snoozed cases needed a person after all (${share} %).`,
    days: days.map(({ day }) => day),
    series: [
      { name: 'stayed quiet', colour: COLOURS.avoided, values: days.map((day: DayFigures) => day.byResult.avoided) },
      { name: 'needed a person', colour: COLOURS.woken, values: days.map((day: DayFigures) => day.byResult.woken) },
    ],
  })
}

function renderUnknown({ unknownTexts }: Figures): Html {
  if (unknownTexts.length === 0) return html`<h2>Error texts that no rule knows</h2><p class="soft">None.</p>`
  return html`<h2>Error texts that no rule knows</h2><div class="card wide" tabindex="0" role="region" aria-label="Error texts that no rule knows"><table><thead><tr><th>Text</th><th class="number">Cases</th><th>Example</th></tr></thead><tbody>
${unknownTexts.map(({ shape, cases, example }) => html`<tr><td class="mono">${shape}</td><td class="number">${cases}</td><td><a href="/cases/${encodeURIComponent(example)}">a case</a></td></tr>`)}
</tbody></table></div>`
}

function renderUnused(reasons: readonly Reason[]): Html | false {
  return (
    reasons.length > 0 &&
    html`<details><summary>${reasons.length} reasons that no case had</summary><p class="small soft">${reasons.join(', ')}</p></details>`
  )
}

function toSentence({ byResult }: Figures): string {
  return `${byResult.avoided} pages avoided, ${byResult['handed-over']} handed over, ${byResult.woken} snoozed and then needed a person.`
}

function toSeconds(seconds: number): string {
  return seconds > 0 && seconds < 10 ? `${seconds.toFixed(1)} s` : formatDuration(seconds * 1_000)
}

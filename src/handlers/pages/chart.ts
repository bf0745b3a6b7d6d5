import { type Html, html } from './html.ts'

/** One kind of thing that is counted, a value a day. */
export interface Series {
  name: string
  values: readonly number[]
  /** Which of the six colours. Default: its place. */
  colour?: number | undefined
}

export interface Chart {
  /** Unique on the page. */
  id: string
  title: string
  /** What it shows, in a sentence, for those who see no picture. */
  says: string
  /** `2026-11-22`, oldest first. */
  days: readonly string[]
  /** At most six: each has a colour of its own, in this order from the ground up. */
  series: readonly Series[]
  /** How a value is written. Default: as a number. */
  write?: ((value: number) => string) | undefined
}

const HEIGHT = 100
/** Units of width of a day, and the part of it that is left free. */
const DAY = 10
const GAP = 2

/** Bars by day, one upon the other, with a legend and the same as a table. */
export function renderChart(chart: Chart): Html {
  const { id, title, says, days, series, write = String } = chart
  const top = niceTop(Math.max(0, ...days.map((_, at) => sumAt(series, at))))
  return html`<section class="card" id="chart-${id}"><h2 class="chart-title">${title}</h2>
<div class="chart"><div class="top-tick"><span>${write(top)}</span></div>
<svg viewBox="0 0 ${days.length * DAY} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${says}</desc>
${[0, HEIGHT / 2, HEIGHT].map((y) => html`<line class="grid" x1="0" x2="${days.length * DAY}" y1="${y}" y2="${y}"/>`)}
${days.map((day, at) => renderDay({ day, at, top }, chart))}
</svg><div class="ticks"><span>${toShort(days[0])}</span><span>${toShort(days[Math.floor(days.length / 2)])}</span><span>${toShort(days.at(-1))}</span></div></div>
${series.length > 1 && renderLegend(series)}
<details><summary>As a table</summary>${renderTable(chart)}</details></section>`
}

function renderDay(
  { day, at, top }: { day: string; at: number; top: number },
  { series, write = String }: Chart,
): Html {
  const said = series.flatMap(({ name, values }) => (values[at] ? [`${name} ${write(values[at])}`] : []))
  let y = HEIGHT
  const bars = series.map(({ values, colour }, index) => {
    const height = ((values[at] ?? 0) / top) * HEIGHT
    y -= height
    return (
      height > 0 &&
      html`<rect class="s${colour ?? index}" x="${at * DAY + GAP / 2}" y="${round(y)}" width="${DAY - GAP}" height="${round(height)}"/>`
    )
  })
  return html`<g class="day"><title>${toShort(day)}: ${said.length === 0 ? 'none' : said.join(', ')}</title><rect class="hit" x="${at * DAY}" y="0" width="${DAY}" height="${HEIGHT}"/>${bars}</g>`
}

function renderLegend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map(
    ({ name, values, colour }, index) =>
      html`<li><svg viewBox="0 0 1 1" aria-hidden="true"><rect class="s${colour ?? index}" width="1" height="1"/></svg>${name} <span class="soft number">${values.reduce((sum, value) => sum + value, 0)}</span></li>`,
  )}</ul>`
}

/** Days without anything are left out. */
function renderTable({ title, days, series, write = String }: Chart): Html {
  const rows = days.flatMap((day, at) => (series.some(({ values }) => values[at]) ? [{ day, at }] : []))
  return html`<div class="wide" tabindex="0" role="region" aria-label="${title}, as a table"><table><thead><tr><th>Day (UTC)</th>${series.map(({ name }) => html`<th class="number">${name}</th>`)}</tr></thead>
<tbody>${rows.map(({ day, at }) => html`<tr><td class="number">${day}</td>${series.map(({ values }) => html`<td class="number">${write(values[at] ?? 0)}</td>`)}</tr>`)}</tbody></table></div>`
}

function sumAt(series: readonly Series[], at: number): number {
  return series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0)
}

/** A round number that is not below the value, so that the ticks are round too. */
function niceTop(value: number): number {
  if (value <= 2) return 2
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** `22 Nov` */
function toShort(day: string | undefined): string {
  if (day === undefined) return ''
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(day))
}

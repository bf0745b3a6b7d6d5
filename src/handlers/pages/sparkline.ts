import { z } from 'zod'
import type { FindingView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'

const drawn = z.object({
  kind: z.literal('failing-clusters'),
  series: z.object({ fromMs: z.number(), stepMs: z.number(), values: z.array(z.number().nullable()) }),
})

const WIDTH = 240
const HEIGHT = 32

/** How often a cluster failed over time, as a small line; null where the finding tells no such thing. */
export function renderSparkline({ details }: Pick<FindingView, 'details'>, id: string): Html | null {
  const parsed = drawn.safeParse(details)
  if (!parsed.success) return null
  const { fromMs, stepMs, values } = parsed.data.series
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const top = Math.max(1, ...known)
  const now = values.at(-1) ?? null
  const hours = Math.round((((values.length - 1) * stepMs) / 3_600_000) * 10) / 10
  const says = `Failures in 5 min over the last ${hours} h: at most ${toCount(Math.max(0, ...known))}, ${now === null ? 'none told' : toCount(now)} at the end. Begins ${new Date(fromMs).toISOString()}.`
  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-d"><desc id="${id}-d">${says}</desc>
<line class="grid" x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}"/>${runsOf(values).map(
    (run) =>
      html`<polyline points="${run.map(({ at, value }) => toPoint(at, value, { count: values.length, top })).join(' ')}"/>`,
  )}</svg><small class="soft line">${says}</small>`
}

/** The stretches without a gap: where nothing was told there is no line. */
function runsOf(values: readonly (number | null)[]): { at: number; value: number }[][] {
  const runs: { at: number; value: number }[][] = [[]]
  for (const [at, value] of values.entries()) {
    if (value === null) runs.push([])
    else runs.at(-1)?.push({ at, value })
  }
  return runs.filter((run) => run.length > 0)
}

/** A counter that began anew goes below zero, which is no failure. */
function toPoint(at: number, value: number, { count, top }: { count: number; top: number }): string {
  const x = (at / Math.max(1, count - 1)) * WIDTH
  const y = HEIGHT - 1 - (Math.max(0, value) / top) * (HEIGHT - 2)
  return `${toCount(x)},${toCount(y)}`
}

function toCount(value: number): number {
  return Math.round(value * 10) / 10
}

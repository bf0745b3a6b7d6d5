import { REASONS, type Reason } from '../model/verdict.ts'
import type { CaseFigure, RESULTS, Result } from './case-figure.ts'

const DAY_MS = 86_400_000

/** One day (UTC) of cases. */
export interface DayFigures {
  /** `2026-11-22` */
  day: string
  cases: number
  byResult: Record<Result, number>
  byReason: Partial<Record<Reason, number>>
  /** From the opening of a case to the first thing done, in seconds: half of the day's cases took at most so long. */
  toActionMedian: number | null
}

/** How the cases of a span went. Durations in seconds. */
export interface Figures {
  /** UTC ISO 8601; cases opened from then, up to then. */
  from: string
  until: string
  /** False where older cases of the span were left out: there are more than are counted. */
  isComplete: boolean
  cases: number
  byResult: Record<Result, number>
  byReason: Partial<Record<Reason, number>>
  /** From the opening of a case to the first thing done: half of the cases took at most so long, and nine of ten. */
  toAction: { median: number; p90: number } | null
  /** Oldest first, each day of the span. */
  days: DayFigures[]
  /** Error texts that no rule knows, by shape, most frequent first. */
  unknownTexts: { shape: string; cases: number; example: string }[]
  /** Reasons that no case had. */
  unusedReasons: Reason[]
}

const SHAPES_SHOWN = 10

/** The figures of a span of time (ms), of cases in any order. */
export function toFigures(
  all: readonly CaseFigure[],
  { fromMs, untilMs, isComplete }: { fromMs: number; untilMs: number; isComplete: boolean },
): Figures {
  const inSpan = all.filter(({ openedAtMs }) => openedAtMs >= fromMs && openedAtMs < untilMs)
  const durations = durationsOf(inSpan)
  const byReason = countReasons(inSpan)
  return {
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    isComplete,
    cases: inSpan.length,
    byResult: countResults(inSpan),
    byReason,
    toAction: durations.length === 0 ? null : { median: at(durations, 0.5) / 1_000, p90: at(durations, 0.9) / 1_000 },
    days: days(inSpan, { fromMs, untilMs }),
    unknownTexts: unknownTexts(inSpan),
    unusedReasons: REASONS.filter((reason) => byReason[reason] === undefined),
  }
}

function days(inSpan: readonly CaseFigure[], { fromMs, untilMs }: { fromMs: number; untilMs: number }): DayFigures[] {
  const byDay = Map.groupBy(inSpan, ({ openedAtMs }) => dayOf(openedAtMs))
  const list: DayFigures[] = []
  for (let ms = Math.floor(fromMs / DAY_MS) * DAY_MS; ms < untilMs; ms += DAY_MS) {
    const ofDay = byDay.get(dayOf(ms)) ?? []
    const durations = durationsOf(ofDay)
    list.push({
      day: dayOf(ms),
      cases: ofDay.length,
      byResult: countResults(ofDay),
      byReason: countReasons(ofDay),
      toActionMedian: durations.length === 0 ? null : at(durations, 0.5) / 1_000,
    })
  }
  return list
}

function countResults(figures: readonly CaseFigure[]): Record<Result, number> {
  const counts = { avoided: 0, woken: 0, 'handed-over': 0, 'would-snooze': 0, 'ended-early': 0, open: 0 }
  for (const { result } of figures) counts[result] += 1
  return counts satisfies Record<(typeof RESULTS)[number], number>
}

function countReasons(figures: readonly CaseFigure[]): Partial<Record<Reason, number>> {
  const counts: Partial<Record<Reason, number>> = {}
  for (const { reason } of figures) if (reason) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

function unknownTexts(figures: readonly CaseFigure[]): Figures['unknownTexts'] {
  const found = figures.flatMap(({ caseId, unknownShapes }) => unknownShapes.map((shape) => ({ shape, caseId })))
  return [...Map.groupBy(found, ({ shape }) => shape)]
    .map(([shape, cases]) => ({ shape, cases: cases.length, example: cases[0]?.caseId ?? '' }))
    .sort((a, b) => b.cases - a.cases || (a.shape < b.shape ? -1 : 1))
    .slice(0, SHAPES_SHOWN)
}

/** Milliseconds, shortest first. */
function durationsOf(figures: readonly CaseFigure[]): number[] {
  return figures.flatMap(({ toActionMs }) => (toActionMs === null ? [] : [toActionMs])).sort((a, b) => a - b)
}

/** The value that the share of the sorted values does not exceed. */
function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

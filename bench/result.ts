/** What a number may be. */
export type Limit = { atLeast: number } | { atMost: number }

/** One measured figure, before it is judged. */
export interface Measurement {
  /** Row and figure, such as `effects: per second`. */
  row: string
  measured: number
  /** `ms`, `MB`, `1/s`, or what is counted. */
  unit: string
  /** What the figure is compared with in the same run; null where nothing is. */
  reference: { what: string; value: number } | null
  /** Source: PRODUCT.md, Budgets. Null where none is promised. */
  budget: { of: 'ratio' | 'measured'; limit: Limit } | null
  /** What a reader has to know to read it right. */
  note?: string
}

export interface Result extends Measurement {
  /** Measured over reference, or null without one. */
  ratio: number | null
  /** Null where no budget is promised. */
  isWithinBudget: boolean | null
}

/** The measurement with its ratio and whether it holds its budget. A figure that is no number holds none. */
export function judge(measurement: Measurement): Result {
  const { measured, reference, budget } = measurement
  const ratio = reference === null ? null : measured / reference.value
  if (budget === null) return { ...measurement, ratio, isWithinBudget: null }
  const judged = budget.of === 'ratio' ? (ratio ?? Number.NaN) : measured
  return { ...measurement, ratio, isWithinBudget: holds(judged, budget.limit) }
}

function holds(value: number, limit: Limit): boolean {
  if (!Number.isFinite(value)) return false
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost
}

/** The value below which that share (0 to 1) of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

import type { Comparison } from './compare.ts'
import { type Interval, wilson } from './wilson.ts'

/** An incident with its comparison. */
export interface Judged {
  id: string
  number: number | null
  url: string
  title: string
  comparison: Comparison
}

/** How one reason did; `agreement` is where its true share lies, `harm` the same of its snoozes (null: it made none). */
export interface ReasonTally {
  reason: string
  n: number
  agree: number
  harmful: number
  needless: number
  snoozed: number
  agreement: Interval
  harm: Interval | null
}

export interface Tally {
  /** Newest snooze first. */
  harmful: Judged[]
  /** Most incidents first. */
  reasons: ReasonTally[]
  undecided: Judged[]
  judged: number
}

/** The comparisons counted by reason. Each incident is in one reason's `n`, or undecided. */
export function tally(all: readonly Judged[]): Tally {
  const byReason = new Map<string, Comparison[]>()
  for (const { comparison } of all) {
    if (comparison.kind === 'undecided') continue
    byReason.set(comparison.reason, [...(byReason.get(comparison.reason) ?? []), comparison])
  }
  const reasons = [...byReason].map(([reason, comparisons]) => toReasonTally(reason, comparisons))
  return {
    harmful: all.filter(({ comparison }) => comparison.kind === 'harmful').sort((a, b) => snoozedAt(b) - snoozedAt(a)),
    reasons: reasons.sort((a, b) => b.n - a.n || a.reason.localeCompare(b.reason)),
    undecided: all.filter(({ comparison }) => comparison.kind === 'undecided'),
    judged: reasons.reduce((sum, { n }) => sum + n, 0),
  }
}

function toReasonTally(reason: string, comparisons: readonly Comparison[]): ReasonTally {
  const count = (kind: Comparison['kind']) => comparisons.filter((one) => one.kind === kind).length
  const n = comparisons.length
  const [agree, harmful] = [count('agree'), count('harmful')]
  const quiet = comparisons.filter((one) => one.kind === 'agree' && one.ours === 'snooze').length
  const snoozed = quiet + harmful
  return {
    reason,
    n,
    agree,
    harmful,
    needless: count('needless'),
    snoozed,
    agreement: wilson(agree, n),
    harm: snoozed === 0 ? null : wilson(harmful, snoozed),
  }
}

function snoozedAt({ comparison }: Judged): number {
  return comparison.kind === 'harmful' ? comparison.atMs : 0
}

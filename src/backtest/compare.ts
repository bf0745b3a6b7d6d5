import type { HumanOutcome, Work } from './human-outcome.ts'

/** What the responder would have done, or did in shadow. Times in ms since the epoch. */
export type Decision =
  | { kind: 'snooze'; reason: string; atMs: number; untilMs: number }
  | { kind: 'page'; reason: string; why: string; atMs: number }
  | { kind: 'undecidable'; why: string }

/** A decision beside what people did. */
export type Comparison =
  | { kind: 'agree'; reason: string; ours: 'snooze' | 'page' }
  | { kind: 'harmful'; reason: string; atMs: number; untilMs: number; why: string[] }
  | { kind: 'needless'; reason: string; why: string }
  | { kind: 'undecided'; why: string }

export interface Seen {
  outcome: HumanOutcome
  /** Alerts of the incident that were customer impacting, when they came. */
  impactingAtMs: readonly number[]
  /** Up to when the incident's history is known: when it was read. */
  knownToMs: number
}

/**
 * Whether a decision would have been right. Harmful is a snooze in whose time people did real work or a customer was hit;
 * needless is a page that people only quieted or ignored. What can't be known yet is undecided.
 */
export function compare(decision: Decision, { outcome, impactingAtMs, knownToMs }: Seen): Comparison {
  switch (decision.kind) {
    case 'undecidable':
      return { kind: 'undecided', why: decision.why }
    case 'page': {
      const { reason, why } = decision
      if (outcome.work.length > 0) return { kind: 'agree', reason, ours: 'page' }
      if (outcome.resolvedAtMs === null) return { kind: 'undecided', why: 'it is still open: people may yet act on it' }
      return { kind: 'needless', reason, why }
    }
    case 'snooze': {
      const { reason, atMs, untilMs } = decision
      const isWithin = (ms: number) => ms > atMs && ms <= untilMs
      const why = [
        ...outcome.work.filter((work) => isWithin(work.atMs)).map(toClause),
        ...impactingAtMs.filter(isWithin).map((ms) => `an alert that hits customers joined it at ${iso(ms)}`),
      ]
      if (why.length > 0) return { kind: 'harmful', reason, atMs, untilMs, why }
      const endMs = Math.min(untilMs, outcome.resolvedAtMs ?? untilMs)
      if (endMs > knownToMs) return { kind: 'undecided', why: 'its snooze would not be over yet' }
      return { kind: 'agree', reason, ours: 'snooze' }
    }
    default:
      return decision satisfies never
  }
}

function toClause({ who, what, atMs }: Work): string {
  return `${who} ${what} at ${iso(atMs)}`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

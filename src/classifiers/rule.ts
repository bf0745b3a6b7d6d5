import type { Classification, Reason, Remedy } from '../model/verdict.ts'
import type { AlertFacts, ErrorText, JudgingPolicy } from './facts.ts'

/** What a rule says of an alert: it does not hold and why, or its verdict, or that it needs to wait. */
export type Finding =
  | { kind: 'ruled-out'; why: string }
  | { kind: 'verdict'; reason: Reason; message: string; remedy: Remedy }
  | { kind: 'waiting'; reason: Reason; message: string; awaited: 'error-text' | 'evidence'; untilMs: number }

/** What a row may ask for instead of a person. */
export type QuietingRemedy = Exclude<Remedy, { kind: 'human' }>

/** One row of the decision table: a pure judge over facts and one error text (null where the window holds none). */
export interface Rule {
  row: string
  reason: Reason
  classification: Classification
  /** When it holds, in a sentence: this is the decision table's text. */
  when: string
  /** The remedy of its verdict; absent where the row always asks for a person. The decision table shows it. */
  quiets?: (policy: JudgingPolicy) => QuietingRemedy
  judge(facts: AlertFacts, text: ErrorText | null, policy: JudgingPolicy): Finding
}

export function ruledOut(why: string): Finding {
  return { kind: 'ruled-out', why }
}

/** A verdict that leaves the page with a person. */
export function forHuman(reason: Reason, message: string): Finding {
  return { kind: 'verdict', reason, message, remedy: { kind: 'human' } }
}

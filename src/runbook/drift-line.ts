/** What kind of thing a runbook fixes. */
export type DriftKind =
  | 'error-text'
  | 'channel'
  | 'link'
  | 'duration'
  | 'region'
  | 'window'
  | 'account'
  | 'query'
  | 'advice'
  | 'authorization'
  | 'command'

/** One thing that the runbook fixes, beside what the responder goes by. */
export interface DriftLine {
  kind: DriftKind
  /** What it is, in a few words. */
  what: string
  /** What policy and code hold; null where the runbook says something that they do not know. */
  ours: string | null
  /** What the runbook says; null where it says nothing of the kind any more. */
  runbook: string | null
  isSame: boolean
}

/** A line of the comparison, the same where both say the same. */
export function line(kind: DriftKind, what: string, ours: string | null, runbook: string | null): DriftLine {
  return { kind, what, ours, runbook, isSame: ours === runbook }
}

import type { CaseAlert } from '../../model/case.ts'
import type { Finding, FindingSource } from '../../model/finding.ts'
import type { AlertIdentity } from '../../model/identity.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { ErrorTrace } from '../../runbook/error-trace.ts'
import type { MigrationContext } from '../../runbook/migration-context.ts'

/** What a source is asked about: one alert that has its verdict. Times in ms since the epoch. */
export interface FindingQuestion {
  nowMs: number
  alert: CaseAlert
  verdict: Verdict
  identity: AlertIdentity
  /** The migration in whose window the alert started, or null. */
  migration: MigrationContext | null
  /** CorrID, keys and provider as the error texts tell them. */
  trace: ErrorTrace
  /** The same, completed from the logs where the texts do not tell all of it. Never rejects, and leaves time to ask. */
  completedTrace: Promise<ErrorTrace>
  /** When the alert's snooze ends or has ended, where it is judged for that; else null. */
  snoozeEndMs: number | null
  /** Many clusters fail at once: nothing is asked that is not needed. */
  isStorm: boolean
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal
}

/** One source that is looked up beside the evidence. It reads, and writes nothing. */
export interface FindingReader {
  readonly source: FindingSource
  /** True where one answer serves many cases: such a source is asked in a storm too. */
  readonly isShared: boolean
  /** False where the source has nothing to say about such a verdict: then it is not asked and not named. */
  isAskedFor(question: FindingQuestion): boolean
  /**
   * What the source says, most useful first; none where it turns out to have nothing to say.
   * @throws TransientError, TerminalError when it does not answer: the note then says that it was not checked.
   */
  ask(question: FindingQuestion): Promise<Finding[]>
}

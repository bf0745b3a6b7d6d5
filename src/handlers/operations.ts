import type { Rail } from '../model/plan.ts'
import type { Mode, ModeInForce } from '../store/store.ts'
import type { CaseView } from './api/case-view.ts'

/** One channel as its reader sees it. `watermarkMs`: up to when it was read completely, ms since the epoch. */
export interface SlackChannelStatus {
  channel: string
  name: string
  watermarkMs: number | null
  state: string
}

/** Whether alerts can be accepted durably, and one word or sentence per thing checked. */
export interface Readiness {
  ready: boolean
  checks: Record<string, string>
}

/** A storm that is on: since when, when it is over if no further cluster comes (ms), and whom it touches, most first. */
export interface StormInForce {
  sinceMs: number
  endsAtMs: number
  clusters: number
  regions: readonly { name: string; clusters: number }[]
}

export type ModePatch = { mode?: Mode; paused?: boolean }

/** What the HTTP surface asks of the parts that are built above it. `by` is an operator's name and goes to the audit. */
export interface Operations {
  /**
   * The decision about an Alertmanager body or an incident's text, without an effect anywhere.
   * @throws TerminalError with code `rejected` when the input can't be read.
   */
  explain(input: string): Promise<CaseView>
  wake(caseId: string, by: string, reason: string): Promise<'done' | 'not-found' | 'no-incident' | 'ended'>
  /** Gives the page back and leaves the case to people. */
  handOver(caseId: string, by: string, reason: string): Promise<'done' | 'not-found' | 'ended'>
  /**
   * A snooze by hand; `refused` names the rail in code that forbids it, `stale-evidence` where the case's plan is no more that
   * of `planHash`. `names` are further names of the one who asks.
   */
  snooze(
    caseId: string,
    by: string,
    wish: { reason: string; seconds: number; planHash?: string; names?: readonly string[] },
  ): Promise<'done' | 'not-found' | 'ended' | 'unavailable' | { refused: Rail }>
  /** `reason` is null where the operator gave none. */
  recheck(caseId: string, by: string, reason: string | null): Promise<'done' | 'not-found'>
  mode(): Promise<ModeInForce>
  setMode(patch: ModePatch, by: string): Promise<ModeInForce | 'no-pagerduty'>
  /** The storm that is on, or null. */
  storm(): Promise<StormInForce | null>
  readiness(): Promise<Readiness>
  /** A nudge after an update became durable, so that its case is looked at now rather than at the next tick. */
  accepted(): void
  slackStatus(): SlackChannelStatus[]
}

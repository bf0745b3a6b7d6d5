import { judge } from './judge.ts'
import { type Case, withReceipts } from './model/case.ts'
import { type IssuePlan, planIssues } from './plan/plan-issue.ts'
import { carryOut, type ReconcileDeps } from './reconcile.ts'
import { kinOf, lookUp, situate } from './situate.ts'

/** How opening an issue by hand ended. */
export type HandIssueOutcome =
  | { kind: 'done'; subject: Case; link: string | null }
  | { kind: 'unavailable'; subject: Case; link: null }
  | { kind: 'refused'; why: string }

/**
 * Opens the issues of a case's deleted clusters because a person asked: no approval and no stage is waited for, and every
 * rail is asked on evidence gathered now. Under the case's lock.
 */
export async function openIssueByHand(subject: Case, by: string, deps: ReconcileDeps): Promise<HandIssueOutcome> {
  const judged = await judge(subject, deps)
  const lookup = await lookUp(judged.subject, deps)
  const kin = await kinOf(judged.subject, { ...deps, judge: (other) => judge(other, deps) })
  const situated = await situate({ ...judged, kin }, lookup, deps)
  const { mode } = await deps.modeSwitch.read()
  // The person's word is the approval: nothing but that is left out.
  const situation = { ...situated.situation, mode: mode === 'approve' ? ('live' as const) : mode }
  const issues = planIssues(situation)
  const why = whyNot(issues)
  if (why !== null) return { kind: 'refused', why }
  const headline = `Issue opened by ${by}`
  const plan = { headline, outcomeKey: 'open-issue', actions: issues.actions, refusals: [], approvedBy: by }
  const execution = await carryOut(plan, situation, { upTo: Number.MAX_SAFE_INTEGER, deps })
  const opened = execution.receipts.find(({ action, result }) => action === 'issue' && result !== 'refused')
  const told = withReceipts(situation.subject, execution.receipts)
  if (!opened || opened.result === 'would') return { kind: 'unavailable', subject: told, link: null }
  return { kind: 'done', subject: told, link: opened.link }
}

function whyNot({ actions, refusals, obstacle }: IssuePlan): string | null {
  const [first] = refusals
  if (first) return `${first.rail}: ${first.why}`
  if (obstacle !== null) return obstacle
  return actions.length === 0 ? 'no cluster of the case is judged to be deleted' : null
}

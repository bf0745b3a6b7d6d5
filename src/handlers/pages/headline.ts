import type { CaseState } from '../../model/case.ts'
import type { CaseView } from '../api/case-view.ts'

/** The outcome in one line, or what is being done towards one. */
export function headlineOf(view: CaseView): string {
  if (view.plan.headline !== null && view.plan.headline !== '') return view.plan.headline
  const [message] = view.alerts.flatMap(({ verdict }) => (verdict ? [verdict.message] : []))
  return message ?? UNDECIDED[view.state]
}

/** The same where the reasons stand beside it by themselves. */
export function shortHeadlineOf(view: CaseView): string {
  return reasonsOf(view).reduce((text, reason) => text.replace(`${reason}: `, ''), headlineOf(view))
}

/** The reasons of its alerts, each once. */
export function reasonsOf({ alerts }: CaseView): string[] {
  return [...new Set(alerts.flatMap(({ verdict }) => (verdict ? [verdict.reason] : [])))]
}

/** What the case is looked at again for. */
export function nextLookWhy({ state, waiting, plan }: CaseView): string {
  if (plan.offeredUntil !== null) return 'whether it was approved in Slack'
  if (waiting) return waiting.awaited === 'error-text' ? 'for the error text' : 'for evidence that could not be read'
  return LOOKED_AT_FOR[state]
}

const LOOKED_AT_FOR: Record<CaseState, string> = {
  gathering: 'for the evidence',
  waiting: 'for the evidence',
  snoozed: 'to judge again before the snooze ends',
  'handed-over': 'whether it has ended, or can be explained now',
  resolved: 'for what is still to be told',
}

const UNDECIDED: Record<CaseState, string> = {
  gathering: 'Gathering evidence',
  waiting: 'Waiting for evidence',
  snoozed: 'Snoozed',
  'handed-over': 'Handed over',
  resolved: 'Resolved before a verdict was needed',
}

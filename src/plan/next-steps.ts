import type { Reason } from '../model/verdict.ts'
import { type StepContext, stepsFor, toLine } from '../runbook/next-steps.ts'

export type { StepContext } from '../runbook/next-steps.ts'

/** What a person does next, a line each, most useful first. */
export function nextSteps(reason: Reason, context: StepContext): string[] {
  return stepsFor(reason, context).map(toLine)
}

import type { Policy } from '../config/policy.ts'
import { driftOfAdvice } from './drift-advice.ts'
import { driftOfDecisions } from './drift-decisions.ts'
import type { DriftLine } from './drift-line.ts'
import { sectionsOf } from './markdown.ts'

/** Every error text, channel, duration, region, window, table and saying of a runbook, compared with policy and code. */
export function compareRunbook(markdown: string, policy: Policy): DriftLine[] {
  const sections = sectionsOf(markdown)
  return [...driftOfDecisions({ markdown, sections, policy }), ...driftOfAdvice(sections)]
}

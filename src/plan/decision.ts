import type { CaseSnooze, CaseState, ToldOutcome } from '../model/case.ts'
import type { Plan } from '../model/plan.ts'

/** A plan, where the case stands with it, and when to look again (ms). */
export interface Decision {
  plan: Plan
  state: CaseState
  nextLookMs: number | null
  /** The snooze that stands once the plan is done. */
  snooze: CaseSnooze | null
  /** What people are told of a page that is left with them. */
  told?: ToldOutcome
}

/** A case that has no outcome after this long says in Slack that it is being looked at, in ms. Source: PRODUCT.md section 5. */
export const SAY_GATHERING_AFTER_MS = 30_000

import type { FindingsDesk } from './evidence/findings/findings-desk.ts'
import { registrationsLookMs } from './evidence/findings/late-registrations.ts'
import { judgeAgainAtMs } from './model/case.ts'
import type { Decision } from './plan/plan-case.ts'
import type { Situation } from './plan/situation.ts'
import { withTextsOf } from './plan/with-findings.ts'

/** So long after a snooze ended an outcome still is about its end, in ms. */
const AFTER_END_MS = 300_000

/** A situation and its decision, both with what further sources say. */
export interface Supplemented<D extends Decision> {
  situation: Situation
  decision: D
}

/**
 * Asks the further sources what people should know of a decided case, and puts it into the texts of its plan. The plan's
 * actions stay what they are. Never rejects: a source that does not answer is named in the note.
 */
export async function supplement<D extends Decision>(
  situation: Situation,
  decision: D,
  { findings, decide }: { findings?: FindingsDesk; decide: (situation: Situation) => Decision },
): Promise<Supplemented<D>> {
  if (!findings || !isTold(situation, decision)) return { situation, decision }
  const subject = await findings.withFindings(situation.subject, {
    outcomeKey: decision.plan.outcomeKey,
    isStorm: situation.storm !== null,
    snoozeEndMs: snoozeEndOf(situation),
  })
  const nextLookMs = earlier(decision.nextLookMs, registrationsLookMs(subject, situation.nowMs))
  if (subject === situation.subject) return { situation, decision: { ...decision, nextLookMs } }
  const supplemented = { ...situation, subject }
  const { plan } = decide(supplemented)
  return { situation: supplemented, decision: { ...decision, nextLookMs, plan: withTextsOf(decision.plan, plan) } }
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

/** Only an outcome that people are told is worth a question: not a wait, and not a case that somebody has. */
function isTold({ subject }: Situation, { state }: Decision): boolean {
  return state !== 'gathering' && state !== 'resolved' && subject.takenOver === null && !subject.isUnconfirmed
}

function snoozeEndOf({ subject, policy, nowMs }: Situation): number | null {
  const { snooze, lastSnoozeEndMs } = subject
  if (snooze) return nowMs >= judgeAgainAtMs(snooze, policy.snooze.judgeBeforeEnd) ? snooze.untilMs : null
  return lastSnoozeEndMs !== null && nowMs - lastSnoozeEndMs <= AFTER_END_MS ? lastSnoozeEndMs : null
}

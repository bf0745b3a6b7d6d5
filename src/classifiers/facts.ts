import type { Policy } from '../config/policy.ts'
import type { MessageFact } from '../model/evidence.ts'
import type { AlertFacts } from '../model/facts.ts'

export type { AlertFacts } from '../model/facts.ts'

/** The part of the policy that a judgement reads. */
export type JudgingPolicy = Pick<Policy, 'patterns' | 'snooze' | 'windows'>

/** One error text of the window: a parent message of a listed author. */
export type ErrorText = MessageFact

/** The messages that count as error texts. Source: PRODUCT.md section 4, what permits comes from listed authors' parents. */
export function errorTextsOf(facts: AlertFacts): ErrorText[] {
  return facts.errorTexts.messages.filter((message) => message.isListed)
}

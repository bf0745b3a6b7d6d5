import type { Policy } from '../config/policy.ts'
import type { AlertIdentity } from '../model/identity.ts'
import type { ChannelFacts, MessageFact } from '../model/evidence.ts'

/**
 * Everything that a judgement of one alert may rest on, gathered before and stored with the verdict, so that the same
 * verdict can be replayed from it. Times in ms since the epoch.
 */
export interface AlertFacts {
  nowMs: number
  identity: AlertIdentity
  startsAtMs: number
  /** Waits count from here: the later of the alert's start and its first receipt. */
  waitFromMs: number
  /** Set while an ended or ending snooze is judged anew: waits end here instead. */
  waitUntilMs: number | null
  /** Until then a channel that is being read whole after a start is waited for. */
  catchUpUntilMs: number
  /** Error texts: #armada-kp-events-alerts over the error-text window. */
  errorTexts: ChannelFacts
  /** #armada-deploy-failure over the last 30 days. */
  masterOperations: ChannelFacts
}

/** The part of the policy that a judgement reads. */
export type JudgingPolicy = Pick<Policy, 'patterns' | 'snooze' | 'windows'>

/** One error text of the window: a parent message of a listed author. */
export type ErrorText = MessageFact

/** The messages that count as error texts. Source: PRODUCT.md section 4, what permits comes from listed authors' parents. */
export function errorTextsOf(facts: AlertFacts): ErrorText[] {
  return facts.errorTexts.messages.filter((message) => message.isListed)
}

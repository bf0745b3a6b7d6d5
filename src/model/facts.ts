import type { ChannelFacts } from './evidence.ts'
import type { AlertIdentity } from './identity.ts'

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

import type { ChannelFacts, FoundBySearch } from './evidence.ts'
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
  /** #armada-deploy-alerts over the last 400 days; null where no error text makes it matter. */
  deletions: ChannelFacts | null
  /** A completed deletion that the index does not show and Slack's search found; null or missing where there is none. */
  deletionBySearch?: FoundBySearch | null
  /** The cluster's record; null where no error text makes it matter. */
  etcd: EtcdFacts | null
  /** The migration in whose window the alert started, or null. */
  migration: Migration | null
}

/** What etcd answered about the cluster's keys. Only `absent` from a trusted etcd proves that the record is gone. */
export interface EtcdFacts {
  outcome: 'present' | 'absent' | 'unavailable' | 'not-trusted'
  /** One sentence for people: who answered and at what revision, or what is wrong. */
  why: string
  /** The revision at which the answer was given, or null. */
  revision: string | null
  observedAtMs: number
}

/** A key migration of the policy, as it applies to one alert. */
export interface Migration {
  name: string
  region: string
  /** The account in which workers are provisioned (account-2 of the runbook). */
  workerAccount: string
}

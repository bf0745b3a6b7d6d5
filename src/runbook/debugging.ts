import type { Reason } from '../model/verdict.ts'
import { type AskedChannel, CHANNELS } from './channels.ts'
import type { Saying } from './saying.ts'

const GENERAL = 'General Debugging'
const POTENTIAL = 'Potential Issues'

/** The reasons of a failed migration. */
export type MigrationErrorReason = Extract<
  Reason,
  | 'migration-cluster-state'
  | 'migration-key-not-in-use'
  | 'migration-key-not-readable'
  | 'migration-key-state'
  | 'migration-not-authorized'
  | 'migration-provider-error'
>

/** What the runbook advises for an error of the migration, and whom it says to ask. */
export interface ErrorAdvice extends Saying {
  ask: readonly AskedChannel[]
}

const ASK_IAM =
  'For failed authorization requests, the likely issue is with service authorization policies. Reach out in the iam-adopters slack channel. Post the correlation ID for the failed request and ask about why the request failed (likely missing service authorization policy).'
export const ASK_KEY_PROTECT =
  'For server side errors related to Key Protect, reach out in the key-protect slack channel.'
export const ASK_HPCS = 'For server side errors related to HPCS, reach out in the hp-crypto-kms slack channel.'

export const ERROR_ADVICE: Readonly<Record<MigrationErrorReason, readonly ErrorAdvice[]>> = {
  'migration-cluster-state': [
    {
      source: GENERAL,
      says: 'check cluster state error message indicates that the cluster is not in a valid state for key migration. For example, it might be deleted or busy with another KMS operation. Suggestion is to look at the current state of the cluster and verify it is healthy and that the master is not stuck in another master operation.',
      ask: [],
    },
  ],
  'migration-key-not-in-use': [
    {
      source: GENERAL,
      says: 'check key in use error message indicates that the migration intent source key is not in use by the cluster. Suggestion is to look at the migration intent and verify it specifies the correct source CRK.',
      ask: [],
    },
  ],
  'migration-key-not-readable': [
    {
      source: GENERAL,
      says: 'get key info from ghost error message indicates that our service does not have the proper service authorization to read the key. Suggestion is to have the customer look at the service authorizations in place and verify they are correct.',
      ask: [],
    },
    { source: GENERAL, says: ASK_IAM, ask: [CHANNELS.iamAdopters] },
  ],
  'migration-key-state': [
    {
      source: GENERAL,
      says: 'check key status for migration error message indicates that the key is not in a valid state for migration (it might be disabled for example). Suggestion is to have the customer verify the key is enabled.',
      ask: [],
    },
  ],
  'migration-not-authorized': [{ source: GENERAL, says: ASK_IAM, ask: [CHANNELS.iamAdopters] }],
  'migration-provider-error': [
    { source: GENERAL, says: ASK_KEY_PROTECT, ask: [CHANNELS.keyProtect] },
    { source: GENERAL, says: ASK_HPCS, ask: [CHANNELS.hpCryptoKms] },
  ],
}

export const GENERAL_DEBUGGING: readonly Saying[] = [
  'Identify the cluster and/or worker pool being migrated.',
  'See if the cluster passed its last master operation. If it failed, debug as a normal master operation failure.',
  'Find the CorrID for the failure in the armada-kp-events slack channel.',
  'Use the CorrID to search in LogDNA (microservice carrier) for an error. If the CorrID is not found, you can try looking specifically at the armada-kp-events application logs.',
  'Look for any error messages to identify the underling issue.',
  'Look at the log output to find the migration intent target and source key CRNs. Note these CRNS in any tickets or requests to other teams for additional information.',
].map((says) => ({ source: GENERAL, says }))

export const POTENTIAL_ISSUES = {
  blocked: {
    source: POTENTIAL,
    says: 'Key migration blocked - Key events are handled sequentially via hyperwarp notifications. Some migration actions must wait until the prior action is completed. Therefore, it is likely we will see ArmadaKPEventsProcessingErrors as the migration events are handled.',
  },
  webhooks: { source: POTENTIAL, says: 'KMS_UPDATE master operations may fail due to webhook issues.' },
  authorizations: {
    source: POTENTIAL,
    says: 'Key migration fails due to missing service authorization policies.',
  },
  intent: { source: POTENTIAL, says: 'Key migration fails due to migration intent incorrectly specified.' },
} as const satisfies Record<string, Saying>

/** The Prometheus query of the alert: how many events failed for each cluster in the last 5 min. */
export const FAILURES_QUERY = {
  source: 'Example Alerts',
  expression: 'sum by(CRN) (delta(armada_kp_events_status{status="failed"}[5m])) > 0',
} as const

/** The same for one cluster, by its whole CRN. */
export function failuresQueryOf(crn: string): string {
  return `sum by (CRN) (delta(armada_kp_events_status{status="failed",CRN=${JSON.stringify(crn)}}[5m]))`
}

/** Whether the reason is one of a failed migration. */
export function isMigrationError(reason: Reason): reason is MigrationErrorReason {
  return Object.hasOwn(ERROR_ADVICE, reason)
}

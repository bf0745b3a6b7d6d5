import type { Policy } from '../config/policy.ts'
import type { Reason } from '../model/verdict.ts'
import { forHuman, type Rule, ruledOut } from './rule.ts'

interface MigrationError {
  reason: Reason
  pattern: keyof Policy['patterns']
  /** What the text says, as the decision table has it. */
  says: string
  /** The runbook's advice, in a sentence. */
  advice: string
}

/** Row 5, one entry an error, in the runbook's order. Source: runbook, EU-FR2, General Debugging 5 a-d and 7-9. */
const ERRORS: readonly MigrationError[] = [
  {
    reason: 'migration-cluster-state',
    pattern: 'clusterState',
    says: '"check cluster state"',
    advice:
      'The cluster is not in a valid state for key migration: look at its state, and whether its master is stuck in another operation.',
  },
  {
    reason: 'migration-key-not-in-use',
    pattern: 'keyInUse',
    says: '"check key in use"',
    advice:
      'The source key of the migration intent is not in use by the cluster: verify that the intent names the right source root key.',
  },
  {
    reason: 'migration-key-not-readable',
    pattern: 'keyInfo',
    says: '"get key info from ghost"',
    advice: 'The service is not authorized to read the key: have the customer verify the service authorizations.',
  },
  {
    reason: 'migration-key-state',
    pattern: 'keyState',
    says: '"check key status for migration"',
    advice:
      'The key is not in a valid state for migration, disabled for example: have the customer verify that it is enabled.',
  },
  {
    reason: 'migration-not-authorized',
    pattern: 'notAuthorized',
    says: 'a failed authorization',
    advice:
      'A request was not authorized: a service authorization policy is likely missing; ask in #iam-adopters with the CorrID.',
  },
  {
    reason: 'migration-provider-error',
    pattern: 'providerError',
    says: 'a server error of Key Protect or HPCS',
    advice: 'Key Protect or HPCS answered with a server error: ask in #key-protect or #hp-crypto-kms with the CorrID.',
  },
]

/** The rules of row 5. */
export const MIGRATION_ERRORS: readonly Rule[] = ERRORS.map(({ reason, pattern, says, advice }) => ({
  row: '5',
  reason,
  classification: 'eu-fr2-migration',
  when: `in the window, error names ${says}`,
  judge({ migration }, text, policy) {
    if (!migration) return ruledOut('the alert did not start in a migration window')
    if (!text || !policy.patterns[pattern].isIn(text.ownText)) return ruledOut(`the error text does not name ${says}`)
    return forHuman(reason, advice)
  },
}))

import { busy } from './busy.ts'
import { clusterUnidentified } from './cluster-unidentified.ts'
import { evidenceUnavailable } from './evidence-unavailable.ts'
import { kmsUpdateFailed } from './kms-update-failed.ts'
import { masterOperationFailed } from './master-operation-failed.ts'
import { migrationBlocked } from './migration-blocked.ts'
import { MIGRATION_ERRORS } from './migration-error.ts'
import { migrationUndetermined } from './migration-undetermined.ts'
import { ETCD_RULES } from './missing-etcd-record.ts'
import { noErrorText } from './no-error-text.ts'
import type { Rule } from './rule.ts'
import { unrecognisedError } from './unrecognised-error.ts'

/** The decision table, in the order in which it is asked: the first row that holds gives the verdict. */
export const CHAIN: readonly Rule[] = [
  clusterUnidentified,
  kmsUpdateFailed,
  masterOperationFailed,
  evidenceUnavailable,
  migrationBlocked,
  ...MIGRATION_ERRORS,
  busy,
  ...ETCD_RULES,
  migrationUndetermined,
  unrecognisedError,
  noErrorText,
]

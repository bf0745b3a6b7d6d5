import { busy } from './busy.ts'
import { clusterUnidentified } from './cluster-unidentified.ts'
import { evidenceUnavailable } from './evidence-unavailable.ts'
import { kmsUpdateFailed } from './kms-update-failed.ts'
import { noErrorText } from './no-error-text.ts'
import type { Rule } from './rule.ts'
import { unrecognisedError } from './unrecognised-error.ts'

/** The decision table, in the order in which it is asked: the first row that holds gives the verdict. */
export const CHAIN: readonly Rule[] = [
  clusterUnidentified,
  kmsUpdateFailed,
  evidenceUnavailable,
  busy,
  unrecognisedError,
  noErrorText,
]

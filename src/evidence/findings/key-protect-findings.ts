import type { KeyProtectClient } from '../../clients/key-protect.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import type { FindingReader } from './finding-source.ts'
import { migrationKeys } from './migration-keys.ts'
import { orphanRegistrations } from './orphan-registrations.ts'

export interface KeyProtectFindingsDeps {
  client: KeyProtectClient
  /** Where an instance usually answers, for the commands that people are shown. */
  urlOf: Parameters<typeof orphanRegistrations>[1]['urlOf']
  policy: PolicySource
  now: () => number
}

/**
 * Which registrations name a deleted cluster, and how the keys of a migration are. Nothing is removed and no key is
 * changed: the client can't. Source: runbook, Actions to take, step 6, and General Debugging, 5 d and 6.
 */
export function createKeyProtectFindings(deps: KeyProtectFindingsDeps): FindingReader {
  return {
    source: 'key-protect',
    isShared: false,
    isAskedFor: ({ verdict, identity, migration }) =>
      identity.kind === 'identified' &&
      (isAboutRegistrations(verdict.reason) || (migration !== null && verdict.classification === 'eu-fr2-migration')),
    ask: (question) =>
      isAboutRegistrations(question.verdict.reason)
        ? orphanRegistrations(question, deps)
        : migrationKeys(question, deps),
  }
}

/** The two rows whose cluster is gone, or may be. */
function isAboutRegistrations(reason: string): boolean {
  return reason === 'orphaned-key-registration' || reason === 'deletion-unproven'
}

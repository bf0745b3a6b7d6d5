import { migrationAt } from '../config/migration-at.ts'
import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import type { Migration } from '../model/facts.ts'
import { identifyCluster } from '../model/identity.ts'
import type { AccountIds } from './authorizations.ts'
import { type AskedChannel, CHANNELS } from './channels.ts'
import { ERROR_ADVICE, type ErrorAdvice, isMigrationError } from './debugging.ts'
import { type ErrorTrace, traceOf } from './error-trace.ts'

/** An alert of a migration window, with what its cluster and its error text put into the runbook's words. */
export interface MigrationContext {
  migration: Migration
  clusterId: string
  accounts: AccountIds
  trace: ErrorTrace
}

/** The context of an alert that started in a migration window, or null. */
export function migrationContextOf(alert: CaseAlert, policy: Policy): MigrationContext | null {
  const identity = identifyCluster(alert)
  if (identity.kind !== 'identified') return null
  const migration = migrationAt(identity, alert.startsAtMs, policy)
  if (!migration) return null
  const trace = traceOf(alert, policy)
  return {
    migration,
    clusterId: identity.clusterId,
    accounts: {
      'account-1': identity.accountId,
      'account-2': migration.workerAccount,
      'account-3': trace.targetAccount,
    },
    trace,
  }
}

/** The runbook's advice for the alert's error, of several providers only for the one that the text blames. */
export function errorAdviceOf(alert: CaseAlert, { trace }: MigrationContext): readonly ErrorAdvice[] {
  const reason = alert.judgement?.verdict.reason
  if (!reason || !isMigrationError(reason)) return []
  const advice = ERROR_ADVICE[reason]
  if (reason !== 'migration-provider-error' || trace.provider === null) return advice
  const asked: AskedChannel = trace.provider === 'hpcs' ? CHANNELS.hpCryptoKms : CHANNELS.keyProtect
  return advice.filter(({ ask }) => ask.some(({ id }) => id === asked.id))
}

import { isDeletedSince } from './kms-update-failed.ts'
import { standingFailure } from './master-operation.ts'
import { forHuman, type Rule, ruledOut } from './rule.ts'

/** Row 2 in a migration window: any failed master operation stops the migration. Source: runbook, EU-FR2, General Debugging 2. */
export const masterOperationFailed: Rule = {
  row: '2 (migration)',
  reason: 'master-operation-failed',
  classification: 'master-operation-failure',
  when: 'in a migration window: any failed master operation of this cluster in #armada-deploy-failure in the last 30 days',
  judge(facts, text, policy) {
    if (!facts.migration) return ruledOut('the alert did not start in a migration window')
    const failure = standingFailure(facts.masterOperations.messages, { policy, isAbout: () => true })
    if (!failure || isDeletedSince(facts, { text, policy, failedAtMs: failure.atMs }))
      return ruledOut('no standing master operation failure of this cluster')
    return forHuman(
      this.reason,
      `A master operation of this cluster failed (${new Date(failure.atMs).toISOString()}) during the migration ${facts.migration.name}.`,
    )
  },
}

import { forHuman, type Rule, ruledOut } from './rule.ts'

/** Row 12. Source: runbook, EU-FR2, General Debugging. */
export const migrationUndetermined: Rule = {
  row: '12',
  reason: 'migration-undetermined',
  classification: 'eu-fr2-migration',
  when: 'in the window, other or no error text (after the wait)',
  judge(facts, text, policy) {
    if (!facts.migration) return ruledOut('the alert did not start in a migration window')
    const message = `The alert started in the window of the migration ${facts.migration.name}; ${text ? 'its error text is none that the runbook knows' : 'no error text of this cluster was found'}.`
    const untilMs = facts.waitUntilMs ?? facts.waitFromMs + policy.windows.waitForErrorText
    if (!text && facts.nowMs < untilMs)
      return { kind: 'waiting', reason: this.reason, message, awaited: 'error-text', untilMs }
    return forHuman(this.reason, message)
  },
}

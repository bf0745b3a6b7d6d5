import type { JudgingPolicy } from './facts.ts'
import { type QuietingRemedy, type Rule, ruledOut } from './rule.ts'

/** Row 4. Source: runbook, EU-FR2, Potential Issues 1: migration events are handled one after another. */
export const migrationBlocked: Rule = {
  row: '4',
  reason: 'migration-blocked',
  classification: 'eu-fr2-migration',
  when: 'region, account and start time in a migration window, error "busy with another KMS action"',
  quiets,
  judge({ migration }, text, policy) {
    if (!migration) return ruledOut('the alert did not start in a migration window')
    if (!text || !policy.patterns.migrationBlocked.isIn(text.ownText))
      return ruledOut('the error text does not say that the migration waits for another KMS action')
    return {
      kind: 'verdict',
      reason: this.reason,
      message: `The migration ${migration.name} waits for an earlier KMS action of the cluster; it is retried for 2 h.`,
      remedy: quiets(policy),
    }
  },
}

function quiets({ snooze }: JudgingPolicy): QuietingRemedy {
  return { kind: 'snooze', seconds: snooze.busy / 1_000, budget: 'migrationSnoozes' }
}

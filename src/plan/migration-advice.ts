import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import { ACCOUNTS, AUTHORIZATIONS, describeScenario, SCENARIOS } from '../runbook/authorizations.ts'
import { CLUSTER_MINUTES, RETRY_HOURS, VOLUME_MINUTES } from '../runbook/expectations.ts'
import { errorAdviceOf, type MigrationContext, migrationContextOf } from '../runbook/migration-context.ts'
import { WEBHOOK_NAMESPACE, webhookTest } from '../runbook/webhook-test.ts'

export { type AdviceSection, migrationAdvice } from '../runbook/migration-advice.ts'

/** The lines that a migration adds to a note, the most useful first. The case page shows the whole advice. */
export interface MigrationNote {
  /** What to do about this failure: they stand with the verdict. */
  urgent: string[]
  /** What the runbook says of migrations at large: last in the note, as far as it fits. */
  background: string[]
}

/** The migration's lines for the note of an alert; none outside a migration window. */
export function migrationNote(alert: CaseAlert, policy: Policy): MigrationNote {
  const context = migrationContextOf(alert, policy)
  if (!context || !alert.judgement) return { urgent: [], background: [] }
  const isMasterOperation = alert.judgement.verdict.classification === 'master-operation-failure'
  return {
    urgent: [...traceLines(context), ...askLines(alert, context), ...(isMasterOperation ? webhookLines(policy) : [])],
    background: [...expectationLines(), ...authorizationLines(context)],
  }
}

function traceLines({ migration, trace }: MigrationContext): string[] {
  const { corrId, sourceKey, targetKey } = trace
  return [
    `Migration ${migration.name}: CorrID ${corrId ?? 'not in the error text'}; source key ${sourceKey ?? 'not in the error text'}; target key ${targetKey ?? 'not in the error text'}.`,
  ]
}

function askLines(alert: CaseAlert, context: MigrationContext): string[] {
  const ask = errorAdviceOf(alert, context).flatMap((advice) => advice.ask)
  const corrId = context.trace.corrId ?? 'the CorrID of the log'
  return ask.map(({ name, link }) => `Ask: #${name} ${link} with ${corrId}.`)
}

function webhookLines({ links }: Policy): string[] {
  return [
    `A webhook may be the cause: ${links.webhooks} and ${links.webhookIssue}`,
    `Test the webhooks of a namespace with secrets (here ${WEBHOOK_NAMESPACE}):`,
    ...webhookTest(WEBHOOK_NAMESPACE),
  ]
}

function expectationLines(): string[] {
  return [
    `Expect: ${CLUSTER_MINUTES.from}-${CLUSTER_MINUTES.to} min a cluster, under ${VOLUME_MINUTES} min a volume; tried again for ${RETRY_HOURS} h; a sync event on the source key triggers it again; one after another within an account.`,
  ]
}

function authorizationLines({ accounts }: MigrationContext): string[] {
  return [
    `Authorizations required: ${SCENARIOS.map(describeScenario).join(' | ')}.`,
    `${ACCOUNTS.map((account) => `${account} = ${accounts[account] ?? 'unknown (of the target key)'}`).join(', ')}.`,
    `${AUTHORIZATIONS.filter(({ id }) => SCENARIOS.some(({ during }) => during.includes(id)))
      .map(
        ({ id, subject, subjectAccount, target, createdIn }) =>
          `${id} ${subject} ${subjectAccount} to ${target}, in ${createdIn}`,
      )
      .join('; ')}.`,
  ]
}

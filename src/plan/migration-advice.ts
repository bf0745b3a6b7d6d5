import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import { AUTHORIZATIONS, type Authorization, SCENARIOS } from '../runbook/authorizations.ts'
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
  const trace = traceLine(context)
  // Which of them are missing says more than the whole table.
  const isJudged = (alert.findings?.entries ?? []).some(
    ({ source, outcome }) => source === 'iam' && outcome !== 'unavailable',
  )
  const authorizations = isJudged ? [] : [authorizationLine(context)]
  const { classification } = alert.judgement.verdict
  switch (classification) {
    case 'master-operation-failure':
      return { urgent: webhookLines(policy), background: [trace, expectationLine(), ...authorizations] }
    case 'eu-fr2-migration':
      return { urgent: [trace, ...askLines(alert, context), ...authorizations], background: [expectationLine()] }
    case 'missing-etcd-record':
    case 'busy-kms':
    case 'unclassified':
      return { urgent: [trace], background: [expectationLine(), ...authorizations] }
  }
}

function traceLine({ migration, trace }: MigrationContext): string {
  const { corrId, sourceKey, targetKey } = trace
  const missing = 'not in the text'
  return `Migration ${migration.name}: CorrID ${corrId ?? missing}; source key ${sourceKey ?? missing}; target key ${targetKey ?? missing}`
}

function askLines(alert: CaseAlert, context: MigrationContext): string[] {
  const ask = errorAdviceOf(alert, context).flatMap((advice) => advice.ask)
  return ask.map(({ name, link }) => `Ask: #${name} ${link} with the CorrID`)
}

/** The commands are one line for whoever cuts the note: half of them is no test. */
function webhookLines({ links }: Policy): string[] {
  return [
    `A webhook may be the cause: ${links.webhooks} and ${links.webhookIssue}`,
    [
      `Test the webhooks (${WEBHOOK_NAMESPACE} stands for a namespace with secrets):`,
      ...webhookTest(WEBHOOK_NAMESPACE),
    ].join('\n'),
  ]
}

function expectationLine(): string {
  return `Expect: ${CLUSTER_MINUTES.from}-${CLUSTER_MINUTES.to} min a cluster, under ${VOLUME_MINUTES} min a volume; tried again for ${RETRY_HOURS} h; a sync event on the source key triggers it again; one after another within an account.`
}

/** What has to be authorized for each scenario, as short as it can be said whole. */
function authorizationLine({ accounts }: MigrationContext): string {
  const needs = SCENARIOS.map(
    ({ scenario, before, during, after }) => `${scenario} ${before} / ${during} / ${after}`,
  ).join('; ')
  const ofTarget = (wanted: Authorization['target']) =>
    AUTHORIZATIONS.filter(({ id, target }) => target === wanted && SCENARIOS.some(({ during }) => during.includes(id)))
  const subjectsOf = (all: readonly Authorization[]) =>
    all.map(({ subject, subjectAccount }) => `${subject} ${subjectAccount}`)
  const before = ofTarget('kms')
  const after = ofTarget('hs-crypto')
  const isSame = subjectsOf(before).join() === subjectsOf(after).join()
  const grants = [before, after].map((all, at) => {
    const subjects = subjectsOf(all).map((subject, index) => `${all[index]?.id} ${subject}`)
    const who = at > 0 && isSame ? `${all.map(({ id }) => id).join(', ')} the same` : subjects.join(', ')
    return `${who} to ${all[0]?.target} ${all[0]?.createdIn}`
  })
  const hpcs = accounts['account-3'] === null ? 'unknown (no HPCS key in the text)' : accounts['account-3']
  const ids = `account-1 is the cluster's, account-2 ${accounts['account-2']}, account-3 ${hpcs}`
  return `Authorizations before / during / after: ${needs}. ${grants.join('; ')}. ${ids}.`
}

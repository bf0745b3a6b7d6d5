import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import {
  KEY_PARAMETER,
  STORAGE_ADVICE,
  STORAGE_NAME,
  type StorageSteps,
  secretValue,
  storageClassSteps,
  storageSecretSteps,
} from './attached-storage.ts'
import {
  AUTHORIZATIONS,
  describeAuthorization,
  describeScenario,
  HOSTED_ACCOUNTS,
  SCENARIOS,
  SERVICES,
} from './authorizations.ts'
import { GENERAL_DEBUGGING, POTENTIAL_ISSUES } from './debugging.ts'
import { escalationLines } from './escalation.ts'
import { DATA_PLANE, EXPECTATIONS } from './expectations.ts'
import { logSearchLine } from './log-search.ts'
import { errorAdviceOf, type MigrationContext, migrationContextOf } from './migration-context.ts'
import { WEBHOOK_NAMESPACE, WEBHOOK_VALIDATION, webhookTest } from './webhook-test.ts'

/** A part of the runbook with this alert's own values in it: the heading that it comes from, and its lines, in order. */
export interface AdviceSection {
  title: string
  source: string
  lines: string[]
}

/**
 * The runbook's whole advice for an alert that started in a migration window, the most useful section first; empty for
 * any other alert and while there is no verdict. Text from outside is inert in it.
 */
export function migrationAdvice(alert: CaseAlert, policy: Policy): AdviceSection[] {
  const context = migrationContextOf(alert, policy)
  if (!context || alert.judgement?.kind !== 'verdict') return []
  const isMasterOperation = alert.judgement.verdict.classification === 'master-operation-failure'
  const webhooks = webhookSection(policy)
  return [
    failureSection(context, policy),
    ...adviceSections(alert, context),
    ...(isMasterOperation ? [webhooks] : []),
    ...authorizationSections(context),
    ...EXPECTATIONS.map(({ keys, source, lines }) => ({
      title: `What to expect: ${keys}`,
      source,
      lines: lines.map(({ says }) => says),
    })),
    ...storageSections(context),
    ...(isMasterOperation ? [] : [webhooks]),
    { title: 'Where the keys are kept', source: DATA_PLANE.source, lines: [...DATA_PLANE.lines] },
    {
      title: 'Escalate',
      source: 'Escalation Policy',
      lines: escalationLines(policy, null),
    },
  ]
}

function failureSection({ migration, trace, clusterId }: MigrationContext, policy: Policy): AdviceSection {
  const missing = 'not in the error text: look at the log output'
  return {
    title: `Migration ${migration.name}`,
    source: 'General Debugging',
    lines: [
      `CorrID: ${trace.corrId ?? missing}`,
      `Source key CRN: ${trace.sourceKey ?? missing}`,
      `Target key CRN: ${trace.targetKey ?? missing}`,
      ...(trace.keyAction ? [`Key action in the text: ${trace.keyAction}`] : []),
      logSearchLine(policy, { corrId: trace.corrId, clusterId }),
    ],
  }
}

/** What the runbook says of this error and whom to ask, or its general steps where it says nothing of it. */
function adviceSections(alert: CaseAlert, context: MigrationContext): AdviceSection[] {
  const reason = alert.judgement?.verdict.reason
  const advice = errorAdviceOf(alert, context)
  if (advice.length > 0) {
    const ask = advice.flatMap((entry) => entry.ask)
    return [
      { title: 'Advice', source: 'General Debugging', lines: advice.map(({ says }) => says) },
      ...(ask.length > 0
        ? [
            {
              title: 'Whom to ask',
              source: 'General Debugging',
              lines: ask.map(({ name, id, link }) => `#${name} (${id}): ${link}`),
            },
          ]
        : []),
    ]
  }
  if (reason === 'migration-blocked')
    return [{ title: 'Advice', source: 'Potential Issues', lines: [POTENTIAL_ISSUES.blocked.says] }]
  return [
    { title: 'General debugging', source: 'General Debugging', lines: GENERAL_DEBUGGING.map(({ says }) => says) },
    {
      title: 'Potential issues',
      source: 'Potential Issues',
      lines: Object.values(POTENTIAL_ISSUES).map(({ says }) => says),
    },
  ]
}

function authorizationSections({ accounts }: MigrationContext): AdviceSection[] {
  const phase = (title: string, source: string, ids: (scenario: (typeof SCENARIOS)[number]) => readonly number[]) => ({
    title,
    source,
    lines: SCENARIOS.flatMap((scenario) => [
      `${scenario.scenario}:`,
      ...AUTHORIZATIONS.filter(({ id }) => ids(scenario).includes(id)).map((one) =>
        describeAuthorization(one, accounts),
      ),
    ]),
  })
  const source = 'Required Service Authorizations Matrix'
  return [
    {
      title: 'Required service authorizations',
      source,
      lines: [
        ...SCENARIOS.map((scenario) => `${describeScenario(scenario)}${scenario.notes ? `. ${scenario.notes}` : ''}`),
        ...HOSTED_ACCOUNTS.map(
          ({ account, services, purpose }) =>
            `${account} is ${accounts[account] ?? 'not known here'} (${services.join(', ')}): ${purpose}`,
        ),
        ...SERVICES.map(({ id, name, alias }) => `${id} is ${name}${alias ? ` (${alias})` : ''}`),
      ],
    },
    phase('Authorizations before the migration', source, ({ before }) => before),
    phase('Authorizations during the migration', source, ({ during }) => during),
    phase('Authorizations after the migration', source, ({ after }) => after),
    {
      title: 'Authorizations of other services',
      source: 'Required Service Authorizations',
      lines: AUTHORIZATIONS.filter(({ id }) =>
        SCENARIOS.every(({ before, during, after }) => ![...before, ...during, ...after].includes(id)),
      ).map((one) => describeAuthorization(one, accounts)),
    },
  ]
}

function storageSections({ trace }: MigrationContext): AdviceSection[] {
  const source = trace.sourceKey ?? 'the source key CRN'
  const target = trace.targetKey ?? 'the target key CRN'
  const secret = trace.targetKey ? `: ${secretValue(trace.targetKey)}` : ''
  const section = ({ title, source: from, steps }: StorageSteps, change: string): AdviceSection => ({
    title,
    source: from,
    lines: [...steps.map(({ says, command }) => (command ? `${says}: ${command}` : says)), change],
  })
  const classes = section(storageClassSteps(STORAGE_NAME), `${KEY_PARAMETER}: ${source} becomes ${target}`)
  return [
    { title: 'Attached storage', source: STORAGE_ADVICE.source, lines: [`Customers: ${STORAGE_ADVICE.says}`] },
    classes,
    section(storageSecretSteps(STORAGE_NAME), `data.${KEY_PARAMETER} becomes the base64 of ${target}${secret}`),
  ]
}

function webhookSection({ links }: Policy): AdviceSection {
  return {
    title: 'Webhooks',
    source: WEBHOOK_VALIDATION.source,
    lines: [
      POTENTIAL_ISSUES.webhooks.says,
      `See ${links.webhooks} and ${links.webhookIssue}`,
      ...WEBHOOK_VALIDATION.lines,
      ...webhookTest(WEBHOOK_NAMESPACE),
    ],
  }
}

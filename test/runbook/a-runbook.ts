import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { AUTHORIZATIONS, SCENARIOS } from '../../src/runbook/authorizations.ts'
import { CHANNELS } from '../../src/runbook/channels.ts'
import { FAILURES_QUERY } from '../../src/runbook/debugging.ts'
import { SAYINGS } from '../../src/runbook/drift-advice.ts'
import { WEBHOOK_NAMESPACE, webhookTest } from '../../src/runbook/webhook-test.ts'

/** A runbook in markdown that says what the responder goes by, written from that itself. */
export function aRunbook(): string {
  const { links, migrations } = DEFAULT_POLICY
  const channel = ({ name, link }: { name: string; link: string }) => `[${name}](${link})`
  const tables = [...new Set(AUTHORIZATIONS.map(({ source }) => source))].map((source) => ({
    source,
    rows: AUTHORIZATIONS.filter((one) => one.source === source).map((one) => [
      ...[String(one.id), one.subject, one.subjectAccount, one.target, one.createdIn],
      ...[one.hasKeyRing ? 'yes' : 'no', one.notes],
    ]),
  }))
  const matrix = SCENARIOS.map(({ scenario, before, during, after, notes }) => [
    ...[scenario, before.join(', '), during.join(', '), after.join(', '), notes ?? ''],
  ])
  const sections: Record<string, string[]> = {
    [FAILURES_QUERY.source]: [
      `Source: https://prometheus.example/graph?g0.expr=${encodeURIComponent(FAILURES_QUERY.expression)}&g0.tab=1`,
    ],
    'Actions to take': [
      `1. Search ${channel(CHANNELS.deployFailure)}; see [the runbook](${links.masterOperations}).`,
      `1. Search ${channel(CHANNELS.kpEventsAlerts)}.`,
      '1. If the failure is in the eu-fr2 region in September/October 2024, it may be key migration.',
      '1. If the error matches "error completing request, the cluster is busy with another KMS action," wait: the alert can be snoozed for 2 hours.',
      '1. If the error matches "Error finding ETCD info for the cluster" then look into ETCD.',
      `  - Search ${channel(CHANNELS.deployAlerts)}. Then create an issue and snooze the alert for 12 hours.`,
    ],
    'General Debugging': [
      ...['check cluster state', 'check key in use', 'get key info from ghost', 'check key status for migration'].map(
        (text) => `1. _${text}_ error message indicates a fault.`,
      ),
      ...[CHANNELS.iamAdopters, CHANNELS.keyProtect, CHANNELS.hpCryptoKms].map((one) => `1. Ask ${channel(one)}.`),
    ],
    Accounts: [`account-2 will always be ${migrations[0]?.workerAccount} for eu-fr2`],
    'Potential Issues': [`See the [docs](${links.webhooks}) and [this](${links.webhookIssue}).`],
    'Webhook validation': [],
    'Required Service Authorizations Matrix': tableOf(matrix),
    ...Object.fromEntries(tables.map(({ source, rows }) => [source, tableOf(rows)])),
  }
  for (const { source, says } of SAYINGS) {
    const lines = sections[source] ?? []
    lines.push(`* ${says}`)
    sections[source] = lines
  }
  sections['Webhook validation']?.push('```', ...webhookTest(WEBHOOK_NAMESPACE), '```')
  return Object.entries(sections)
    .map(([heading, lines]) => `## ${heading}\n\n${lines.join('\n')}\n`)
    .join('\n')
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const width = rows[0]?.length ?? 0
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(Array(width).fill('head')), row(Array(width).fill('---')), ...rows.map(row)]
}

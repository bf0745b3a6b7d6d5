import { CHAIN } from '../classifiers/chain.ts'
import type { Rule } from '../classifiers/rule.ts'
import type { Policy } from '../config/policy.ts'
import { formatDuration } from '../model/duration.ts'
import { type ActionKind, RAILS, type Rail } from '../model/plan.ts'
import type { Classification, Reason } from '../model/verdict.ts'
import { SAY_GATHERING_AFTER_MS } from '../plan/decision.ts'
import { nextSteps } from '../plan/next-steps.ts'
import { RAIL_SENTENCES, type RailSentence } from '../plan/rail-table.ts'
import { STALE_AFTER_MS } from '../plan/rails.ts'
import { ERROR_ADVICE, isMigrationError } from '../runbook/debugging.ts'

/** One row of the decision table with what follows from it. */
export interface DecisionRow {
  row: string
  classification: Classification
  reason: Reason
  when: string
  /** Null where the page stays with a person. */
  snooze: { seconds: number; times: number; spanSeconds: number } | null
  note: string
  issue: boolean
  nextSteps: string[]
}

/** A time that the responder waits or looks back, in seconds. */
export interface DecisionWait {
  what: string
  seconds: number
}

/** The whole decision table as data: rows in the order in which they are asked, waits, and rails. */
export interface DecisionTable {
  rows: DecisionRow[]
  waits: DecisionWait[]
  rails: ({ rail: Rail; removes: ActionKind } & RailSentence)[]
}

/** The decision table of a policy, read from the rules themselves. */
export function toDecisionTable(policy: Policy): DecisionTable {
  return {
    rows: CHAIN.map((rule) => toRow(rule, policy)),
    waits: toWaits(policy),
    rails: RAILS.map((rail) => ({ rail, removes: 'snooze', ...RAIL_SENTENCES[rail] })),
  }
}

function toRow({ row, classification, reason, when, quiets }: Rule, policy: Policy): DecisionRow {
  const remedy = quiets?.(policy)
  const budget = remedy ? policy.budgets[remedy.budget] : null
  const hasIssue = remedy?.kind === 'issue-then-snooze'
  const isMigration = classification === 'eu-fr2-migration' || reason === 'master-operation-failed'
  return {
    row,
    classification,
    reason,
    when,
    snooze:
      remedy && budget ? { seconds: remedy.seconds, times: budget.count, spanSeconds: budget.spanMs / 1_000 } : null,
    note: `yes${hasIssue ? ' + issue link' : ''}${isMigration ? ' + migration advice' : ''}`,
    issue: hasIssue,
    nextSteps: [
      ...(isMigrationError(reason) ? ERROR_ADVICE[reason].map(({ says }) => says) : []),
      ...nextSteps(reason, { clusterId: null, accountId: null, region: null, corrId: null, policy }),
    ],
  }
}

function toWaits({ windows, snooze }: Policy): DecisionWait[] {
  const waits: [what: string, ms: number][] = [
    [
      'an error text counts from so long before the alert started, or before the end of its last snooze',
      windows.errorText,
    ],
    ['a failed master operation counts so long', windows.masterOperation],
    ['a completed deletion counts so long', windows.deletion],
    [
      'rows 12 and 14 wait so long for an error text, from the later of start and first receipt',
      windows.waitForErrorText,
    ],
    ['row 3 waits so long for evidence that is unavailable', windows.evidenceRetry],
    ['an incident is looked for so long', windows.incidentLookup],
    ['evidence older than this is gathered again before a write', STALE_AFTER_MS],
    ['a standing snooze is judged anew so long before its end', snooze.judgeBeforeEnd],
    ['a group that fires again within this time after its resolve re-opens its case', windows.merge],
    ['without an outcome for so long, Slack says that the case is being gathered', SAY_GATHERING_AFTER_MS],
  ]
  return waits.map(([what, ms]) => ({ what, seconds: ms / 1_000 }))
}

/** The table as markdown, as it is kept in docs/decision-table.md. */
export function renderDecisionTable({ rows, waits, rails }: DecisionTable): string {
  return `${[
    '# Decision table',
    'Generated from the code by `kp-responder decisions`, with the policy that the runbook has. Do not edit: run `npm run decisions`.',
    'The table is run for each firing alert, once for each error text in its window (once without, if there is none). The first row that holds gives the verdict, and of several the strictest: one that needs a person before a wait, a wait before a snooze, a shorter snooze before a longer one. A case is snoozed only if every firing alert of it says so, for the shortest of their durations.',
    '## Rows',
    table(
      ['#', 'classification', 'reason', 'when', 'snooze', 'note', 'issue'],
      rows.map(({ row, classification, reason, when, snooze, note, issue }) => [
        row,
        classification,
        `\`${reason}\``,
        when,
        snooze ? `${toWords(snooze.seconds)}, ${snooze.times} in ${toWords(snooze.spanSeconds)}` : 'no',
        note,
        issue ? 'yes, before the snooze' : 'no',
      ]),
    ),
    '## Waits and windows',
    table(
      ['what', 'how long'],
      waits.map(({ what, seconds }) => [what, toWords(seconds)]),
    ),
    '## Rails',
    'A rail removes the snooze from a plan, whatever the verdict; each refusal is shown in the plan, the note and the metrics.',
    table(
      ['rail', 'refuses when', 'lifted by'],
      rails.map(({ rail, when, liftedBy }) => [`\`${rail}\``, when, liftedBy]),
    ),
    '## Next steps in the note',
    ...rows.flatMap(({ row, reason, nextSteps: steps }) => [
      `### ${row}: \`${reason}\``,
      steps.map((step) => `- ${escapeMarkdown(step)}`).join('\n'),
    ]),
  ].join('\n\n')}\n`
}

function toWords(seconds: number): string {
  return formatDuration(seconds * 1_000)
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}

/** Text that markdown would take for markup stays as it is written. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*<[]/g, '\\$&')
}

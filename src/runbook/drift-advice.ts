import { STORAGE_ADVICE } from './attached-storage.ts'
import { AUTHORIZATIONS, SCENARIOS } from './authorizations.ts'
import { ERROR_ADVICE, GENERAL_DEBUGGING, POTENTIAL_ISSUES } from './debugging.ts'
import { type DriftLine, line } from './drift-line.ts'
import { ESCALATION } from './escalation.ts'
import { DATA_PLANE, EXPECTATIONS } from './expectations.ts'
import { plain, tableRows } from './markdown.ts'
import type { Saying } from './saying.ts'
import { WEBHOOK_NAMESPACE, WEBHOOK_VALIDATION, webhookTest } from './webhook-test.ts'

/** Everything that notes quote from the runbook, each with the heading under which it stands. */
export const SAYINGS: readonly Saying[] = [
  ...GENERAL_DEBUGGING,
  ...Object.values(ERROR_ADVICE).flat(),
  ...Object.values(POTENTIAL_ISSUES),
  ...Object.values(ESCALATION),
  STORAGE_ADVICE,
  ...WEBHOOK_VALIDATION.lines.map((says) => ({ source: WEBHOOK_VALIDATION.source, says })),
  ...DATA_PLANE.lines.map((says) => ({ source: DATA_PLANE.source, says })),
  ...EXPECTATIONS.flatMap(({ source, lines }) => lines.map(({ says }) => ({ source, says }))),
]

/** What notes quote, the tables of authorizations, and the commands, compared with where they come from. */
export function driftOfAdvice(sections: ReadonlyMap<string, string>): DriftLine[] {
  return [...sayings(sections), ...authorizations(sections), ...scenarios(sections), ...commands(sections)]
}

function sayings(sections: ReadonlyMap<string, string>): DriftLine[] {
  return SAYINGS.map(({ source, says }): DriftLine => {
    const stands = plain(sections.get(source) ?? '').includes(says)
    return { kind: 'advice', what: source, ours: says, runbook: stands ? says : null, isSame: stands }
  })
}

function authorizations(sections: ReadonlyMap<string, string>): DriftLine[] {
  const ours = AUTHORIZATIONS.map((one) => ({
    id: String(one.id),
    row: [one.subject, one.subjectAccount, one.target, one.createdIn, one.hasKeyRing ? 'yes' : 'no', one.notes],
  }))
  const theirs = [...new Set(AUTHORIZATIONS.map(({ source }) => source))]
    .flatMap((source) => tableRows(sections.get(source) ?? ''))
    .map(([id = '', ...row]) => ({ id, row }))
  return beside('authorization', 'authorization', ours, theirs)
}

function scenarios(sections: ReadonlyMap<string, string>): DriftLine[] {
  const ours = SCENARIOS.map(({ scenario, before, during, after, notes }) => ({
    id: scenario,
    row: [before.join(), during.join(), after.join(), notes ?? ''],
  }))
  const theirs = tableRows(sections.get('Required Service Authorizations Matrix') ?? '').map(
    ([id = '', before = '', during = '', after = '', notes = '']) => ({
      id,
      row: [...[before, during, after].map((cell) => cell.replaceAll(' ', '')), notes],
    }),
  )
  return beside('authorization', 'authorizations for', ours, theirs)
}

interface Row {
  id: string
  row: readonly string[]
}

/** Rows of two tables by their first cell, those that only one has too. */
function beside(kind: DriftLine['kind'], what: string, ours: readonly Row[], theirs: readonly Row[]): DriftLine[] {
  const ids = [...new Set([...ours, ...theirs].map(({ id }) => id))]
  const find = (rows: readonly Row[], id: string) => rows.find((one) => one.id === id)?.row.join(' | ') ?? null
  return ids.map((id) => line(kind, `${what} ${id}`, find(ours, id), find(theirs, id)))
}

function commands(sections: ReadonlyMap<string, string>): DriftLine[] {
  const theirs = sections.get(WEBHOOK_VALIDATION.source)?.split('```')[1]?.trim().split('\n') ?? []
  const ours = webhookTest(WEBHOOK_NAMESPACE)
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, at) =>
    line('command', `webhook test, command ${at + 1}`, ours[at] ?? null, theirs[at]?.trim() ?? null),
  )
}

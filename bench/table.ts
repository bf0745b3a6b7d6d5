import Table from 'cli-table3'
import type { Limit, Result } from './result.ts'

/** The results as a table for a terminal. */
export function toTable(results: readonly Result[]): string {
  const table = new Table({
    head: ['row', 'measured', 'reference', 'ratio', 'budget', 'ok'],
    style: { head: [], border: [], compact: true },
  })
  for (const result of results) {
    const { row, measured, unit, reference, ratio, budget, isWithinBudget } = result
    table.push([
      row,
      `${toFigure(measured)} ${unit}`,
      reference === null ? '' : `${toFigure(reference.value)} (${reference.what})`,
      ratio === null ? '' : ratio.toFixed(2),
      budget === null ? '' : `${budget.of === 'ratio' ? 'ratio ' : ''}${toLimit(budget.limit)}`,
      isWithinBudget === null ? '' : isWithinBudget ? 'yes' : 'NO',
    ])
  }
  const notes = results.flatMap(({ row, note }) => (note === undefined ? [] : [`${row}: ${note}`]))
  return [table.toString(), ...notes].join('\n')
}

function toLimit(limit: Limit): string {
  return 'atLeast' in limit ? `>= ${toFigure(limit.atLeast)}` : `<= ${toFigure(limit.atMost)}`
}

function toFigure(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toFixed(2)).toString()
}

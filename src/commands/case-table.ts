import { styleText } from 'node:util'
import Table from 'cli-table3'
import type { CaseView } from '../handlers/api/case-view.ts'

/** A case for a terminal: the outcome first, then each alert with what was found and what was ruled out. */
export function caseTable(view: CaseView): string {
  const parts = [styleText('bold', view.plan.headline ?? 'Nothing decided')]
  for (const alert of view.alerts) {
    const table = new Table({ wordWrap: true, colWidths: [22, 96] })
    table.push(
      ['cluster', alert.clusterId ?? '(not identified)'],
      ['verdict', `${alert.verdict?.classification ?? '-'} / ${alert.verdict?.reason ?? '-'}`],
    )
    table.push(['why', alert.verdict?.message ?? ''])
    for (const item of alert.verdict?.evidence ?? [])
      table.push([`${item.source}: ${item.outcome}`, [item.summary, item.quote, item.link].filter(Boolean).join('\n')])
    for (const { source, lines, steps } of alert.findings)
      for (const line of [...lines, ...steps.flatMap(({ text, commands }) => [text, ...commands])])
        table.push([styleText('dim', source), line])
    for (const other of alert.verdict?.ruledOut ?? [])
      table.push([styleText('dim', `not ${other.reason}`), styleText('dim', other.why)])
    parts.push(table.toString())
  }
  const plan = new Table({ wordWrap: true, colWidths: [22, 96] })
  for (const action of view.plan.actions) plan.push([action.action, action.why])
  for (const refusal of view.plan.refusals) plan.push([styleText('yellow', `refused: ${refusal.rail}`), refusal.why])
  if (view.plan.actions.length + view.plan.refusals.length > 0) parts.push(plan.toString())
  return `${parts.join('\n')}\n`
}

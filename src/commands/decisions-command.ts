import type { Command } from 'commander'
import { DEFAULT_POLICY } from '../config/policy.ts'
import { renderDecisionTable, toDecisionTable } from './decision-table.ts'

/** `kp-responder decisions`: the decision table as markdown, exactly the file that the docs keep, or as JSON. */
export function decisionsCommand(program: Command): void {
  program
    .command('decisions')
    .description('the whole decision table, generated from the code: rows, waits and rails')
    .option('--json', 'print JSON instead of markdown')
    .addHelpText('after', "\nShown with the runbook's own policy; POLICY_FILE is not read.")
    .action((options: { json?: boolean }) => {
      const table = toDecisionTable(DEFAULT_POLICY)
      process.stdout.write(options.json ? `${JSON.stringify(table, null, 2)}\n` : renderDecisionTable(table))
    })
}

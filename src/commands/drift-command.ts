import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import Table from 'cli-table3'
import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { TerminalError } from '../errors.ts'
import { compareRunbook } from '../runbook/drift.ts'
import type { DriftLine } from '../runbook/drift-line.ts'
import { sectionsOf } from '../runbook/markdown.ts'
import { UNNEEDED_VARIABLES } from './unneeded-variables.ts'

/** `kp-responder drift FILE`: what a runbook says now beside what the responder goes by. */
export function driftCommand(program: Command): void {
  program
    .command('drift')
    .description("a runbook's markdown against the policy: every error text, channel, duration, region and window")
    .argument('<file>', "the runbook's markdown; - for standard input")
    .option('--all', 'on a terminal, show what is the same too')
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText(
      'after',
      '\nCompares with the policy in POLICY_FILE, else with the built-in one; advice, tables and commands with what notes quote.\nExit code 1 when anything differs, or the file is empty or no runbook.',
    )
    .action((file: string, options: { all?: boolean; json?: boolean }) => {
      const markdown = readRunbook(file)
      const { policy } = readConfig({ ...UNNEEDED_VARIABLES, POLICY_FILE: process.env.POLICY_FILE })
      const lines = compareRunbook(markdown, policy.current())
      const drifted = lines.filter(({ isSame }) => !isSame)
      if (drifted.length > 0) process.exitCode = 1
      const isTable = process.stdout.isTTY && !options.json
      const json = { ok: drifted.length === 0, compared: lines.length, drifted: drifted.length, lines }
      process.stdout.write(isTable ? toTable(lines, options.all === true) : `${JSON.stringify(json, null, 2)}\n`)
    })
}

function readRunbook(file: string): string {
  let markdown: string
  try {
    markdown = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch {
    throw new TerminalError('rejected', `${file} can't be read`)
  }
  if (markdown.trim() === '') throw new TerminalError('rejected', `${file} is empty: nothing can be compared`)
  if (sectionsOf(markdown).size === 0)
    throw new TerminalError('rejected', `${file} has no section: it is no runbook in markdown`)
  return markdown
}

function toTable(lines: readonly DriftLine[], isAll: boolean): string {
  const drifted = lines.filter(({ isSame }) => !isSame)
  const outcome =
    drifted.length === 0
      ? styleText('green', `The runbook and the responder say the same: ${lines.length} things compared.`)
      : styleText('bold', `${drifted.length} of ${lines.length} things differ.`)
  const table = new Table({ head: ['', 'what', 'responder', 'runbook'], wordWrap: true, colWidths: [8, 30, 44, 44] })
  for (const { kind, what, ours, runbook, isSame } of isAll ? lines : drifted)
    table.push([isSame ? 'same' : 'differs', `${kind}: ${what}`, ours ?? '(nothing)', runbook ?? '(nothing)'])
  return table.length > 0 ? `${outcome}\n${table.toString()}\n` : `${outcome}\n`
}

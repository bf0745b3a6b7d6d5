import { Command } from 'commander'
import { ConfigError, StoreUnavailableError, TerminalError } from '../errors.ts'
import { auditCommand } from './audit-command.ts'
import { backtestCommand } from './backtest-command.ts'
import { decisionsCommand } from './decisions-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { driftCommand } from './drift-command.ts'
import { examplesCommand } from './examples-command.ts'
import { explainCommand } from './explain-command.ts'

/** Runs the command line; the exit code is 0 only if what was asked holds. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const program = new Command('kp-responder')
    .description('Runbooks that run themselves, safely: looks into what the responder decides and why.')
    .showHelpAfterError()
  explainCommand(program)
  decisionsCommand(program)
  doctorCommand(program)
  backtestCommand(program)
  driftCommand(program)
  auditCommand(program)
  examplesCommand(program)
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.stderr.write(`${sayWhy(error)}\n`)
    process.exitCode = 1
  }
}

function sayWhy(error: unknown): string {
  if (error instanceof ConfigError)
    return `The configuration can't be used:\n${error.faults.map((fault) => `  - ${fault}`).join('\n')}`
  if (error instanceof TerminalError || error instanceof StoreUnavailableError) return error.message
  return error instanceof Error ? error.message : String(error)
}

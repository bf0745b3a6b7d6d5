import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { TerminalError } from '../errors.ts'
import { explain, replay } from '../explain.ts'
import { createExplaining } from '../explaining.ts'
import { openStoreReader } from '../store/store-reader.ts'
import { createLogger } from '../telemetry/log.ts'
import { caseTable } from './case-table.ts'
import { UNNEEDED_VARIABLES } from './unneeded-variables.ts'

/** Longest wait for the channels to be read, in ms. What is not read by then is unavailable, and said so. */
const READ_LIMIT_MS = 120_000
const LOOK_EVERY_MS = 200

/** `kp-responder explain FILE`: what would be decided, and nothing done. */
export function explainCommand(program: Command): void {
  program
    .command('explain')
    .description("the decision about an Alertmanager webhook body or a PagerDuty incident's text; no effect anywhere")
    .argument('[file]', 'JSON of a webhook body, or the text of an incident; - for standard input')
    .option('--case <id>', 'instead of a file: judge a case of the store again from what it was judged on')
    .option('--json', 'print JSON, as the API does (the default when standard output is no terminal)')
    .addHelpText(
      'after',
      '\nAsks the sources that the environment configures (SLACK_BOT_TOKEN, PAGERDUTY_API_TOKEN, POLICY_FILE ...) once.\nExit code 1 when the input can not be read.',
    )
    .action(async (file: string | undefined, options: { json?: boolean; case?: string }) => {
      if (options.case !== undefined) return replayCase(options.case, options)
      if (file === undefined) throw new TerminalError('rejected', 'give a file, - for standard input, or --case ID')
      const input = readInput(file)
      const directory = mkdtempSync(join(tmpdir(), 'kp-explain-'))
      const config = readConfig({
        ...process.env,
        ...UNNEEDED_VARIABLES,
        RESPONDER_MODE: process.env.RESPONDER_MODE,
        DATA_DIR: directory,
      })
      const explaining = await createExplaining(config, { logger: createLogger('silent') })
      try {
        await readChannels(explaining)
        const view = await explain(input, explaining.deps)
        const isTable = process.stdout.isTTY && !options.json
        process.stdout.write(isTable ? caseTable(view) : `${JSON.stringify(view, null, 2)}\n`)
      } finally {
        await explaining.close()
        rmSync(directory, { recursive: true, force: true })
      }
    })
}

/** Prints the stored verdicts of a case beside the replayed ones; exit code 1 where one differs. */
async function replayCase(id: string, { json }: { json?: boolean }): Promise<void> {
  const config = readConfig({ ...process.env, ...UNNEEDED_VARIABLES })
  const reader = await openStoreReader(config)
  try {
    const subject = await reader.caseById(id)
    if (!subject) throw new TerminalError('not-found', `the store holds no case ${id}`)
    const result = replay(subject, config.policy.current())
    if (!result.isSame) process.exitCode = 1
    const lines = result.alerts.map(
      ({ fingerprint, stored, replayed, isSame }) =>
        `${isSame ? 'same' : 'DIFFERS'}  ${fingerprint}  ${stored ?? '-'} -> ${replayed ?? '-'}`,
    )
    const isTable = process.stdout.isTTY && !json
    process.stdout.write(isTable ? `${lines.join('\n')}\n` : `${JSON.stringify(result, null, 2)}\n`)
  } finally {
    await reader.close()
  }
}

function readInput(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch {
    throw new TerminalError('rejected', `${file} can't be read`)
  }
}

async function readChannels({ progress }: { progress: () => { done: number; all: number } }): Promise<void> {
  const giveUpAt = Date.now() + READ_LIMIT_MS
  for (;;) {
    const { done, all } = progress()
    if (process.stderr.isTTY && all > 0)
      process.stderr.write(`\rreading Slack channels: ${done} of ${all}${done === all ? '\n' : ''}`)
    if (done === all || Date.now() > giveUpAt) return
    await sleep(LOOK_EVERY_MS)
  }
}

import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { TerminalError } from '../errors.ts'
import { toScenarioYaml } from '../people/example-scenario.ts'
import { exampleById, type LabelledExample, listExamples } from '../people/labelled-examples.ts'
import type { SettingStore } from '../store/store.ts'
import { openStoreReader } from '../store/store-reader.ts'
import { UNNEEDED_VARIABLES } from './unneeded-variables.ts'

/** `kp-responder examples`: what people called wrong, and each of it as a scenario file. */
export function examplesCommand(program: Command): void {
  program
    .command('examples')
    .description('verdicts that people called wrong, with what would have been right')
    .option('--yaml <id>', 'print one as a file for test/runbook-scenarios')
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText('after', '\nReads the store of the service, which may run. Exit code 1 when there is no such example.')
    .action(async (options: { yaml?: string; json?: boolean }) => {
      const store = await openStoreReader(readConfig({ ...process.env, ...UNNEEDED_VARIABLES }))
      try {
        process.stdout.write(
          options.yaml === undefined ? await list(store, options.json) : await one(options.yaml, store, options.json),
        )
      } finally {
        await store.close()
      }
    })
}

async function one(id: string, store: Pick<SettingStore, 'setting'>, isJson = false): Promise<string> {
  const example = await exampleById(id, store)
  if (!example) throw new TerminalError('not-found', `there is no example ${id}`)
  const yaml = toScenarioYaml(example)
  return isJson ? `${JSON.stringify({ id, yaml }, null, 2)}\n` : yaml
}

async function list(store: Pick<SettingStore, 'setting'>, isJson: boolean | undefined): Promise<string> {
  const examples = await listExamples(store)
  if (!process.stdout.isTTY || isJson) return `${JSON.stringify({ examples }, null, 2)}\n`
  return examples.length === 0 ? 'no verdict was called wrong\n' : examples.map(toLine).join('')
}

function toLine({ id, right, alerts, by, at, text }: LabelledExample): string {
  const given = alerts.map((alert) => alert.given ?? 'no verdict').join(', ')
  return `${id}  ${at}  ${given} -> ${right}  ${by}${text ? `: ${text.replace(/\s+/g, ' ')}` : ''}\n`
}

import { readFileSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import { createLogger } from '../telemetry/log.ts'
import { checkAlertmanagerConfig } from './doctor/alertmanager-config.ts'
import { checkEtcd } from './doctor/check-etcd.ts'
import { checkGithub } from './doctor/check-github.ts'
import { checkAlertmanager, checkSettings, checkStore } from './doctor/check-local.ts'
import { checkPagerduty } from './doctor/check-pagerduty.ts'
import { checkSlack } from './doctor/check-slack.ts'
import { type Finding, fail } from './doctor/finding.ts'

interface Options {
  alertmanagerConfig?: string
  pagerdutyService: string[]
  cluster?: string
  json?: boolean
}

/** `kp-responder doctor`: whether anything would fail at night. It reads, and writes nothing anywhere. */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('checks every configured upstream, credential, scope and channel, the etcd keys and the policy')
    .option('--alertmanager-config <file>', "Alertmanager's own configuration: do webhook and PagerDuty share a group key?")
    .option('--pagerduty-service <id>', 'a service that the alerts page; may be given again', collect, [])
    .option('--cluster <id>', 'a cluster that lives: its record proves the key template')
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText('after', '\nReads only. Run it with the environment of the service.\nExit code 1 when a line fails.')
    .action(async (options: Options) => {
      const isText = process.stdout.isTTY && !options.json
      const findings: Finding[] = []
      for await (const finding of examine(options)) {
        findings.push(finding)
        if (isText) process.stdout.write(`${toLine(finding)}\n`)
      }
      const failed = findings.filter(({ state }) => state === 'fail').length
      if (failed > 0) process.exitCode = 1
      if (isText) process.stdout.write(`\n${failed === 0 ? 'Nothing would fail at night.' : `${failed} would fail at night.`}\n`)
      else process.stdout.write(`${JSON.stringify({ ok: failed === 0, failed, findings }, null, 2)}\n`)
    })
}

async function* examine(options: Options): AsyncGenerator<Finding> {
  const config = configOrFaults()
  if (Array.isArray(config)) {
    yield* config
    return
  }
  const now = Date.now
  const logger = createLogger('silent')
  yield* checkSettings(config)
  yield* await checkStore(config)
  yield* await checkPagerduty(config, { now, serviceIds: options.pagerdutyService })
  yield* await checkSlack(config, { now, logger })
  yield* await checkGithub(config, { now })
  yield* await checkEtcd(config, { clusterId: options.cluster ?? null })
  yield* await checkAlertmanager(config, { now })
  if (options.alertmanagerConfig !== undefined)
    yield* checkAlertmanagerFile(options.alertmanagerConfig, config.policy.alertnames)
}

function configOrFaults(): Config | Finding[] {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map((fault) => fail('configuration', fault, 'correct it: the service does not start like this'))
  }
}

function checkAlertmanagerFile(file: string, alertnames: readonly string[]): Finding[] {
  try {
    return checkAlertmanagerConfig(readFileSync(file, 'utf8'), alertnames)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return [fail('alertmanager config', `${file} can't be read`, 'name the file that Alertmanager is started with')]
  }
}

const WORDS = {
  ok: styleText('green', 'ok  '),
  warn: styleText('yellow', 'warn'),
  fail: styleText('red', 'FAIL'),
  off: styleText('dim', 'off '),
} as const

function toLine({ check, state, says, remedy }: Finding): string {
  return `${WORDS[state]}  ${check}: ${says}${remedy === null ? '' : `\n      -> ${remedy}`}`
}

function collect(value: string, known: string[]): string[] {
  return [...known, value]
}

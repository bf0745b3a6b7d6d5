import { styleText } from 'node:util'
import type { Command } from 'commander'
import { examine } from './doctor/examine.ts'
import type { Finding } from './doctor/finding.ts'

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
    .option(
      '--alertmanager-config <file>',
      "Alertmanager's own configuration: do webhook and PagerDuty share a group key?",
    )
    .option('--pagerduty-service <id>', 'a service that the alerts page; may be given again', collect, [])
    .option('--cluster <id>', 'a cluster that lives: its record proves the key template')
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText(
      'after',
      '\nReads only. Run it with the environment of the service. Each upstream has 15 s.\nExit code 1 when a line fails.',
    )
    .action(async (options: Options) => {
      const isText = process.stdout.isTTY && !options.json
      const findings: Finding[] = []
      for await (const finding of examine({
        environment: process.env,
        alertmanagerConfig: options.alertmanagerConfig ?? null,
        pagerdutyServices: options.pagerdutyService,
        clusterId: options.cluster ?? null,
        now: Date.now,
      })) {
        findings.push(finding)
        if (isText) process.stdout.write(`${toLine(finding)}\n`)
      }
      const failed = findings.filter(({ state }) => state === 'fail').length
      if (failed > 0) process.exitCode = 1
      const verdict = failed === 0 ? 'Nothing would fail at night.' : `${failed} would fail at night.`
      process.stdout.write(
        isText ? `\n${verdict}\n` : `${JSON.stringify({ ok: failed === 0, failed, findings }, null, 2)}\n`,
      )
    })
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

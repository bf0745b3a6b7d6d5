import { readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type History, isReadable, type PastIncident, readExport, toExport } from '../backtest/past-incident.ts'
import { holds, type Report, readingAid, reportText } from '../backtest/report.ts'
import { readConfig } from '../config/config.ts'
import { TerminalError } from '../errors.ts'
import { judgePast, judgeShadow, readFromPagerduty } from './backtest/sources.ts'
import { UNNEEDED_VARIABLES } from './unneeded-variables.ts'

/** Largest export that is read, in bytes: some ten thousand incidents. */
const FILE_LIMIT_BYTES = 67_108_864
const DAY_MS = 86_400_000
/** Without --since this many days before --until are looked at. */
const USUAL_DAYS = 90
const SHOWN_EVERY_MS = 200
/** The last time that a date can tell, in ms. */
const LAST_MS = 8_640_000_000_000_000

interface Span {
  sinceMs: number
  untilMs: number
}

interface BacktestOptions {
  file?: string
  since?: string
  until?: string
  export?: string
  shadow?: boolean
  json?: boolean
}

/** `kp-responder backtest`: what the responder would have done with past incidents, beside what people did. */
export function backtestCommand(program: Command): void {
  program
    .command('backtest')
    .description('past incidents: what the responder would have done beside what people did; harmful snoozes first')
    .option('--file <file>', "an export in PagerDuty's shapes: {incidents: [{..., alerts, log_entries, notes}]}")
    .option('--since <date>', `from then on, such as 2026-01-31 (default: ${USUAL_DAYS} days before --until)`)
    .option('--until <date>', 'up to then (default: now)')
    .option('--export <file>', 'keep what was read for a later --file, secrets masked')
    .option('--shadow', "score the decisions that shadow mode took, from this service's store, instead of new ones")
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText(
      'after',
      '\nReads PagerDuty (PAGERDUTY_API_TOKEN), the channels (SLACK_BOT_TOKEN), etcd and the store; writes nothing outside.\nExit code 1 where a snooze would have been harmful, nothing could be judged, or the input can not be read.',
    )
    .action(async (options: BacktestOptions) => {
      const report = await run(options)
      if (!holds(report)) process.exitCode = 1
      const isText = process.stdout.isTTY && !options.json
      const json = { ok: holds(report), ...report, readingAid: readingAid(report).join('\n') }
      process.stdout.write(isText ? reportText(report) : `${JSON.stringify(json, null, 2)}\n`)
    })
}

async function run(options: BacktestOptions): Promise<Report> {
  const config = readConfig({ ...process.env, ...UNNEEDED_VARIABLES })
  const onProgress = progressLine()
  const span = spanOf(options)
  const fromFile = options.file === undefined ? null : readFile(options.file, span)
  if (options.shadow) return judgeShadow({ config, fromFile, span, onProgress })
  const history = fromFile ?? (await readFromPagerduty(config, { span, onProgress }))
  if (options.export !== undefined) exportTo(options.export, history)
  return judgePast(history, { config, onProgress })
}

function readFile(file: string, { sinceMs, untilMs }: Span): History {
  const found = readExport(textOf(file))
  if ('fault' in found) throw new TerminalError('rejected', `${file} ${found.fault}`)
  const isInSpan = ({ createdAtMs }: PastIncident) => createdAtMs >= sinceMs && createdAtMs <= untilMs
  return { ...found, all: found.all.filter((read) => !isReadable(read) || isInSpan(read)) }
}

function textOf(file: string): string {
  let size: number
  try {
    size = statSync(file).size
  } catch {
    throw new TerminalError('rejected', `${file} can't be read`)
  }
  if (size > FILE_LIMIT_BYTES)
    throw new TerminalError(
      'rejected',
      `${file} is larger than ${FILE_LIMIT_BYTES / 1_048_576} MiB: export a shorter span`,
    )
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new TerminalError('rejected', `${file} can't be read`)
  }
}

function exportTo(file: string, history: History): void {
  try {
    // It holds what people wrote: it is its owner's alone.
    writeFileSync(file, toExport(history), { mode: 0o600 })
  } catch {
    throw new TerminalError('rejected', `${file} can't be written`)
  }
}

/** A file or a store is judged whole unless a span is asked for. */
function spanOf({ since, until, file, shadow }: BacktestOptions): Span {
  const isWhole = file !== undefined || shadow === true
  const untilMs = until === undefined ? (isWhole ? LAST_MS : Date.now()) : toMs(until, '--until')
  const usualMs = isWhole ? 0 : untilMs - USUAL_DAYS * DAY_MS
  const sinceMs = since === undefined ? usualMs : toMs(since, '--since')
  if (sinceMs >= untilMs) throw new TerminalError('rejected', '--since has to be before --until')
  return { sinceMs, untilMs }
}

function toMs(text: string, option: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return ms
  throw new TerminalError('rejected', `${option} is no date: write 2026-01-31, or 2026-01-31T08:00:00Z`)
}

/** Says on a terminal how far it is, on a line of its own that is written over. */
function progressLine(): (text: string, isLast?: boolean) => void {
  let shownAtMs = 0
  return (text, isLast = false) => {
    if (!process.stderr.isTTY || (!isLast && performance.now() - shownAtMs < SHOWN_EVERY_MS)) return
    shownAtMs = performance.now()
    process.stderr.write(`\r\u001b[K${text}${isLast ? '\n' : ''}`)
  }
}

import { runChaos } from './chaos.ts'
import { CHAOS_USAGE, parseInvocation } from './options.ts'
import { isWell, toJson, toText } from './report.ts'

/** Runs what the command line asks for, the stores side by side: most of the time they wait for Slack's pace. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(CHAOS_USAGE)
    return 0
  }
  const { runs, isJson } = parseInvocation(args)
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const results = await Promise.all(runs.map((run) => runChaos(run, (line) => say(`${run.store}: ${line}`))))
  process.stdout.write(`${isJson ? toJson(results) : toText(results)}\n`)
  return isWell(results) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

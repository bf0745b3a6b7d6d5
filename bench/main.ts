import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { judge, type Result } from './result.ts'
import { ROWS } from './rows/all.ts'
import { toTable } from './table.ts'

interface Options {
  json?: true
  quick?: true
  full?: true
  only?: string
  out?: string
}

/** Runs the rows one after the other; returns what they measured. A row that fails is said and left out. */
async function runRows({ only, quick, full }: Options): Promise<{ results: Result[]; failed: string[] }> {
  const names = only?.split(',') ?? ROWS.map(({ name }) => name)
  const unknown = names.filter((name) => !ROWS.some((row) => row.name === name))
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}`)
  const results: Result[] = []
  const failed: string[] = []
  for (const row of ROWS.filter(({ name }) => names.includes(name))) {
    const folder = mkdtempSync(join(tmpdir(), 'kp-bench-'))
    const removeFolder = () => rmSync(folder, { recursive: true, force: true })
    process.once('exit', removeFolder)
    const say = (line: string) => process.stderr.write(`${row.name}: ${line}\n`)
    const started = performance.now()
    say(row.about)
    try {
      results.push(...(await row.run({ isQuick: quick === true, isFull: full === true, folder, say })).map(judge))
    } catch (error) {
      failed.push(row.name)
      say(`failed: ${error instanceof Error ? error.message : String(error)}`)
    }
    say(`${((performance.now() - started) / 1_000).toFixed(1)} s`)
    process.off('exit', removeFolder)
    removeFolder()
  }
  return { results, failed }
}

const program = new Command('bench')
  .description('Measures the responder against the budgets of its contract; ratios are of one run')
  .option('--json', 'print JSON alone')
  .option('--quick', 'small numbers, for a look: no claim')
  .option('--full', '2,000 cases under a limit of calls instead of 600: eight minutes more')
  .option('--only <names>', `rows, separated by commas: ${ROWS.map(({ name }) => name).join(', ')}`)
  .option('--out <file>', 'write the JSON to a file as well')
  .parse()

const options = program.opts<Options>()
// The children end with this process, whose folders go at its exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const { results, failed } = await runRows(options)
const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? '', node: process.version, platform: process.platform }
const json = JSON.stringify({ machine, isQuick: options.quick === true, results, failed }, null, 2)
if (options.out !== undefined) writeFileSync(options.out, `${json}\n`)
process.stdout.write(options.json ? `${json}\n` : `${toTable(results)}\n`)
const missed = results.filter(({ isWithinBudget }) => isWithinBudget === false)
process.exitCode = failed.length > 0 || (missed.length > 0 && options.quick !== true) ? 1 : 0

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { FAULTS } from '../test/fault-table/faults.ts'
import { type RunTest, tableOf, unproven, withTable } from '../test/fault-table/table.ts'

/**
 * Writes the table of faults into docs/reliability.md from a run of the tests, or with `--check` says where the table
 * claims what the run does not show. Usage: `node scripts/fault-table.ts [--check] RESULTS.json`, where the results come
 * from `npm test -- --json --outputFile=RESULTS.json`.
 */
const DOCUMENT = join(import.meta.dirname, '../docs/reliability.md')

const resultsSchema = z.object({
  testResults: z.array(
    z.object({ name: z.string(), assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) }),
  ),
})

function runOf(file: string): RunTest[] {
  const { testResults } = resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ path: name, fullName, isPassed: status === 'passed' })),
  )
}

const isCheck = process.argv.includes('--check')
const file = process.argv.slice(2).find((argument) => !argument.startsWith('--'))
if (file === undefined) {
  process.stderr.write('give the JSON of a run: npm test -- --json --outputFile=results.json\n')
  process.exit(1)
}
const run = runOf(file)
const faults = unproven(FAULTS, run)
for (const fault of faults) process.stderr.write(`${fault}\n`)
if (isCheck || faults.length > 0) {
  process.stdout.write(`${FAULTS.length} faults, ${faults.length} without their proof in this run\n`)
  process.exit(faults.length > 0 ? 1 : 0)
}
writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), tableOf(FAULTS)))

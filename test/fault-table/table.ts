import { type Fault, type FaultTest, testsOf } from './fault.ts'

const BEGIN = '<!-- faults: written by scripts/fault-table.ts -->'
const END = '<!-- /faults -->'

/** One test of a run, as jest tells it. */
export interface RunTest {
  /** Path of its file. */
  path: string
  fullName: string
  isPassed: boolean
}

/** The table of faults as markdown: what is held, on which store it was shown, and by which tests. */
export function tableOf(faults: readonly Fault[]): string {
  return [
    '| # | fault | what holds | embedded | Redis | tests |',
    '|---|---|---|---|---|---|',
    ...faults.map((fault, index) => {
      const { embedded, redis, tests } = fault
      const shown = (ofStore: readonly FaultTest[] | undefined, other: readonly FaultTest[] | undefined): string =>
        ofStore ? 'held' : other ? '–' : 'held'
      const cells = [
        index + 1,
        fault.what,
        fault.held,
        tests && !embedded && !redis ? 'either' : shown(embedded, redis),
        tests && !embedded && !redis ? 'either' : shown(redis, embedded),
        [...new Set(testsOf(fault).map(({ file }) => `\`${file.replace('.test.ts', '')}\``))].join(', '),
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ].join('\n')
}

/** The document with the table between its two marks. @throws Error where the marks are missing */
export function withTable(document: string, table: string): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the document lacks ${BEGIN} and ${END}`)
  return `${document.slice(0, from)}${BEGIN}\n${table}\n${document.slice(to)}`
}

/** A sentence for each test named by a fault that the run does not hold, or that failed in it. */
export function unproven(faults: readonly Fault[], run: readonly RunTest[]): string[] {
  return faults.flatMap((fault) =>
    testsOf(fault).flatMap(({ file, title }) => {
      const found = run.filter(({ path, fullName }) => path.endsWith(`/test/${file}`) && fullName.includes(title))
      if (found.length === 0) return [`${fault.what}: no test "${title}" in ${file}`]
      return found.every(({ isPassed }) => isPassed) ? [] : [`${fault.what}: "${title}" in ${file} failed`]
    }),
  )
}

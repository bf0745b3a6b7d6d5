import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { judge, type Measurement, quantile } from '../../bench/result.ts'
import { toTable } from '../../bench/table.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const Printed = z.object({
  isQuick: z.literal(true),
  failed: z.array(z.string()).length(0),
  machine: z.object({ cores: z.number(), node: z.string() }),
  results: z.array(z.object({ row: z.string(), measured: z.number(), isWithinBudget: z.boolean().nullable() })),
})

function measured(value: number, rest: Partial<Measurement> = {}): Measurement {
  return { row: 'speed', measured: value, unit: '1/s', reference: null, budget: null, ...rest }
}

const against100 = { reference: { what: 'bare', value: 100 } }

describe('the judgement of a figure', () => {
  it.each([
    ['a figure without a budget is not judged', measured(1), null, null],
    ['a ratio at its lowest value holds', measured(40, { ...against100, budget: least('ratio', 0.4) }), 0.4, true],
    [
      'a ratio below its lowest value misses',
      measured(39, { ...against100, budget: least('ratio', 0.4) }),
      0.39,
      false,
    ],
    ['a ratio at its highest value holds', measured(500, { ...against100, budget: most('ratio', 5) }), 5, true],
    ['a ratio above its highest value misses', measured(501, { ...against100, budget: most('ratio', 5) }), 5.01, false],
    ['a figure itself may be budgeted', measured(251, { ...against100, budget: most('measured', 250) }), 2.51, false],
    ['a ratio without a reference misses', measured(1, { budget: most('ratio', 5) }), null, false],
    ['a figure that is no number misses', measured(Number.NaN, { budget: most('measured', 5) }), null, false],
  ])('%s', (_name, measurement, ratio, isWithinBudget) => {
    expect(judge(measurement)).toMatchObject({ ratio, isWithinBudget })
  })

  it('finds the value below which a share of the values lies', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1), quantile([], 0.5)]).toEqual([
      50,
      99,
      100,
      Number.NaN,
    ])
  })
})

describe('the table', () => {
  it('shows what was measured beside its reference, the ratio and the budget, and says which misses', () => {
    const table = toTable([
      judge(measured(39, { ...against100, budget: least('ratio', 0.4), note: 'read with care' })),
      judge(measured(3, { row: 'memory', unit: 'MB', budget: most('measured', 130) })),
    ])
    expect(table).toMatch(/speed\s+│ 39 1\/s\s+│ 100 \(bare\)\s+│ 0\.39\s+│ ratio >= 0\.4\s+│ NO /)
    expect(table).toMatch(/memory\s+│ 3 MB\s+│\s+│\s+│ <= 130\s+│ yes/)
    expect(table).toContain('speed: read with care')
  })
})

describe('the bench', () => {
  it('prints JSON alone when asked, with the machine it ran on', async () => {
    const args = ['bench/main.ts', '--json', '--quick', '--only', 'acceptance']
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
    const printed = Printed.parse(JSON.parse(stdout))
    expect(printed.results.map(({ row }) => row)).toEqual(['acceptance: rate', 'acceptance: p99'])
  }, 60_000)
})

function least(of: 'ratio' | 'measured', value: number): Measurement['budget'] {
  return { of, limit: { atLeast: value } }
}

function most(of: 'ratio' | 'measured', value: number): Measurement['budget'] {
  return { of, limit: { atMost: value } }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { currentReadme, readValues } from '../../scripts/helm-readme.ts'
import { CHART } from '../../scripts/helm-tools.ts'

const packageFile = z.object({ version: z.string() })
const chartFile = z.object({ version: z.string(), appVersion: z.string() })
const read = (path: string) => readFileSync(join(CHART, path), 'utf8')

describe('the README of the chart', () => {
  test('is what values.yaml says now (node scripts/helm-readme.ts)', () => {
    expect(read('README.md')).toBe(currentReadme())
  })

  test('has a word for every value outside the network policy', () => {
    const silent = readValues(read('values.yaml')).filter(
      ({ path, says }) => says === '' && !path.startsWith('networkPolicy.') && !path.startsWith('resources.'),
    )
    expect(silent).toEqual([])
  })

  test('reads comments of first keys, of nested keys and of whole blocks', () => {
    const yaml = '# One.\na: 1\n# A block.\nb:\n  # Two,\n  # or so.\n  c: [x]\n  d: {}\n'
    expect(readValues(yaml)).toEqual([
      { path: 'a', fallback: '1', says: 'One.' },
      { path: 'b', fallback: '', says: 'A block.' },
      { path: 'b.c', fallback: '["x"]', says: 'Two, or so.' },
      { path: 'b.d', fallback: '{}', says: '' },
    ])
  })
})

test('the chart is of the version of the service', () => {
  const { version } = packageFile.parse(JSON.parse(read('../package.json')))
  expect(chartFile.parse(parse(read('Chart.yaml')))).toEqual({ version, appVersion: version })
})

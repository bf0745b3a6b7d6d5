import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type Fault, testsOf } from './fault.ts'
import { FAULTS } from './faults.ts'
import { tableOf, unproven, withTable } from './table.ts'

const TESTS = join(import.meta.dirname, '..')
const DOCUMENT = join(TESTS, '../docs/reliability.md')
const FAULT: Fault = { what: 'a fault', held: 'it', tests: [{ file: 'a/b.test.ts', title: 'is held' }] }

describe('the table of faults', () => {
  test('in the document is the one of the registry', () => {
    const document = readFileSync(DOCUMENT, 'utf8')
    expect(withTable(document, tableOf(FAULTS))).toBe(document)
  })

  test.each(FAULTS.map((fault) => [fault.what, fault] as const))('names tests for: %s', (_what, fault) => {
    expect(testsOf(fault).length).toBeGreaterThan(0)
    expect(testsOf(fault).filter(({ file, title }) => title === '' || !existsSync(join(TESTS, file)))).toEqual([])
  })

  test('tells each fault once', () => {
    expect(new Set(FAULTS.map(({ what }) => what)).size).toBe(FAULTS.length)
  })

  test('is proven by a run in which each of its tests passed, and by no other', () => {
    const passed = { path: '/x/test/a/b.test.ts', fullName: 'it is held', isPassed: true }
    expect(unproven([FAULT], [passed])).toEqual([])
    expect(unproven([FAULT], [{ ...passed, isPassed: false }])).toEqual(['a fault: "is held" in a/b.test.ts failed'])
    expect(unproven([FAULT], [{ ...passed, path: '/x/test/c.test.ts' }])).toEqual([
      'a fault: no test "is held" in a/b.test.ts',
    ])
  })
})

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { CHAIN } from '../../src/classifiers/chain.ts'
import { renderDecisionTable, toDecisionTable } from '../../src/commands/decision-table.ts'
import { DEFAULT_POLICY, policySchema } from '../../src/config/policy.ts'
import { RAILS } from '../../src/model/plan.ts'
import { REASONS } from '../../src/model/verdict.ts'

const ROOT = join(import.meta.dirname, '../..')
const TABLE = toDecisionTable(DEFAULT_POLICY)

describe('the decision table', () => {
  test('in the docs is the one of the code: npm run decisions writes it anew', () => {
    expect(readFileSync(join(ROOT, 'docs/decision-table.md'), 'utf8')).toBe(renderDecisionTable(TABLE))
  })

  test('has a row for every reason and a sentence for every rail, in the order in which they are asked', () => {
    expect(TABLE.rows.map(({ reason }) => reason)).toEqual(CHAIN.map(({ reason }) => reason))
    expect(TABLE.rows.map(({ reason }) => reason).toSorted()).toEqual([...REASONS].toSorted())
    expect(TABLE.rails.map(({ rail }) => rail)).toEqual([...RAILS])
  })

  test('snoozes where PRODUCT.md does, and only one row opens an issue', () => {
    const quieting = TABLE.rows.filter(({ snooze }) => snooze !== null)
    expect(
      quieting.map(({ reason, snooze, issue }) => ({ reason, hours: (snooze?.seconds ?? 0) / 3_600, issue })),
    ).toEqual([
      { reason: 'migration-blocked', hours: 2, issue: false },
      { reason: 'busy', hours: 2, issue: false },
      { reason: 'orphaned-key-registration', hours: 12, issue: true },
    ])
  })

  test("shows another policy's times", () => {
    const policy = policySchema.parse({ snooze: { busy: '1h' }, budgets: { busySnoozes: '3/12h' } })
    const busy = toDecisionTable(policy).rows.find(({ reason }) => reason === 'busy')
    expect(busy?.snooze).toEqual({ seconds: 3_600, times: 3, spanSeconds: 43_200 })
  })

  test('keeps every line of a markdown table whole, whatever its cells hold', () => {
    const lines = renderDecisionTable(TABLE).split('\n')
    const columns = lines
      .filter((line) => line.startsWith('| '))
      .map((line) => line.replaceAll('\\|', '').split('|').length - 2)
    expect(new Set(columns)).toEqual(new Set([7, 2, 3]))
  })
})

describe('kp-responder decisions', () => {
  test('prints exactly the file of the docs', () => {
    const { stdout, stderr, status } = run('decisions')
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toBe(renderDecisionTable(TABLE))
  })

  test('prints JSON alone with --json', () => {
    expect(JSON.parse(run('decisions', '--json').stdout)).toEqual(TABLE)
  })
})

function run(...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'bin/kp-responder.mjs'), ...args], {
    encoding: 'utf8',
    cwd: ROOT,
    env: {},
  })
}

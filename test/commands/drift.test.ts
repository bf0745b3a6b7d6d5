import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { aRunbook } from '../runbook/a-runbook.ts'

const ROOT = join(import.meta.dirname, '../..')
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'drift-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function drift(markdown: string, env: Record<string, string> = {}) {
  const file = join(directory, 'runbook.md')
  writeFileSync(file, markdown)
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(ROOT, 'bin/kp-responder.mjs'), 'drift', file], {
    encoding: 'utf8',
    cwd: ROOT,
    env,
  })
  return { status, stderr, said: stdout === '' ? null : (JSON.parse(stdout) as unknown) }
}

describe('kp-responder drift', () => {
  test('exits 0 for a runbook that says what the responder goes by', () => {
    expect(drift(aRunbook())).toMatchObject({ status: 0, stderr: '', said: { ok: true, drifted: 0 } })
  })

  test('exits 1 where something differs', () => {
    expect(drift(aRunbook().replace('snoozed for 2 hours', 'snoozed for 5 hours'))).toMatchObject({
      status: 1,
      said: { ok: false, drifted: 1 },
    })
  })

  test('compares with the policy file', () => {
    const policy = join(directory, 'policy.yaml')
    writeFileSync(policy, 'snooze: {busy: 5h}\n')
    const runbook = aRunbook().replace('snoozed for 2 hours', 'snoozed for 5 hours')
    expect(drift(runbook, { POLICY_FILE: policy })).toMatchObject({ status: 0, said: { ok: true } })
  })

  test.each([
    ['an empty file', '', 'is empty'],
    ['a blank file', '\n \n', 'is empty'],
    ['a file without a section', 'hello', 'no section'],
  ])('exits 1 for %s with a line that says why', (_name, markdown, why) => {
    const { status, said, stderr } = drift(markdown)
    expect({ status, said, isSaid: stderr.includes(why) }).toEqual({ status: 1, said: null, isSaid: true })
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts'
import { type ExecuteDeps, executePlan } from '../../src/actions/execute.ts'
import { toPagerdutyAccess } from '../../src/actions/pagerduty-access.ts'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { planCase } from '../../src/plan/plan-case.ts'
import { withTextOf } from '../../src/plan/with-findings.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { aFinding } from '../evidence/findings/a-question.ts'
import { aCase, anAlert, anIncident, aSituation } from '../support/builders.ts'
import { waitUntil } from '../support/wait-until.ts'

let sandbox: Sandbox
let store: Store
let directory: string

beforeEach(async () => {
  sandbox = await startSandbox()
  directory = mkdtempSync(join(tmpdir(), 'kp-final-text-'))
  store = await openSqliteStore(directory, Date.now())
})

afterEach(async () => {
  await store.close()
  await sandbox.close()
  rmSync(directory, { recursive: true })
})

function toDeps(withFinalText: ExecuteDeps['withFinalText']): ExecuteDeps {
  const from = 'responder@example.com'
  const client = new PagerdutyClient({
    apiUrl: `${sandbox.url}/pagerduty`,
    token: () => sandbox.pagerduty.settings.token,
    from,
    now: Date.now,
  })
  return {
    store,
    pagerduty: toPagerdutyAccess(client, from),
    github: null,
    issuesPerHour: 30,
    now: Date.now,
    mode: async () => ({ mode: 'live', paused: false }),
    hasNews: async () => false,
    ownId: null,
    learnOwnId: async () => undefined,
    sayInSlack: async () => undefined,
    countWakeFailure: () => undefined,
    probeAfterMs: 0,
    isEvidenceFresh: () => true,
    ...(withFinalText ? { withFinalText } : {}),
  }
}

test('a note waits for its final text, and what quiets the page does not', async () => {
  const { id } = sandbox.pagerduty.trigger({ dedupKey: 'key' })
  const nowMs = Date.now()
  const situation = aSituation({ nowMs, evidenceAtMs: nowMs, incident: anIncident({ id, readAtMs: nowMs }) })
  const { plan } = planCase(situation)
  const findings = { outcomeKey: '', reason: 'busy' as const, askedAtMs: nowMs, entries: [aFinding()] }
  const told = planCase({ ...situation, subject: aCase({ alerts: [anAlert({ findings })] }) }).plan

  const execution = await executePlan(
    plan,
    situation.subject,
    toDeps(async (action) => {
      // Only when the snooze stands does the source answer: whoever waited for it before would wait in vain.
      await waitUntil('the snooze', () => sandbox.ledger.of('snooze', id).length === 1)
      return withTextOf(action, told.actions)
    }),
  )
  expect(execution).toMatchObject({ isDone: true })
  expect(sandbox.ledger.of('note', id)[0]?.detail.content).toContain(
    'logs: 3 lines for this cluster, 1 error among them',
  )
})

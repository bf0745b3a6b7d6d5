import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Fault } from '../../sandbox/faults.ts'
import { WRITES, type Write } from '../crash/scenarios.ts'
import { waitUntil } from '../support/wait-until.ts'
import { sayOrphaned } from './channel-words.ts'
import type { FaultStage } from './fault-stage.ts'
import { STORES, type StoreKind, stagesOfFile } from './stages.ts'

jest.setTimeout(240_000)

const SETTLING = { timeoutMs: 120_000, everyMs: 200 }
const ALL: readonly Write[] = ['issue', 'acknowledge', 'snooze', 'note']
/** A call takes ten seconds until it is given up; a page may not be held so long twice. */
const SLOW: readonly Write[] = ['snooze', 'note']
/** How an upstream answers the first call of each of the writes of a case. */
const ANSWERS: readonly { answer: string; writes: readonly Write[]; fault: Fault }[] = [
  { answer: '500, nothing done', writes: ALL, fault: { kind: 'status', status: 500 } },
  { answer: '502, and it was done', writes: ALL, fault: { kind: 'commitThenStatus', status: 502 } },
  { answer: '504, and it was done', writes: ALL, fault: { kind: 'commitThenStatus', status: 504 } },
  { answer: 'a reset before it was done', writes: ALL, fault: { kind: 'reset', when: 'before-commit' } },
  { answer: 'a reset after it was done', writes: ALL, fault: { kind: 'reset', when: 'after-commit' } },
  { answer: 'silence, nothing done', writes: SLOW, fault: { kind: 'hang', when: 'before-commit' } },
  { answer: 'silence, and it was done', writes: ['issue', ...SLOW], fault: { kind: 'hang', when: 'after-commit' } },
  { answer: 'a byte a second, and it was done', writes: SLOW, fault: { kind: 'slowBody' } },
  { answer: '200 with a page, nothing done', writes: ALL, fault: { kind: 'html' } },
  { answer: '200 with a page, and it was done', writes: ALL, fault: { kind: 'html', commits: true } },
  { answer: '200 with half of its JSON', writes: ALL, fault: { kind: 'truncatedJson' } },
  { answer: 'its limit, for a second', writes: ALL, fault: { kind: 'rateLimited' } },
  {
    answer: '500 to the snooze alone, after the issue was opened',
    writes: ['snooze'],
    fault: { kind: 'status', status: 500 },
  },
]
const GROUPS = ANSWERS.map((_cell, index) => `cell${index}`)

const stages = stagesOfFile()
const played = new Map<StoreKind, FaultStage>()

beforeAll(async () => {
  await Promise.all(STORES.map(play))
})

/** One case for each way to answer, one after the other until its first writes are under way, then all side by side. */
async function play(kind: StoreKind): Promise<void> {
  const stage = await stages.set(kind, { furnish: (sandbox) => sayOrphaned(sandbox, ...GROUPS) })
  played.set(kind, stage)
  const { faults, ledger } = stage.sandbox
  for (const [index, { writes, fault }] of ANSWERS.entries()) {
    const group = GROUPS[index] ?? ''
    stage.page(group)
    const { id } = stage.incident(group)
    const struck = writes.map((write) => faults.add({ ...WRITES[write], path: pathOf(write, id), fault }))
    // Every second post, so that Slack as a whole is there.
    faults.add({ ...WRITES.message, skip: index, fault })
    await stage.fire(group)
    await waitUntil(`the first write of ${group}`, () => struck.some(({ hits }) => hits > 0) || isSnoozed(id), SETTLING)
  }
  function isSnoozed(id: string): boolean {
    return ledger.of('snooze', id).length > 0
  }
  const areSettled = async () => {
    const told = (await stage.replicas[0]?.cases())?.filter(({ state, receipts }) => {
      return state === 'snoozed' && ['note', 'slack'].every((action) => receipts.some((one) => one.action === action))
    })
    return told?.length === GROUPS.length
  }
  // What is not as it has to be is told by the test of its case.
  await waitUntil('all cases to be snoozed and told', areSettled, SETTLING).catch(() => undefined)
  for (const group of GROUPS) await stage.lookAgain(group)
}

function pathOf(write: Write, incidentId: string): RegExp | string {
  switch (write) {
    case 'acknowledge':
      return new RegExp(`^/incidents(/${incidentId})?$`)
    case 'snooze':
    case 'note':
      return new RegExp(`^/incidents/${incidentId}/${write === 'note' ? 'notes' : 'snooze'}$`)
    default:
      return WRITES[write].path
  }
}

describe.each(STORES)('on %s each effect is there once where its first call is answered by', (kind) => {
  test.each(ANSWERS.map(({ answer }, index) => [answer, GROUPS[index] ?? ''] as const))('%s', (_answer, group) => {
    const stage = played.get(kind)
    if (!stage) throw new Error('there is no stage')
    const { 'message-edit': _edits, ...effects } = stage.effects(group)
    expect(effects).toEqual({ issue: 1, acknowledge: 1, snooze: 1, note: 1, message: 1 })
    const { id, status } = stage.incident(group)
    expect({ status, rings: stage.sandbox.pagerduty.rings(id).length }).toEqual({ status: 'acknowledged', rings: 1 })
  })
})

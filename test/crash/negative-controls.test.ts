import { expect, jest, test } from '@jest/globals'
import { type KillPoint, runCell } from './matrix.ts'
import { type Change, makeMutant } from './mutant.ts'
import { SCENARIOS } from './scenarios.ts'
import { setStage } from './stage.ts'
import { runStalling } from './stalling.ts'

jest.setTimeout(300_000)

const INTEND = 'await store.intend(intent, now(), snoozes)\n'
const SENT = 'const receipt = receiptOf(intent.action, result, {'

/** The intent is written after the call instead of before it. */
const WITHOUT_INTENT: readonly Change[] = [
  { file: 'src/actions/effect.ts', from: `  ${INTEND}  try {`, to: '  try {' },
  { file: 'src/actions/effect.ts', from: `    ${SENT}`, to: `    ${INTEND}    ${SENT}` },
]

/** An intent without receipt is sent again, and nobody looks. */
const WITHOUT_PROBE: readonly Change[] = [
  {
    file: 'src/actions/look-first.ts',
    from: 'if (span === null) return',
    to: 'if (span === null || record !== null) return',
  },
]

/** BullMQ's own limit: a job whose worker died twice has failed, and its id is taken for good; nobody asks after it. */
const DEFAULT_STALL_LIMIT: readonly Change[] = [
  { file: 'src/looks/bullmq-engine.ts', from: 'maxStalledCount: 50', to: 'maxStalledCount: 1' },
  {
    file: 'src/looks/bullmq-engine.ts',
    from: 'removeOnComplete: true, removeOnFail: true',
    to: 'removeOnComplete: true, removeOnFail: false',
  },
  { file: 'src/looks/bullmq-engine.ts', from: 'overdue.slice(0, ASKED_AFTER)', to: 'overdue.slice(0, 0)' },
]

const [ORPHAN] = SCENARIOS
const KILLED_NOTE: KillPoint = { at: 'upstream', write: 'note', isCommitted: true, isKilled: true }

async function faultsOf(changes: readonly Change[]): Promise<string[]> {
  if (!ORPHAN) throw new Error('there is no scenario')
  const mutant = await makeMutant(changes)
  try {
    const stage = await setStage({ store: 'embedded', grounds: { orphan: 1 }, root: mutant.root })
    try {
      stage.moveOn(ORPHAN.ground)
      const { isReached, faults } = await runCell(ORPHAN, KILLED_NOTE, stage)
      expect(isReached).toBe(true)
      return faults
    } finally {
      await stage.stop()
    }
  } finally {
    await mutant.remove()
  }
}

test.concurrent('a copy of the product without a change passes', async () => {
  expect(await faultsOf([])).toEqual([])
})

test.concurrent.each([
  ['the intent', WITHOUT_INTENT],
  ['the probe', WITHOUT_PROBE],
])('without %s the note is seen to be written twice', async (_name, changes) => {
  expect(await faultsOf(changes)).toContain('doubled: note 2 times instead of 1')
})

test.concurrent('with the stall limit of the product a look whose job saw two deaths is made', async () => {
  expect(await runStalling([], 90_000)).toEqual([])
})

test.concurrent("with BullMQ's own stall limit the case is seen to be lost", async () => {
  expect(await runStalling(DEFAULT_STALL_LIMIT, 25_000)).toContain('lost: snooze 0 times instead of 1')
})

test('a mutation that no longer fits the product says so', async () => {
  const outdated = { file: 'src/looks/bullmq-engine.ts', from: 'maxStalledCount: 4711', to: '' }
  await expect(makeMutant([outdated])).rejects.toThrow('0 times, not once')
})

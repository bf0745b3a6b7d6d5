import { waitUntil } from '../support/wait-until.ts'
import { judge } from './matrix.ts'
import { type Change, makeMutant } from './mutant.ts'
import { furnish, SCENARIOS } from './scenarios.ts'
import { setStage } from './stage.ts'

/** Locks that are given up after seconds, so that a look of a dead process is taken up as soon. */
const SHORT_LOCKS: Change = {
  file: 'src/looks/bullmq-engine.ts',
  from: '...STALLING, ...RECOVERY',
  to: '...STALLING, lockDuration: 1_000, stalledInterval: 500, ...RECOVERY',
}
/** A case that is not looked at by then is lost: another look at it is due 35 s after one that died. */
const SETTLING = { timeoutMs: 60_000, everyMs: 50 }
/**
 * Where it dies, life by life: in its look, and when the queue gives it the same job again, as it asks whether that is still
 * due. BullMQ's own limit forgives one death.
 */
const DEATHS = ['store.beginLook#1 after', 'store.triesIfDue#1 after'] as const

/** Kills the process twice while it holds the job of a look, on Redis, and judges what became of the case. */
export async function runStalling(changes: readonly Change[]): Promise<string[]> {
  const [scenario] = SCENARIOS
  if (!scenario) throw new Error('there is no scenario')
  const mutant = await makeMutant([SHORT_LOCKS, ...changes])
  const stage = await setStage({ store: 'redis', furnish, root: mutant.root })
  try {
    const [first, ...others] = DEATHS
    await stage.arm(first)
    const acted = scenario.act(stage)
    for (const next of [...others, null]) {
      await waitUntil('the process to die in its look', () => !stage.responder.isAlive(), SETTLING)
      stage.responder.launch(next === null ? {} : { DIE_AT: next })
    }
    await acted
    await waitUntil('the case to be settled', () => scenario.isSettled(stage), SETTLING).catch(() => undefined)
    return judge(scenario, stage)
  } finally {
    await stage.stop()
    await mutant.remove()
  }
}

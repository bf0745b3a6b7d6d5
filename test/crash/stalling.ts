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
/** One more than BullMQ's own limit forgives. */
const DEATHS = 3
/** A case that is not looked at by then is lost. */
const SETTLING = { timeoutMs: 30_000, everyMs: 50 }
const IN_THE_LOOK = 'store.beginLook#1 after'

/** Kills the process in its look at the same case time after time, on Redis, and judges what became of the case. */
export async function runStalling(changes: readonly Change[]): Promise<string[]> {
  const [scenario] = SCENARIOS
  if (!scenario) throw new Error('there is no scenario')
  const mutant = await makeMutant([SHORT_LOCKS, ...changes])
  const stage = await setStage({ store: 'redis', furnish, root: mutant.root })
  try {
    await stage.arm(IN_THE_LOOK)
    const acted = scenario.act(stage)
    for (let death = 1; death <= DEATHS; death += 1) {
      const isDead = await waitUntil(
        'the process to die in its look',
        () => !stage.responder.isAlive(),
        SETTLING,
      ).catch(() => false)
      // The queue has given the look up: nobody takes it any more.
      if (!isDead) break
      stage.responder.launch(death < DEATHS ? { DIE_AT: IN_THE_LOOK } : {})
    }
    await acted
    await waitUntil('the case to be settled', () => scenario.isSettled(stage), SETTLING).catch(() => undefined)
    return judge(scenario, stage)
  } finally {
    await stage.stop()
    await mutant.remove()
  }
}

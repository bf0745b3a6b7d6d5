import { waitUntil } from '../support/wait-until.ts'
import { judge } from './matrix.ts'
import { type Change, makeMutant } from './mutant.ts'
import { SCENARIOS } from './scenarios.ts'
import { setStage } from './stage.ts'

/** Turns, looks, roles and locks that are given up after seconds, so that what a dead process held is taken up as soon. */
const SHORT_LIVED: readonly Change[] = [
  {
    file: 'src/looks/bullmq-engine.ts',
    from: '...STALLING, ...RECOVERY',
    to: '...STALLING, lockDuration: 1_000, stalledInterval: 500, ...RECOVERY',
  },
  { file: 'src/store/redis/exclusive.ts', from: 'LEASE_LASTS_MS = 30_000', to: 'LEASE_LASTS_MS = 5_000' },
  { file: 'src/store/redis/exclusive.ts', from: 'RENEW_EVERY_MS = 10_000', to: 'RENEW_EVERY_MS = 1_000' },
  { file: 'src/store/redis/due.ts', from: 'LOOK_LASTS_MS = 35_000', to: 'LOOK_LASTS_MS = 6_000' },
  { file: 'src/store/redis/leadership.ts', from: 'LEASE_LASTS_MS = 15_000', to: 'LEASE_LASTS_MS = 5_000' },
  { file: 'src/store/redis/leadership.ts', from: 'RENEW_EVERY_MS = 5_000', to: 'RENEW_EVERY_MS = 1_000' },
]
const DYING = { timeoutMs: 60_000, everyMs: 50 }
/**
 * Where it dies, life by life: in its look, and when the queue gives it the same job again, as it asks whether that is still
 * due. BullMQ's own limit forgives one death.
 */
const DEATHS = ['store.beginLook#1 after', 'store.triesIfDue#1 after'] as const

/**
 * Kills the process twice while it holds the job of a look, on Redis, and judges what became of the case so long after: another
 * look at it is due 6 s after one that died.
 */
export async function runStalling(changes: readonly Change[], lostAfterMs: number): Promise<string[]> {
  const [scenario] = SCENARIOS
  if (!scenario) throw new Error('there is no scenario')
  const mutant = await makeMutant([...SHORT_LIVED, ...changes])
  const stage = await setStage({ store: 'redis', grounds: { orphan: 1 }, root: mutant.root })
  try {
    stage.moveOn(scenario.ground)
    const [first, ...others] = DEATHS
    await stage.arm(first)
    const acted = scenario.act(stage)
    for (const next of [...others, null]) {
      await waitUntil('the process to die in its look', () => !stage.responder.isAlive(), DYING)
      stage.responder.launch(next === null ? {} : { DIE_AT: next })
    }
    await acted
    const settling = { timeoutMs: lostAfterMs, everyMs: 50 }
    await waitUntil('the case to be settled', () => scenario.isSettled(stage), settling).catch(() => undefined)
    return judge(scenario, stage)
  } finally {
    await stage.stop()
    await mutant.remove()
  }
}

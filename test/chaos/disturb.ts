import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault, RequestMatch } from '../../sandbox/faults.ts'
import { WRITES } from '../crash/scenarios.ts'
import type { World } from '../crash/world.ts'
import type { Fleet } from './fleet.ts'
import type { ChaosOptions } from './options.ts'
import type { Random } from './random.ts'

/** One in so many kills hits Redis; half of those cut its file. */
const REDIS_SHARE = 0.15
/** The most that is cut off the append-only file, in bytes: what a write a second can lose under this load. */
const LONGEST_CUT_BYTES = 8_192
/** Acknowledgements of many incidents in one call. */
const MANY_ACKNOWLEDGED: RequestMatch = { upstream: 'pagerduty', method: 'PUT', path: /^\/incidents$/ }
/** Between two faults of the upstreams, in ms. */
const FAULT_EVERY_MS = 400

/** What was done to a run. */
export interface Damage {
  responderKills: number
  redisKills: number
  tailCuts: number
  faults: number
}

/** Kills at seeded random moments until all kills are dealt. */
export async function kill(
  { kills, killEveryMs }: Pick<ChaosOptions, 'kills' | 'killEveryMs'>,
  {
    world,
    fleet,
    random,
    signal,
    damage,
  }: { world: World; fleet: Fleet; random: Random; signal: AbortSignal; damage: Damage },
): Promise<void> {
  for (let dealt = 0; dealt < kills; dealt += 1) {
    // Exponential gaps: a process is as likely to die in its first moment as in any other.
    await delay(Math.min(-Math.log(1 - random.next()) * killEveryMs, 5 * killEveryMs), undefined, { signal })
    if (world.redis && random.isLess(REDIS_SHARE)) {
      damage.redisKills += 1
      await world.redis.kill()
      if (random.isLess(0.5)) {
        await cutTail(join(world.folder, 'redis', 'appendonlydir'), random.between(1, LONGEST_CUT_BYTES))
        damage.tailCuts += 1
      }
      await world.redis.restart()
    } else {
      damage.responderKills += 1
      fleet.killOne()
    }
  }
}

/** Cuts bytes off the newest append-only file, in the middle of a record as often as not; Redis drops the rest of that. */
async function cutTail(folder: string, bytes: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.incr.aof')).sort()
  const newest = files.at(-1)
  if (newest === undefined) throw new Error(`no append-only file in ${folder}`)
  const path = join(folder, newest)
  const { size } = await stat(path)
  await truncate(path, Math.max(0, size - bytes))
}

/** Spoils single requests of the upstreams until the signal. */
export async function disturb({
  world: { sandbox },
  random,
  signal,
  damage,
}: {
  world: World
  random: Random
  signal: AbortSignal
  damage: Damage
}): Promise<void> {
  const writes: RequestMatch[] = [...Object.values(WRITES), MANY_ACKNOWLEDGED]
  while (!signal.aborted) {
    await delay(FAULT_EVERY_MS * 2 * random.next(), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    sandbox.faults.add({ ...random.pick(writes), fault: random.pick(FAULTS) })
    damage.faults += 1
  }
}

const FAULTS: readonly Fault[] = [
  { kind: 'reset', when: 'before-commit' },
  { kind: 'reset', when: 'after-commit' },
  { kind: 'status', status: 503 },
  { kind: 'commitThenStatus', status: 502 },
  { kind: 'html', commits: true },
  { kind: 'truncatedJson' },
  { kind: 'rateLimited', retryAfterSeconds: 1 },
]

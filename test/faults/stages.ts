import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { type RedisOptions, type RedisServer, startRedis } from '../real/redis.ts'
import { type FaultStage, type FaultStageOptions, setFaultStage } from './fault-stage.ts'

export const STORES = ['embedded', 'redis'] as const
export type StoreKind = (typeof STORES)[number]

/** Databases of one Redis: a stage has its own, as it has its own folder. */
const DATABASES = 64

/** Sets the stages of one test file. Those on Redis share a server, which starts with the first of them; all stop at the end. */
export function stagesOfFile(options: RedisOptions = {}): {
  set: (kind: StoreKind, options?: Omit<FaultStageOptions, 'place'>) => Promise<FaultStage>
  redis: () => Promise<RedisServer>
} {
  let starting: Promise<RedisServer> | undefined
  let databases = 0
  const stages: FaultStage[] = []
  afterAll(async () => {
    await Promise.all(stages.map((stage) => stage.stop()))
    await (await starting)?.stop()
  })
  function redis(): Promise<RedisServer> {
    const args = ['--databases', String(DATABASES), ...(options.args ?? [])]
    starting ??= startRedis({ ...options, args })
    return starting
  }
  return {
    redis,
    async set(kind, given = {}) {
      const database = databases++
      const stage = await setFaultStage({
        ...given,
        place: async (folder): Promise<Record<string, string>> =>
          kind === 'redis' ? { REDIS_URL: `${(await redis()).url}/${database}` } : { DATA_DIR: join(folder, 'data') },
      })
      stages.push(stage)
      return stage
    },
  }
}

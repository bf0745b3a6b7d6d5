import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { OpenLookEngine } from './look-engine.ts'
import { openProcessEngine } from './process-engine.ts'

/** What runs the looks: replicas that share a Redis share them through it. That engine is loaded only where it is used. */
export async function lookEngineOf({ redisUrl }: Pick<Config, 'redisUrl'>, logger: Logger): Promise<OpenLookEngine> {
  if (redisUrl === null) return openProcessEngine
  const { bullmqEngine } = await import('./bullmq-engine.ts')
  return bullmqEngine({ redisUrl, logger })
}

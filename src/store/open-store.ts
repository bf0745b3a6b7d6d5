import type { Logger } from 'pino'
import type { Secret } from '../config/secret.ts'
import { openSqliteStore } from './sqlite/open.ts'
import type { Store } from './store.ts'

/** Where the state is kept. */
export interface StoreAddress {
  /** Directory of the embedded store, used where no Redis is named. */
  dataDir: string
  redisUrl: Secret | null
}

/**
 * Opens the store that the configuration names. The Redis adapter is loaded only where it is used.
 * @throws StoreUnavailableError when it can't be opened, or can't keep what the responder promises.
 */
export async function openStore(
  { dataDir, redisUrl }: StoreAddress,
  { now, logger }: { now: () => number; logger: Logger },
): Promise<Store> {
  if (redisUrl === null) return openSqliteStore(dataDir, now())
  const { openRedisStore } = await import('./redis/open.ts')
  return openRedisStore(redisUrl, { now, logger })
}

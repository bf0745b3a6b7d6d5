import type { StoreAddress } from './open-store.ts'
import { readSqliteStore } from './sqlite/open.ts'
import type { Store } from './store.ts'

/** What may be read of a store while the service runs on it. */
export type StoreReader = Pick<Store, 'caseById' | 'listCases' | 'setting' | 'auditRecords' | 'auditHead'> & {
  close(): Promise<void>
}

/**
 * Opens the store that the configuration names to read from it only: no role, lease or look is taken up.
 * @throws StoreUnavailableError when there is none, or it can't be reached.
 */
export async function openStoreReader({ dataDir, redisUrl }: StoreAddress): Promise<StoreReader> {
  if (redisUrl === null) return readSqliteStore(dataDir)
  const { readRedisStore } = await import('./redis/read.ts')
  return readRedisStore(redisUrl.read())
}

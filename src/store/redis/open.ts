import type { Logger } from 'pino'
import { StoreUnavailableError } from '../../errors.ts'
import type { Store } from '../store.ts'

/** Opens the store in Redis that every replica shares. @throws StoreUnavailableError when it can't be used. */
export async function openRedisStore(_url: string, _deps: { now: () => number; logger: Logger }): Promise<Store> {
  throw new StoreUnavailableError('the Redis store is not built yet')
}

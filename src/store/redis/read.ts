import { createLogger } from '../../telemetry/log.ts'
import type { CaseStore, SettingStore } from '../store.ts'
import { AuditChain, redisSettings } from './audit.ts'
import { redisCases } from './cases.ts'
import { openConnection } from './connection.ts'
import { HeldLeases } from './held-leases.ts'

/**
 * Opens the store in Redis to read from it only, beside the replicas that run on it: nothing is taken up or given back.
 * @throws StoreUnavailableError when it can't be reached.
 */
export async function readRedisStore(
  url: string,
): Promise<Pick<CaseStore, 'listCases'> & Pick<SettingStore, 'setting'> & { close(): Promise<void> }> {
  const connection = await openConnection(url, createLogger('silent'))
  const { listCases } = redisCases(connection, new HeldLeases())
  const { setting } = redisSettings(connection, new AuditChain(connection))
  return { listCases, setting, close: () => connection.close() }
}

import { createLogger } from '../../telemetry/log.ts'
import type { StoreReader } from '../store-reader.ts'
import { AuditChain, redisAudit, redisSettings } from './audit.ts'
import { redisCases } from './cases.ts'
import { openConnection } from './connection.ts'
import { HeldLeases } from './held-leases.ts'
import { refuseNewer } from './schema.ts'

/**
 * Opens the store in Redis to read from it only, beside the replicas that run on it: nothing is taken up or given back.
 * @throws StoreUnavailableError when it can't be reached, or was written by a newer program.
 */
export async function readRedisStore(url: string): Promise<StoreReader> {
  const connection = await openConnection(url, createLogger('silent'))
  try {
    await refuseNewer(connection)
  } catch (error) {
    await connection.close()
    throw error
  }
  const { caseById, listCases } = redisCases(connection, new HeldLeases())
  const chain = new AuditChain(connection)
  const { setting } = redisSettings(connection, chain)
  const { auditRecords, auditHead } = redisAudit(connection, chain)
  return { caseById, listCases, setting, auditRecords, auditHead, close: () => connection.close() }
}

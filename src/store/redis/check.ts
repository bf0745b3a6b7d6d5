import { createLogger } from '../../telemetry/log.ts'
import { openConnection } from './connection.ts'
import { assertKeepsPromises, parseFields } from './guard.ts'

/**
 * What the Redis of an address is, one clause for people, once it has shown that it keeps what it acknowledges. Writes
 * nothing, and closes its connection.
 * @throws StoreUnavailableError when it can't be reached or can't be trusted with the state.
 */
export async function checkRedis(url: string): Promise<string> {
  const connection = await openConnection(url, createLogger('silent'))
  try {
    await assertKeepsPromises(connection)
    const told = parseFields(await connection.ask((redis) => redis.info()))
    const memory = told.get('used_memory_human') ?? 'unknown'
    const limit = told.get('maxmemory')
    const bound = limit === undefined || limit === '0' ? 'no limit' : `${told.get('maxmemory_human') ?? limit} at most`
    return `Redis ${told.get('redis_version') ?? ''} answers, append-only file on, ${memory} used, ${bound}`
  } finally {
    await connection.close()
  }
}

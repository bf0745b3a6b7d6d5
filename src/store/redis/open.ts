import type { Logger } from 'pino'
import type { RedisAddress } from '../../config/redis-address.ts'
import type { Store } from '../store.ts'
import { AuditChain, redisAudit, redisSettings } from './audit.ts'
import { redisCases } from './cases.ts'
import { openConnection, type RedisConnection } from './connection.ts'
import { redisDeliveries } from './deliveries.ts'
import { giveLooksBack, redisDue, reviveGivenUp } from './due.ts'
import { redisEffects } from './effects.ts'
import { RedisExclusive } from './exclusive.ts'
import { assertKeepsPromises } from './guard.ts'
import { HeldLeases } from './held-leases.ts'
import { openHistory, thawedByMode } from './history.ts'
import { redisIncidentEvents } from './incident-events.ts'
import { redisLeadership } from './leadership.ts'
import { redisMessageIndex } from './message-index.ts'
import { migrateRedis } from './schema.ts'

interface OpenDeps {
  now: () => number
  logger: Logger
}

/**
 * Opens the store in Redis that every replica shares: nothing that another one may change is kept in this process.
 * @throws StoreUnavailableError when it can't be reached, can't keep what the responder promises, or was written by a newer program.
 */
export async function openRedisStore(address: RedisAddress, deps: OpenDeps): Promise<Store> {
  const connection = await openConnection(address, deps.logger)
  try {
    return await openOn(connection, deps)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function openOn(connection: RedisConnection, deps: OpenDeps): Promise<Store> {
  const { now } = deps
  await assertKeepsPromises(connection)
  await migrateRedis(connection, deps)
  const chain = new AuditChain(connection)
  const history = await openHistory(connection, {
    ...deps,
    onFrozen: (why) => chain.append({ kind: 'frozen', actor: 'responder', record: { why }, nowMs: now() }, ['none']),
  })
  const leases = new HeldLeases()
  const exclusive = new RedisExclusive(connection, leases, deps)
  const leadership = redisLeadership(connection, deps)
  await reviveGivenUp(connection, now())
  return {
    ...redisDeliveries(connection),
    ...redisIncidentEvents(connection),
    ...redisCases(connection, leases),
    ...redisDue(connection, leases),
    ...redisEffects(connection, leases, chain),
    ...thawedByMode(redisSettings(connection, chain), history),
    ...redisAudit(connection, chain),
    messages: redisMessageIndex(connection),
    exclusive,
    leadership,
    history,
    async checkWritable() {
      await connection.ask((client) => client.incr(connection.key('checks')))
    },
    async close() {
      exclusive.stop()
      history.stop()
      await leadership.stop()
      // What can't be given back any more is found by the others within a minute.
      await giveLooksBack(connection, leases, now()).catch(() => undefined)
      await connection.close()
    },
  }
}

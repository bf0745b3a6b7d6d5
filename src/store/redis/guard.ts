import { StoreUnavailableError } from '../../errors.ts'
import type { RedisConnection } from './connection.ts'

/** The oldest Redis whose commands the store uses (ZADD LT and GT, GET in SET). */
const OLDEST: readonly [number, number] = [6, 2]

/**
 * Ensures that what Redis acknowledges it keeps: nothing evicted, every write appended to its file, no read-only copy.
 * @throws StoreUnavailableError that says what is to be set, each fault of it.
 */
export async function assertKeepsPromises(connection: RedisConnection): Promise<void> {
  const told = parseFields(await info(connection))
  if (!told.has('redis_version'))
    throw new StoreUnavailableError('Redis does not tell how it is set up: let its user run INFO (+info)')
  const policy = (await evictionPolicy(connection)) ?? told.get('maxmemory_policy')
  const faults = [evictionFault(policy), fileFault(told), roleFault(told), versionFault(told)].filter(
    (fault) => fault !== null,
  )
  if (faults.length > 0) throw new StoreUnavailableError(`Redis can't be trusted with the state: ${faults.join('; ')}`)
}

/** What Redis tells of itself; nothing where it answers, but not this. */
async function info(connection: RedisConnection): Promise<string> {
  try {
    return await connection.ask((redis) => redis.info())
  } catch {
    await connection.ask((redis) => redis.ping())
    return ''
  }
}

/** As Redis is set now, or null where CONFIG is not allowed or not there, as with managed ones. */
async function evictionPolicy(connection: RedisConnection): Promise<string | null> {
  const answer = await connection.ask((redis) => redis.config('GET', 'maxmemory-policy')).catch(() => [])
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null
}

function evictionFault(policy: string | undefined): string | null {
  if (policy === 'noeviction') return null
  return `it may evict keys when its memory is full (maxmemory-policy ${policy ?? 'unknown'}): set maxmemory-policy noeviction`
}

function fileFault(told: ReadonlyMap<string, string>): string | null {
  return told.get('aof_enabled') === '1'
    ? null
    : 'it keeps no append-only file, so a restart loses what it acknowledged: set appendonly yes'
}

function roleFault(told: ReadonlyMap<string, string>): string | null {
  return told.get('role') === 'master'
    ? null
    : 'it is a read-only replica of another one: set REDIS_URL to the address of the primary'
}

function versionFault(told: ReadonlyMap<string, string>): string | null {
  const version = told.get('redis_version') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld ? `it is version ${version}: run Redis ${OLDEST.join('.')} or newer` : null
}

/** The lines `name:value` of INFO. */
export function parseFields(info: string): Map<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : []
    }),
  )
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { StoreUnavailableError } from '../../errors.ts'
import { luaScript, type RedisConnection } from './connection.ts'
import { LUA_KEY } from './lua.ts'
import { integer } from './reply.ts'

/**
 * What brings the keys of one version to the next, in order: pieces of Lua that may use `k`. Entries are never edited once
 * released. Redis takes nothing back of a script that fails half-way: a step must do no harm when it is run again. The first
 * shape is version 1; `schema` holds the version, which a store older than this list lacks.
 */
const STEPS: readonly string[] = []

/** Programs of an older version see within a beat, a second, that a newer one is about to migrate, and do nothing more, in ms. */
const GRACE_MS = 3_000
/** A program that announced and died has to be waited for no longer, in ms. */
const ANNOUNCED_FOR_MS = 60_000

const FIND = `${LUA_KEY}
local found = tonumber(redis.call('GET', k('schema')) or '1')
local is_new = redis.call('EXISTS', k('schema')) == 0 and redis.call('EXISTS', k('settings')) == 0
`

/** Arguments: our version, how long an announcement lasts. Returns the version found; a new store is of ours at once. */
const ANNOUNCE = luaScript(`${FIND}
local ours, lasts_ms = tonumber(ARGV[1]), ARGV[2]
if is_new or found == ours then
  redis.call('SET', k('schema'), ours)
  return ours
end
if found < ours then redis.call('SET', k('schema-announced'), ours, 'PX', lasts_ms) end
return found
`)

/** One script, so that all steps are done or none. Another replica may have been quicker. Returns the version then. */
function migration(steps: readonly string[]) {
  const guarded = steps.map((step, at) => `if found == ${at + 1} then\n${step}\nfound = ${at + 2}\nend\n`)
  return luaScript(`${FIND}
${guarded.join('')}
redis.call('SET', k('schema'), found)
redis.call('DEL', k('schema-announced'))
return found
`)
}

/** The version that a program with these steps writes. */
export function schemaVersion(steps: readonly string[] = STEPS): number {
  return steps.length + 1
}

/**
 * Brings the store forward to this program's version. Programs of an older one that still run are told before, and wait.
 * @throws StoreUnavailableError when a newer program wrote it: an older one must not guess what it means.
 */
export async function migrateRedis(
  connection: RedisConnection,
  { logger, steps = STEPS, graceMs = GRACE_MS }: { logger: Logger; steps?: readonly string[]; graceMs?: number },
): Promise<void> {
  const ours = schemaVersion(steps)
  const found = integer(await connection.run(ANNOUNCE, [ours, ANNOUNCED_FOR_MS]), 'the schema version')
  if (found > ours) throw new StoreUnavailableError(tooNew(found, ours))
  if (found === ours) return
  logger.info({ from: found, to: ours }, 'the store is migrated')
  await sleep(graceMs)
  const now = integer(await connection.run(migration(steps), []), 'the schema version')
  if (now > ours) throw new StoreUnavailableError(tooNew(now, ours))
}

/** Refuses a store of a newer program, and writes nothing. @throws StoreUnavailableError */
export async function refuseNewer(connection: RedisConnection): Promise<void> {
  const kept = await connection.ask((redis) => redis.get(connection.key('schema')))
  const found = kept === null ? 1 : integer(kept, 'the schema version')
  if (found > schemaVersion()) throw new StoreUnavailableError(tooNew(found, schemaVersion()))
}

export function tooNew(found: number, ours: number): string {
  return `the schema of the store in Redis is version ${found}, this program knows up to ${ours}: run the newer program, or restore a backup`
}

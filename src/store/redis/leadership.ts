import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Leadership, Role } from '../leadership.ts'
import { luaScript, type RedisConnection } from './connection.ts'
import { LUA_KEY } from './lua.ts'
import { integer } from './reply.ts'

/** A role passes to another replica when its holder has not renewed it for so long, by Redis's clock, in ms. */
const LEASE_LASTS_MS = 15_000
const RENEW_EVERY_MS = 5_000
/** The holder gives it up so long before Redis would, in ms: clocks do not run alike, and work under way has to end. */
const MARGIN_MS = 1_500
/** How long after the end of another's lease the role is asked for, in ms. */
const AFTER_END_MS = 20

/** Takes a free role or renews an own one. Returns 0 where it is held then, else for how many ms another one has it. */
const HOLD = luaScript(`${LUA_KEY}
local role, id, lasts_ms = unpack(ARGV)
local holder = redis.call('GET', k('role', role))
if holder and holder ~= id then return math.max(1, redis.call('PTTL', k('role', role))) end
redis.call('SET', k('role', role), id, 'PX', lasts_ms)
return 0
`)

/** Gives a role back, if it is one's own. */
const GIVE_BACK = luaScript(`${LUA_KEY}
local role, id = unpack(ARGV)
if redis.call('GET', k('role', role)) == id then redis.call('DEL', k('role', role)) end
return 0
`)

interface Sought {
  role: Role
  changes: { gained: () => void; lost: () => void }
  isHeld: boolean
  /** Until when it is certain that nobody else has it, by this process's monotonic clock (ms). */
  heldUntilMs: number
  /** The next try, and the giving up. */
  next: NodeJS.Timeout | undefined
  end: NodeJS.Timeout | undefined
  trying: Promise<void>
}

/**
 * Roles by leases in Redis. A holder that can't renew in time has given the role up by its own clock before Redis lets
 * another replica have it.
 */
export function redisLeadership(connection: RedisConnection, { logger }: { logger: Logger }): Leadership {
  const id = randomUUID()
  const sought = new Map<Role, Sought>()
  let isStopped = false

  function tryAgain(seeking: Sought, inMs: number): void {
    if (isStopped) return
    clearTimeout(seeking.next)
    seeking.next = setTimeout(() => {
      seeking.trying = tryToHold(seeking)
    }, inMs).unref()
  }

  /** Never rejects: a Redis that does not answer is asked again. */
  async function tryToHold(seeking: Sought): Promise<void> {
    // The lease begins later than it is asked for, so it can't end before this time has passed.
    const askedAtMs = performance.now()
    try {
      const othersMs = integer(await connection.run(HOLD, [seeking.role, id, LEASE_LASTS_MS]), 'a role')
      if (othersMs === 0) {
        keep(seeking, askedAtMs + LEASE_LASTS_MS - MARGIN_MS)
        tryAgain(seeking, RENEW_EVERY_MS)
      } else {
        lose(seeking)
        tryAgain(seeking, Math.min(RENEW_EVERY_MS, othersMs + AFTER_END_MS))
      }
    } catch (error) {
      if (seeking.isHeld) logger.warn({ role: seeking.role, err: error }, 'role could not be renewed')
      tryAgain(seeking, seeking.isHeld ? RENEW_EVERY_MS / 5 : RENEW_EVERY_MS)
    }
  }

  function keep(seeking: Sought, untilMs: number): void {
    const leftMs = untilMs - performance.now()
    // The answer came so late that another one may have the role by now.
    if (isStopped || leftMs <= 0) return
    seeking.heldUntilMs = untilMs
    clearTimeout(seeking.end)
    seeking.end = setTimeout(() => lose(seeking), leftMs).unref()
    if (seeking.isHeld) return
    seeking.isHeld = true
    logger.info({ role: seeking.role }, 'role taken')
    seeking.changes.gained()
  }

  function lose(seeking: Sought): void {
    clearTimeout(seeking.end)
    if (!seeking.isHeld) return
    seeking.isHeld = false
    logger.warn({ role: seeking.role }, 'role given up')
    seeking.changes.lost()
  }

  return {
    seek(role, changes) {
      if (isStopped || sought.has(role)) return
      const seeking: Sought = {
        role,
        changes,
        isHeld: false,
        heldUntilMs: 0,
        next: undefined,
        end: undefined,
        trying: Promise.resolve(),
      }
      sought.set(role, seeking)
      seeking.trying = tryToHold(seeking)
    },
    holds(role) {
      const seeking = sought.get(role)
      // The clock is asked too: a process that was stopped has not heard its timer yet.
      return seeking?.isHeld === true && performance.now() < seeking.heldUntilMs
    },
    async stop() {
      isStopped = true
      for (const seeking of sought.values()) {
        clearTimeout(seeking.next)
        lose(seeking)
      }
      await Promise.all([...sought.values()].map((seeking) => giveBack(seeking)))
      sought.clear()
    },
  }

  /** Never rejects: what can't be given back ends by itself. */
  async function giveBack({ role, trying }: Sought): Promise<void> {
    await trying
    try {
      await connection.run(GIVE_BACK, [role, id])
    } catch (error) {
      logger.warn({ role, err: error }, 'role could not be given back')
    }
  }
}

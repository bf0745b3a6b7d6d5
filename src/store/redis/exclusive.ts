import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Exclusive, ProcessExclusive } from '../exclusive.ts'
import { luaScript, type RedisConnection } from './connection.ts'
import { LOOK_LASTS_MS } from './due.ts'
import type { HeldLeases, Lease } from './held-leases.ts'
import { LUA_ARG, LUA_END_LOOK, LUA_KEY } from './lua.ts'
import { textOrNull, texts } from './reply.ts'

/** A turn passes to another replica when nothing is heard of its holder for so long, by Redis's clock, in ms. */
export const LEASE_LASTS_MS = 30_000
const RENEW_EVERY_MS = 10_000
/** A turn that Redis could not be told the end of is given back after this, in ms, and again for as long as it could last. */
const GIVE_BACK_AGAIN_MS = 250
const SHORTEST_POLL_MS = 10
const LONGEST_POLL_MS = 100
/** A process that waits and has not asked for so long does not wait any more, in ms. */
const WAITER_LASTS_MS = 1_500

/** Gives the name to the one who waits longest. Asked again with the same id it returns the same turn: an answer may be lost. */
const ACQUIRE = luaScript(`${LUA_KEY}
local name, id, lasts_ms, waiter_lasts_ms = unpack(ARGV)
local time = redis.call('TIME')
local clock_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('GET', k('lease', name))
if held and string.sub(held, -#id) == id then
  redis.call('PEXPIRE', k('lease', name), lasts_ms)
  return held
end
local waiting, seen = k('lease-waiting', name), k('lease-seen', name)
local first = redis.call('ZRANGE', waiting, 0, 0)[1]
while first and first ~= id and tonumber(redis.call('HGET', seen, first) or 0) < clock_ms - waiter_lasts_ms do
  redis.call('ZREM', waiting, first)
  redis.call('HDEL', seen, first)
  first = redis.call('ZRANGE', waiting, 0, 0)[1]
end
if not held and (not first or first == id) then
  redis.call('ZREM', waiting, id)
  redis.call('HDEL', seen, id)
  local value = redis.call('INCR', k('lease-fence')) .. '.' .. id
  redis.call('SET', k('lease', name), value, 'PX', lasts_ms)
  return value
end
redis.call('ZADD', waiting, 'NX', clock_ms, id)
redis.call('HSET', seen, id, clock_ms)
redis.call('EXPIRE', waiting, 60)
redis.call('EXPIRE', seen, 60)
return false
`)

/** Renews turns, and with a group's turn the look at it. Returns the names that were lost. */
const RENEW = luaScript(`${LUA_KEY}${LUA_ARG}
local lasts_ms, look_lasts_ms, leases = arg(), arg(), arg()
local time = redis.call('TIME')
local clock_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local lost = {}
for _ = 1, leases do
  local name, value = arg(), arg()
  if redis.call('GET', k('lease', name)) == value then
    redis.call('PEXPIRE', k('lease', name), lasts_ms)
    if redis.call('HGET', k('look-holders'), name) == value then
      redis.call('ZADD', k('looks'), 'XX', clock_ms + look_lasts_ms, name)
    end
  else
    lost[#lost + 1] = name
  end
end
return lost
`)

/** Gives a turn back. A look that did not end in it is due again by itself, should nobody say when. */
const RELEASE = luaScript(`${LUA_KEY}${LUA_END_LOOK}
local name, value, look_again_at = unpack(ARGV)
if redis.call('GET', k('lease', name)) == value then redis.call('DEL', k('lease', name)) end
if redis.call('HGET', k('look-holders'), name) == value then
  local after = end_look(name)
  if after and tonumber(after) < tonumber(look_again_at) then look_again_at = after end
  redis.call('ZADD', k('due'), 'LT', look_again_at, name)
end
return 0
`)

interface ExclusiveDeps {
  now: () => number
  logger: Logger
  /** Milliseconds between two renewals. Default 10,000. */
  renewEveryMs?: number
}

/**
 * Turns over all replicas. Within the process those who want a name stand in line, so that one of them asks Redis; who
 * stops renewing, dead or stopped, loses the turn, and the journal then refuses what it would intend. A turn that ended while
 * Redis was away is given back once it answers again: nobody has to wait until it lapses.
 */
export class RedisExclusive implements Exclusive {
  readonly #redis: RedisConnection
  readonly #leases: HeldLeases
  readonly #deps: ExclusiveDeps
  readonly #line = new ProcessExclusive()
  readonly #held = new Set<Lease>()
  readonly #givingBack = new Set<NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined

  constructor(redis: RedisConnection, leases: HeldLeases, deps: ExclusiveDeps) {
    this.#redis = redis
    this.#leases = leases
    this.#deps = deps
  }

  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#line.run(name, async () => {
      const lease = await this.#acquire(name)
      try {
        return await this.#leases.run(lease, work)
      } finally {
        await this.#release(lease)
      }
    })
  }

  /** Renews nothing any more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#held.clear()
    for (const timer of this.#givingBack) clearTimeout(timer)
  }

  async #acquire(name: string): Promise<Lease> {
    const id = randomUUID()
    for (let pollMs = SHORTEST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      const value = textOrNull(await this.#redis.run(ACQUIRE, [name, id, LEASE_LASTS_MS, WAITER_LASTS_MS]), 'a turn')
      if (value !== null) {
        const lease: Lease = { name, value, isOver: false }
        this.#held.add(lease)
        this.#timer ??= setInterval(() => void this.#renew(), this.#deps.renewEveryMs ?? RENEW_EVERY_MS).unref()
        return lease
      }
      await delay(pollMs)
    }
  }

  async #renew(): Promise<void> {
    const leases = [...this.#held].flatMap(({ name, value }) => [name, value])
    try {
      const args = [LEASE_LASTS_MS, LOOK_LASTS_MS, this.#held.size, ...leases]
      const lost = texts(await this.#redis.run(RENEW, args), 'the turns')
      for (const name of lost) this.#deps.logger.warn({ name }, 'turn passed to another replica')
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'turns could not be renewed')
    }
  }

  /** Never rejects: a turn that can't be given back ends by itself, and the work is done. */
  async #release(lease: Lease): Promise<void> {
    lease.isOver = true
    this.#held.delete(lease)
    if (this.#held.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    if (!(await this.#giveBack(lease))) this.#giveBackLater(lease, performance.now() + LEASE_LASTS_MS)
  }

  async #giveBack({ name, value }: Lease): Promise<boolean> {
    try {
      await this.#redis.run(RELEASE, [name, value, Math.ceil(this.#deps.now() + LOOK_LASTS_MS)])
      return true
    } catch (error) {
      this.#deps.logger.debug({ err: error, name }, 'turn could not be given back yet')
      return false
    }
  }

  /** After `lapsedAtMs`, by the monotonic clock, there is nothing left to give back. */
  #giveBackLater(lease: Lease, lapsedAtMs: number): void {
    const timer = setTimeout(() => {
      this.#givingBack.delete(timer)
      void this.#giveBack(lease).then((isDone) => {
        if (!isDone && performance.now() < lapsedAtMs) this.#giveBackLater(lease, lapsedAtMs)
      })
    }, GIVE_BACK_AGAIN_MS).unref()
    this.#givingBack.add(timer)
  }
}

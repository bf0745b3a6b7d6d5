import { createHash } from 'node:crypto'
import { type ChainableCommander, Redis } from 'ioredis'
import type { Logger } from 'pino'
import { addressNow, type RedisAddress, reconnecting } from '../../config/redis-address.ts'
import { StoreUnavailableError } from '../../errors.ts'

/** Stands before every key, so that other programs may share the Redis. */
const KEY_PREFIX = 'kp-responder:'
/** Longest wait for the answer to one command, in ms. */
const COMMAND_DEADLINE_MS = 4_000
/** A connection on which an answer is owed and nothing comes is given up and made anew, in ms. */
const SILENCE_LIMIT_MS = 6_000
const CONNECT_DEADLINE_MS = 4_000
const LONGEST_RECONNECT_WAIT_MS = 2_000

/** Answers that a Redis in good order never gives: the value is of another kind, or the script is at fault. */
const PROGRAM_FAULTS = ['WRONGTYPE', 'ERR user_script', 'ERR Error running script', 'ERR Error compiling script']

/** A Lua script that Redis runs as one change; it must do no harm when it is run twice. */
export interface LuaScript {
  readonly lua: string
  readonly sha: string
}

export function luaScript(lua: string): LuaScript {
  return { lua, sha: createHash('sha1').update(lua, 'utf8').digest('hex') }
}

/** The store's one connection to Redis. Whatever goes wrong on it rejects with StoreUnavailableError, within seconds. */
export class RedisConnection {
  readonly #redis: Redis
  #refusedWhy: string | null = null

  constructor(redis: Redis) {
    this.#redis = redis
  }

  /** The full name of a key. */
  key(name: string, id?: string): string {
    return id === undefined ? `${KEY_PREFIX}${name}` : `${KEY_PREFIX}${name}:${id}`
  }

  /** The answer of one command. @throws StoreUnavailableError when none came: what it was to change may have been changed. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#refusedWhy !== null) throw new StoreUnavailableError(this.#refusedWhy)
    try {
      return await command(this.#redis)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  /** The answers of several commands, run by Redis in one go (MULTI). @throws StoreUnavailableError as `ask`. */
  async askAll(fill: (batch: ChainableCommander) => void): Promise<unknown[]> {
    const answers = await this.ask(async (redis) => {
      const batch = redis.multi()
      fill(batch)
      return batch.exec()
    })
    return (answers ?? []).map(([error, answer]) => {
      if (error) throw toStoreError(error)
      return answer
    })
  }

  /** What the script returns. Its first key is the prefix of all keys. @throws StoreUnavailableError as `ask`. */
  run(script: LuaScript, args: readonly (string | number)[]): Promise<unknown> {
    return this.ask(async (redis) => {
      try {
        return await redis.evalsha(script.sha, 1, KEY_PREFIX, ...args)
      } catch (error) {
        // A Redis that was started anew knows no script; nothing has been run.
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error
        return await redis.eval(script.lua, 1, KEY_PREFIX, ...args)
      }
    })
  }

  /** Asks nothing more from now on: whatever is asked rejects with this sentence. */
  refuse(why: string): void {
    this.#refusedWhy = why
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }
}

/** Connects to Redis, and again by itself whenever the connection is lost. @throws StoreUnavailableError when it can't be reached. */
export async function openConnection(address: RedisAddress, logger: Logger): Promise<RedisConnection> {
  let isOpen = false
  let isAway = false
  let why = ''
  function sayAway(): void {
    if (isOpen && !isAway) logger.warn({ why }, 'Redis is away')
    isAway = true
  }
  // What is not there at the start is no outage: whoever starts the process tries again.
  const redis = createClient(address, (tries) => (isOpen ? reconnectWaitMs(tries) : null))
  redis.on('error', (error: unknown) => {
    // Only its text: ioredis hangs the command with its arguments, a password too, on the error.
    why = messageOf(error)
    sayAway()
  })
  redis.on('reconnecting', sayAway)
  redis.on('ready', () => {
    if (isOpen && isAway) logger.info('Redis is back')
    isAway = false
  })
  try {
    await redis.connect()
  } catch (error) {
    if (redis.status !== 'end') redis.disconnect()
    throw new StoreUnavailableError(`Redis can't be reached: ${why || messageOf(error)}`)
  }
  isOpen = true
  return new RedisConnection(redis)
}

function reconnectWaitMs(tries: number): number {
  return Math.min(25 * 2 ** Math.min(tries, 10), LONGEST_RECONNECT_WAIT_MS)
}

function createClient(address: RedisAddress, waitMs: (tries: number) => number | null): Redis {
  const url = addressNow(address)
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new StoreUnavailableError('REDIS_URL is no address of a Redis: redis://[user:password@]host:port[/database]')
  }
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_DEADLINE_MS,
    commandTimeout: COMMAND_DEADLINE_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    // Nothing is kept for later or sent twice behind the caller's back: while Redis is away every command fails at once.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: reconnecting(address, waitMs),
    // After a failover the old primary is a replica: the same name may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
}

/** The one place where a failure of Redis gets the name that callers know. It carries no cause: that holds what was sent. */
function toStoreError(error: unknown): Error {
  if (error instanceof StoreUnavailableError) return error
  const message = messageOf(error)
  if (PROGRAM_FAULTS.some((fault) => message.startsWith(fault))) {
    return new TypeError(`the store in Redis holds what this program can't use: ${message}`)
  }
  return new StoreUnavailableError(`Redis did not take or answer it: ${message}`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

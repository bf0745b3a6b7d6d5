import type { Secret } from './secret.ts'

/** Where Redis is: one address for good, or a secret that may be changed while the service runs. */
export type RedisAddress = string | Secret

/** @throws Error when its file can't be read. */
export function addressNow(address: RedisAddress): string {
  return typeof address === 'string' ? address : address.read()
}

/** What a connection of ioredis proves itself with when it begins. */
interface Credentials {
  username?: string
  password?: string
}

/**
 * How ioredis comes back from a lost or refused connection: with the user and the password that the address has by then.
 * A connection that stands goes on, as Redis asks for a password only when one begins. Host and database stay what they
 * were, since another Redis holds another state: that is for a restart.
 *
 * It belongs to the options of its connection, and so to those of each copy that BullMQ makes of it.
 */
export function reconnecting(address: RedisAddress, waitMs: (tries: number) => number | null) {
  return function retryStrategy(this: Credentials, tries: number): number | null {
    Object.assign(this, credentialsNow(address))
    return waitMs(tries)
  }
}

/** None where the file is away or half written: then those of before are tried again. */
function credentialsNow(address: RedisAddress): Credentials {
  try {
    const { username, password } = new URL(addressNow(address))
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    return {}
  }
}

import { createHash, randomBytes } from 'node:crypto'
import { safeEqual } from '../model/safe-equal.ts'

/** How long a sign-in lasts. */
export const SESSION_MS = 12 * 3_600_000
/** Sessions kept at once; the oldest goes first. */
const LIMIT = 1_000
/** Bytes of randomness in a session's id and in its form token. */
const RANDOM_BYTES = 32

export interface Operator {
  name: string
  token: string
}

export interface Session {
  name: string
  /** Stands in every form of the session; a page of another site can't read it. */
  formToken: string
}

/** Signed-in browsers, in memory: a restart signs everybody out. */
export interface Sessions {
  /** The id for the cookie. */
  open(operator: Operator): string
  /** The session, or null once it ended or its operator's token is no longer among those configured. */
  find(id: string, operators: readonly Operator[]): Session | null
  close(id: string): void
}

interface Entry extends Session {
  tokenDigest: string
  endsAtMs: number
}

export function createSessions(now: () => number): Sessions {
  const entries = new Map<string, Entry>()
  return {
    open(operator) {
      for (const [id, entry] of entries) if (entry.endsAtMs <= now()) entries.delete(id)
      const [oldest] = entries.keys()
      if (entries.size >= LIMIT && oldest !== undefined) entries.delete(oldest)
      const id = randomToken()
      entries.set(digestOf(id), {
        name: operator.name,
        formToken: randomToken(),
        tokenDigest: digestOf(operator.token),
        endsAtMs: now() + SESSION_MS,
      })
      return id
    },
    find(id, operators) {
      const key = digestOf(id)
      const entry = entries.get(key)
      if (!entry) return null
      const isConfigured = operators.some(
        ({ name, token }) => name === entry.name && safeEqual(digestOf(token), entry.tokenDigest),
      )
      if (entry.endsAtMs > now() && isConfigured) return { name: entry.name, formToken: entry.formToken }
      entries.delete(key)
      return null
    },
    close(id) {
      entries.delete(digestOf(id))
    },
  }
}

function randomToken(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url')
}

/** Ids and tokens are looked up by digest, so that no comparison takes longer for a better guess. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { KEY_BYTES } from './sealed-cookie.ts'

const SETTING = 'sessions'
/** Turns over all replicas: two sign-outs at once must both be remembered. */
const TURN = 'sessions'
/** Sign-outs remembered at once. Above it the key changes, which signs everybody out. */
const ENDED_LIMIT = 1_000

const Ledger = z.object({
  key: z.base64url(),
  /** Id and end (ms) of each session that was ended before its time. */
  ended: z.array(z.tuple([z.string(), z.number()])),
})

export interface SessionKeys {
  key: Uint8Array
  hasEnded(id: string): boolean
}

/**
 * What all replicas know of sessions: the key that seals their cookies, made once and kept in the store, and which of
 * them were ended by signing out. Read from the store each time, so that a sign-out counts at once everywhere.
 */
export class SessionLedger {
  readonly #store: Pick<Store, 'setting' | 'putSetting' | 'exclusive'>
  readonly #now: () => number

  constructor(store: Pick<Store, 'setting' | 'putSetting' | 'exclusive'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** @throws StoreUnavailableError */
  async read(): Promise<SessionKeys> {
    const { key, ended } = (await this.#stored()) ?? (await this.#begin())
    const ids = new Set(ended.map(([id]) => id))
    return { key: Buffer.from(key, 'base64url'), hasEnded: (id) => ids.has(id) }
  }

  /** Ends a session for good; it is forgotten once its cookie would not be good any more. @throws StoreUnavailableError */
  async end(id: string, endsAtMs: number): Promise<void> {
    await this.#store.exclusive.run(TURN, async () => {
      const { key, ended } = (await this.#stored()) ?? newLedger()
      const standing = ended.filter(([, ends]) => ends > this.#now())
      const next = standing.length >= ENDED_LIMIT ? newLedger() : { key, ended: [...standing, [id, endsAtMs] as const] }
      await this.#store.putSetting(SETTING, JSON.stringify(next))
    })
  }

  async #begin(): Promise<z.infer<typeof Ledger>> {
    return this.#store.exclusive.run(TURN, async () => {
      // Another replica may have been quicker.
      const found = await this.#stored()
      if (found) return found
      const first = newLedger()
      await this.#store.putSetting(SETTING, JSON.stringify(first))
      return first
    })
  }

  /** Null where there is none, or none that can be read: then a new key signs everybody out. */
  async #stored(): Promise<z.infer<typeof Ledger> | null> {
    const text = await this.#store.setting(SETTING)
    try {
      return Ledger.parse(JSON.parse(text ?? 'null'))
    } catch {
      return null
    }
  }
}

function newLedger(): z.infer<typeof Ledger> {
  return { key: randomBytes(KEY_BYTES).toString('base64url'), ended: [] }
}

import { z } from 'zod'
import type { SettingStore } from '../store/store.ts'

/** What an etcd was when it was last believed: another cluster, or an older state of it, is not believed in its stead. */
export interface EtcdIdentity {
  clusterId: string
  /** The highest revision seen. */
  revision: bigint
}

const identitySchema = z
  .string()
  .transform((text) => JSON.parse(text))
  .pipe(
    z.object({
      clusterId: z.string(),
      revision: z
        .string()
        .regex(/^\d+$/)
        .transform((digits) => BigInt(digits)),
    }),
  )

/** The identity of each etcd, kept over restarts as the settings `etcd.seen.<name>`. */
export class EtcdMemory {
  readonly #store: SettingStore
  readonly #known = new Map<string, EtcdIdentity>()

  constructor(store: SettingStore) {
    this.#store = store
  }

  /** Null before the etcd was ever believed. @throws Error when the store can't be read, or holds something else. */
  async recall(name: string): Promise<EtcdIdentity | null> {
    const known = this.#known.get(name)
    if (known) return known
    const stored = await this.#store.setting(settingName(name))
    // Two readers may come here at once: what one has learnt meanwhile is newer than what the other has read.
    const meanwhile = this.#known.get(name)
    if (meanwhile || stored === null) return meanwhile ?? null
    const identity = identitySchema.parse(stored)
    this.#known.set(name, identity)
    return identity
  }

  /** Keeps the higher revision: answers of looks that ran side by side come in any order. */
  async learn(name: string, seen: EtcdIdentity): Promise<void> {
    const known = this.#known.get(name)
    if (known && known.clusterId === seen.clusterId && known.revision >= seen.revision) return
    await this.#store.putSetting(
      settingName(name),
      JSON.stringify({ clusterId: seen.clusterId, revision: String(seen.revision) }),
    )
    this.#known.set(name, seen)
  }
}

function settingName(name: string): string {
  return `etcd.seen.${name}`
}

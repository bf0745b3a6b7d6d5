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

  /**
   * Null before the etcd was ever believed. Asked of the store each time: another replica may have seen more.
   * @throws Error when the store can't be read, or holds something else.
   */
  async recall(name: string): Promise<EtcdIdentity | null> {
    const stored = await this.#store.setting(settingName(name))
    // What this process has learnt meanwhile may be newer than what it has read, and not be stored yet.
    const known = this.#known.get(name) ?? null
    if (stored === null) return known
    const identity = identitySchema.parse(stored)
    const isNewer = !known || known.clusterId !== identity.clusterId || known.revision < identity.revision
    if (isNewer) this.#known.set(name, identity)
    return isNewer ? identity : known
  }

  /** Keeps the higher revision: answers of looks that ran side by side, here or at other replicas, come in any order. */
  async learn(name: string, seen: EtcdIdentity): Promise<void> {
    const known = await this.recall(name)
    // Another etcd was believed first, by another replica: this one is compared with that from the next look on.
    if (known && (known.clusterId !== seen.clusterId || known.revision >= seen.revision)) return
    this.#known.set(name, seen)
    await this.#store.putSetting(
      settingName(name),
      JSON.stringify({ clusterId: seen.clusterId, revision: String(seen.revision) }),
    )
  }
}

function settingName(name: string): string {
  return `etcd.seen.${name}`
}

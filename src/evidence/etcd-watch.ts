import type { EtcdFacts } from '../model/facts.ts'

/** Most clusters that wait for one etcd; a case beyond them is judged again by its own timer only. */
const WAITING_LIMIT = 10_000

export type EtcdOutcome = EtcdFacts['outcome']

/** A cluster as an etcd is asked about it. */
export interface AskedCluster {
  clusterId: string
  accountId: string
  region: string
}

export interface EtcdWatchOptions {
  /** Asks again, about one of those that wait. Never rejects. */
  probe: (cluster: AskedCluster) => Promise<EtcdOutcome>
  /** Called with all that waited when the answer became another. */
  onChange: (clusterIds: readonly string[]) => void
  everyMs: number
}

/** The clusters whose last answer from one etcd proved nothing. It asks only while there is one. */
export class EtcdWatch {
  readonly #options: EtcdWatchOptions
  readonly #waiting = new Map<string, AskedCluster>()
  #trouble: EtcdOutcome | null = null
  #timer: NodeJS.Timeout | null = null
  #isClosed = false

  constructor(options: EtcdWatchOptions) {
    this.#options = options
  }

  /** Takes in the answer that a look at a cluster got. */
  note(cluster: AskedCluster, outcome: EtcdOutcome): void {
    if (this.#trouble !== null && this.#trouble !== outcome) this.#release(cluster.clusterId)
    if (isWell(outcome)) return
    this.#trouble = outcome
    if (this.#waiting.size < WAITING_LIMIT) this.#waiting.set(cluster.clusterId, cluster)
    this.#schedule()
  }

  close(): void {
    this.#isClosed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer) return
    this.#timer = setTimeout(() => void this.#probe(), this.#options.everyMs)
    this.#timer.unref()
  }

  async #probe(): Promise<void> {
    const [cluster] = this.#waiting.values()
    const outcome = cluster ? await this.#options.probe(cluster) : null
    this.#timer = null
    if (outcome !== null && outcome !== this.#trouble) this.#release(null)
    if (this.#waiting.size > 0) this.#schedule()
  }

  /** Those that waited are judged again, and come back if they still get no proof; `exceptId` is being judged now. */
  #release(exceptId: string | null): void {
    const released = [...this.#waiting.keys()].filter((clusterId) => clusterId !== exceptId)
    this.#waiting.clear()
    this.#trouble = null
    if (released.length > 0 && !this.#isClosed) this.#options.onChange(released)
  }
}

function isWell(outcome: EtcdOutcome): boolean {
  switch (outcome) {
    case 'present':
    case 'absent':
      return true
    case 'unavailable':
    case 'not-trusted':
      return false
    default:
      return outcome satisfies never
  }
}

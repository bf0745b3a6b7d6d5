import type { EtcdClient } from '../clients/etcd.ts'
import type { Policy } from '../config/policy.ts'
import type { EtcdFacts } from '../model/facts.ts'
import type { SettingStore } from '../store/store.ts'
import { EtcdMemory } from './etcd-memory.ts'
import { assess, type EtcdFinding } from './etcd-trust.ts'
import { type AskedCluster, EtcdWatch } from './etcd-watch.ts'
import type { EtcdEvidence } from './gather.ts'

/** How often an etcd that gave no proof is asked again, in ms. Its cases are to be judged within a minute of its return. */
const PROBE_EVERY_MS = 30_000
/** The name under which the etcd that serves every region is remembered; no region is called so. */
const FALLBACK_NAME = 'default'

interface Place {
  name: string
  client: EtcdClient
  watch: EtcdWatch
}

type KeyTemplates = Pick<Policy['etcd'], 'clusterKeys' | 'sentinelKey'>

export interface EtcdEvidenceOptions {
  clients: {
    /** Serves every region, unless `regions` names any. */
    fallback: EtcdClient | null
    regions: ReadonlyMap<string, EtcdClient>
  }
  policy: () => KeyTemplates
  store: SettingStore
  now: () => number
  /** How often an etcd that gave no proof is asked again, in ms. Default 30,000. */
  probeEveryMs?: number
}

/** The cluster records of every region's etcd. */
export interface EtcdReader extends EtcdEvidence {
  /** Calls the listener with the clusters to judge again, when an etcd that proved nothing of them answers otherwise. */
  onRecovered(listener: (clusterIds: readonly string[]) => void): void
  /** Stops asking and drops the connections. */
  close(): void
}

/** A reader of cluster records. Nothing is contacted before it is asked. Source: PRODUCT.md section 4, rows 7 to 11. */
export function createEtcdEvidence(options: EtcdEvidenceOptions): EtcdReader {
  const { clients, policy, now } = options
  const memory = new EtcdMemory(options.store)
  const listeners: ((clusterIds: readonly string[]) => void)[] = []
  const regions = new Map([...clients.regions].map(([region, client]) => [region, placeOf(region, client)]))
  const fallback = clients.fallback && regions.size === 0 ? placeOf(FALLBACK_NAME, clients.fallback) : null
  const places = fallback ? [fallback] : [...regions.values()]

  function placeOf(name: string, client: EtcdClient): Place {
    const watch = new EtcdWatch({
      everyMs: options.probeEveryMs ?? PROBE_EVERY_MS,
      probe: async (cluster) => (await find({ name, client }, cluster)).outcome,
      onChange(clusterIds) {
        for (const listener of listeners) listener(clusterIds)
      },
    })
    return { name, client, watch }
  }

  async function find(place: Omit<Place, 'watch'>, cluster: AskedCluster): Promise<EtcdFinding> {
    try {
      return await lookTwice(place, keysOf(cluster, policy()))
    } catch {
      // Only the store rejects. Without its memory nobody can tell this etcd from another.
      return { outcome: 'unavailable', why: 'what was seen of this etcd before is not readable', trusted: null }
    }
  }

  async function lookTwice({ name, client }: Omit<Place, 'watch'>, keys: readonly string[]): Promise<EtcdFinding> {
    // Recalled before the look: a look that runs beside this one may learn a higher revision while this one waits.
    const known = await memory.recall(name)
    const first = assess(await client.look(keys), { known, keys })
    if (!first.trusted) return first
    const { clusterId, revision, endpoint } = first.trusted
    await memory.learn(name, { clusterId, revision })
    if (first.outcome !== 'absent' || client.endpoints.length < 2) return first
    const second = assess(await client.look(keys, { except: endpoint }), { known: { clusterId, revision }, keys })
    switch (second.outcome) {
      case 'present':
      case 'not-trusted':
        return second
      case 'absent':
        return { ...second, why: `${first.why}; ${second.why}` }
      case 'unavailable':
        return { ...second, why: `${first.why}, but no other member confirms it: ${second.why}` }
      default:
        return second.outcome satisfies never
    }
  }

  return {
    async lookUp(cluster): Promise<EtcdFacts> {
      const observedAtMs = now()
      const place = fallback ?? regions.get(cluster.region)
      if (!place) {
        const why = `no etcd is configured for region ${cluster.region}`
        return { outcome: 'unavailable', why, revision: null, observedAtMs }
      }
      const { outcome, why, trusted } = await find(place, cluster)
      place.watch.note(cluster, outcome)
      return { outcome, why, revision: trusted ? String(trusted.revision) : null, observedAtMs }
    },
    onRecovered: (listener) => void listeners.push(listener),
    close() {
      for (const { watch, client } of places) {
        watch.close()
        client.close()
      }
    },
  }
}

/** The sentinel first, then every exact key of the cluster. The ids are matched by strict grammars before they come here. */
function keysOf({ clusterId, accountId, region }: AskedCluster, { sentinelKey, clusterKeys }: KeyTemplates): string[] {
  const values: Readonly<Record<string, string>> = { clusterId, accountId, region }
  const fill = (template: string): string =>
    template.replace(/\{(clusterId|accountId|region)\}/g, (_, name: string) => values[name] ?? '')
  return [sentinelKey, ...clusterKeys].map(fill)
}

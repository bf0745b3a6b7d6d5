import type { EtcdAnswer, EtcdClient } from '../clients/etcd.ts'
import type { EtcdFacts } from '../model/facts.ts'
import type { EtcdIdentity } from './etcd-memory.ts'

/** What one look proves. */
export type EtcdFinding = Pick<EtcdFacts, 'outcome' | 'why'> & {
  /** The answer, where it is believed. */
  trusted: EtcdAnswer | null
}

/**
 * What an answer about the sentinel key and the cluster's keys, in this order, proves. An empty answer alone proves
 * nothing: a wrong prefix, a wrong etcd, an empty one and a deleted cluster look the same.
 */
export function assess(
  answer: Awaited<ReturnType<EtcdClient['look']>>,
  { known, keys }: { known: EtcdIdentity | null; keys: readonly string[] },
): EtcdFinding {
  if (answer.kind !== 'read') {
    if (answer.kind === 'refused') return distrusted(`etcd can't be read: ${answer.why}`)
    return { outcome: 'unavailable', why: `etcd gives no linearizable answer: ${answer.why}`, trusted: null }
  }
  const { endpoint, revision, clusterId, alarms } = answer
  const [sentinel = 0, ...records] = answer.counts
  if (known && known.clusterId !== clusterId)
    return distrusted(`etcd at ${endpoint} is cluster ${hex(clusterId)} now, and was ${hex(known.clusterId)} before`)
  if (known && revision < known.revision)
    return distrusted(
      `the revision of etcd at ${endpoint} went back from ${known.revision} to ${revision}: an older state was restored`,
    )
  if (sentinel === 0)
    return distrusted(
      `etcd at ${endpoint} does not hold the sentinel key ${keys[0]} (revision ${revision}): wrong prefix or etcd`,
    )
  if (alarms.length > 0)
    return distrusted(
      `etcd at ${endpoint} has raised the alarm ${[...new Set(alarms)].join(', ')} (revision ${revision})`,
    )
  const isPresent = records.some((count) => count > 0)
  const present = keys.slice(1).filter((_, index) => (records[index] ?? 0) > 0)
  return {
    outcome: isPresent ? 'present' : 'absent',
    why: isPresent
      ? `etcd at ${endpoint} holds ${present.join(', ')} at revision ${revision}`
      : `etcd at ${endpoint} holds the sentinel key, and none of ${keys.slice(1).join(', ')}, at revision ${revision}`,
    trusted: answer,
  }
}

function distrusted(why: string): EtcdFinding {
  return { outcome: 'not-trusted', why, trusted: null }
}

/** Cluster ids as etcdctl and etcd's log print them. */
function hex(id: string): string {
  return BigInt(id).toString(16)
}

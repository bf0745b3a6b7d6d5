import { createEtcdClient, type EtcdClient } from '../../clients/etcd.ts'
import type { Config } from '../../config/config.ts'
import type { EtcdAccess } from '../../config/etcd-access.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Each etcd: a linearizable answer, the sentinel, alarms; and, with a cluster that is known to live, the key template. */
export async function checkEtcd({ etcd, policy }: Config, { clusterId }: { clusterId: string | null }): Promise<Finding[]> {
  if (!etcd)
    return [warn('etcd', 'is not configured: "Error finding ETCD info" is always left to people', 'set ETCD_ENDPOINTS, or etcd.regions in the policy')]
  const places: [string, EtcdAccess][] =
    etcd.regions.size > 0 ? [...etcd.regions] : etcd.fallback ? [['default', etcd.fallback]] : []
  const findings: Finding[] = []
  for (const [name, access] of places) {
    const client = createEtcdClient(access)
    try {
      findings.push(...(await checkPlace(client, { check: `etcd ${name}`, policy: policy.etcd, clusterId })))
    } finally {
      client.close()
    }
  }
  return findings
}

async function checkPlace(
  client: EtcdClient,
  { check, policy, clusterId }: { check: string; policy: Config['policy']['etcd']; clusterId: string | null },
): Promise<Finding[]> {
  const keys = policy.clusterKeys.map((template) => template.replaceAll('{clusterId}', clusterId ?? ''))
  const isFilled = clusterId !== null && keys.every((key) => !key.includes('{'))
  const answer = await client.look([policy.sentinelKey, ...(isFilled ? keys : [])])
  if (answer.kind === 'refused') return [fail(check, `refuses us: ${answer.why}`, 'check user, role and certificates: read on the keys and the sentinel')]
  if (answer.kind === 'unavailable') return [fail(check, `gives no linearizable answer: ${answer.why}`, 'check ETCD_ENDPOINTS and the quorum')]
  const [sentinel = 0, ...records] = answer.counts
  if (sentinel === 0)
    return [
      fail(check, `does not hold the sentinel key ${policy.sentinelKey}: nothing it says of a cluster is believed`, `put it once, beside the records: etcdctl put ${policy.sentinelKey} kp-responder`),
    ]
  const well = ok(check, `answers, with the sentinel, revision ${answer.revision}`)
  const alarmed = answer.alarms.length > 0 ? [fail(check, `has raised ${[...new Set(answer.alarms)].join(', ')}`, 'resolve the alarm: etcdctl alarm list')] : []
  if (!isFilled)
    return [well, ...alarmed, warn(check, `whether ${policy.clusterKeys.join(', ')} is where records are is not known`, 'run doctor with --cluster ID of a cluster that lives')]
  return records.some((count) => count > 0)
    ? [well, ...alarmed, ok(check, `holds a record of ${clusterId}: the key template is right`)]
    : [well, ...alarmed, fail(check, `holds none of ${keys.join(', ')}: every cluster would look deleted`, 'correct etcd.clusterKeys in the policy')]
}

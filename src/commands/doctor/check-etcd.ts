import { createEtcdClient, type EtcdClient } from '../../clients/etcd.ts'
import type { Config } from '../../config/config.ts'
import type { EtcdAccess } from '../../config/etcd-access.ts'
import type { Policy } from '../../config/policy.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

interface Asked {
  check: string
  policy: Policy['etcd']
  clusterId: string | null
}

/** Each etcd: a linearizable answer, the sentinel, alarms; and, with a cluster that is known to live, the key template. */
export async function* checkEtcd(
  { etcd, policy }: Config,
  { clusterId }: { clusterId: string | null },
): AsyncGenerator<Finding> {
  if (!etcd) {
    yield warn(
      'etcd',
      'is not configured: "Error finding ETCD info" is always left to people',
      'set ETCD_ENDPOINTS, or etcd.regions in the policy',
    )
    return
  }
  const places: [string, EtcdAccess][] =
    etcd.regions.size > 0 ? [...etcd.regions] : etcd.fallback ? [['default', etcd.fallback]] : []
  // Side by side: each has a deadline of its own.
  const all = places.map(async ([name, access]) => {
    const client = createEtcdClient(access)
    try {
      return await checkPlace(client, { check: `etcd ${name}`, policy: policy.current().etcd, clusterId })
    } finally {
      client.close()
    }
  })
  for (const findings of await Promise.all(all)) yield* findings
}

async function checkPlace(client: EtcdClient, { check, policy, clusterId }: Asked): Promise<Finding[]> {
  const keys = policy.clusterKeys.map((template) => template.replaceAll('{clusterId}', clusterId ?? ''))
  const isFilled = clusterId !== null && keys.every((key) => !key.includes('{'))
  const answer = await client.look([policy.sentinelKey, ...(isFilled ? keys : [])])
  if (answer.kind === 'refused')
    return [fail(check, `refuses us: ${answer.why}`, 'check user, role and certificates: read on keys and sentinel')]
  if (answer.kind !== 'read')
    return [fail(check, `gives no linearizable answer: ${answer.why}`, 'check ETCD_ENDPOINTS and the quorum')]
  const [sentinel = 0, ...records] = answer.counts
  if (sentinel === 0) {
    const says = `does not hold the sentinel key ${policy.sentinelKey}: nothing it says of a cluster is believed`
    return [fail(check, says, `put it once, beside the records: etcdctl put ${policy.sentinelKey} kp-responder`)]
  }
  const findings = [ok(check, `answers, with the sentinel, revision ${answer.revision}`)]
  const alarms = [...new Set(answer.alarms)]
  if (alarms.length > 0) findings.push(fail(check, `has raised ${alarms.join(', ')}`, 'resolve it: etcdctl alarm list'))
  return [...findings, templateFinding({ check, policy, clusterId }, isFilled ? { keys, records } : null)]
}

function templateFinding(
  { check, policy, clusterId }: Asked,
  looked: { keys: readonly string[]; records: readonly number[] } | null,
): Finding {
  const templates = policy.clusterKeys.join(', ')
  if (!looked)
    return warn(
      check,
      `whether ${templates} is where records are is not known`,
      'run doctor with --cluster ID of a cluster that lives',
    )
  return looked.records.some((count) => count > 0)
    ? ok(check, `holds a record of ${clusterId}: the key template is right`)
    : fail(
        check,
        `holds none of ${looked.keys.join(', ')}: every cluster would look deleted`,
        'correct etcd.clusterKeys in the policy',
      )
}

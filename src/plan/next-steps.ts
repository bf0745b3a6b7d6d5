import type { Policy } from '../config/policy.ts'
import type { Reason } from '../model/verdict.ts'
import { CHANNELS } from '../runbook/channels.ts'
import { FAILURES_QUERY } from '../runbook/debugging.ts'
import { logSearchLine } from '../runbook/log-search.ts'

/** What the steps are about: null where the alert, or its error text, does not tell. */
export interface StepContext {
  clusterId: string | null
  accountId: string | null
  region: string | null
  corrId: string | null
  policy: Pick<Policy, 'links' | 'etcd'>
}

/** What a person does next, most useful first, by reason. Source: runbook, Actions to take and General Debugging. */
export function nextSteps(reason: Reason, context: StepContext): string[] {
  const { links } = context.policy
  const id = context.clusterId ?? 'CLUSTER_ID'
  const logs = logSearchLine(context.policy, context)
  const hub = `on the hub: kubectl -n armada get pods | grep armada-kp-events; kubectl -n armada logs POD | grep ${id}`
  const prometheus = `in Prometheus: ${FAILURES_QUERY.expression}`
  switch (reason) {
    case 'cluster-unidentified':
      return [`find the cluster ${prometheus}`, logs]
    case 'kms-update-failed':
    case 'master-operation-failed':
      return [`resolve the failed master operation first: ${links.masterOperations}`, logs]
    case 'evidence-unavailable':
      return [
        `search ${CHANNELS.kpEventsAlerts.link} and ${CHANNELS.deployFailure.link} for ${id} by hand`,
        logs,
        prometheus,
      ]
    case 'busy':
    case 'migration-blocked':
      return [`if it does not end by itself, look for a failed kms_update: ${links.masterOperations}`, logs]
    case 'no-error-text':
    case 'unrecognised-error':
    case 'migration-undetermined':
      return [logs, `search ${CHANNELS.kpEventsAlerts.link} for ${id}`, hub, prometheus]
    case 'etcd-unavailable':
      return [
        'resolve the etcd issue first: etcdctl endpoint health --cluster; etcdctl endpoint status --cluster',
        logs,
      ]
    case 'etcd-not-trusted':
      return [`check the responder's etcd access and key mapping: kp-responder doctor; ${etcdGet(context)}`, logs]
    case 'etcd-record-present':
      return [`look whether etcd was away at the time of the error: etcdctl endpoint status --cluster`, hub, logs]
    case 'orphaned-key-registration':
      return ['the orphaned key registration has to be removed by the owning team; see the issue', etcdGet(context)]
    case 'deletion-unproven':
      return [
        `verify in ${CHANNELS.deployAlerts.link} that ${id} was deleted, then open an issue for the orphaned key registration`,
        etcdGet(context),
      ]
    // Their message is the runbook's advice already.
    case 'migration-cluster-state':
    case 'migration-key-not-in-use':
    case 'migration-key-not-readable':
    case 'migration-key-state':
    case 'migration-not-authorized':
    case 'migration-provider-error':
      return [logs]
  }
}

/** The linearizable reads of the cluster's own keys. */
function etcdGet({ clusterId, accountId, region, policy }: StepContext): string {
  const keys = policy.etcd.clusterKeys.map((key) =>
    key
      .replaceAll('{clusterId}', clusterId ?? 'CLUSTER_ID')
      .replaceAll('{accountId}', accountId ?? 'ACCOUNT_ID')
      .replaceAll('{region}', region ?? 'REGION'),
  )
  return keys.map((key) => `etcdctl get --keys-only '${key}'`).join('; ')
}

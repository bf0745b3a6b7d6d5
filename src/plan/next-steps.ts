import type { Policy } from '../config/policy.ts'
import type { Reason } from '../model/verdict.ts'

interface StepContext {
  clusterId: string | null
  links: Policy['links']
}

/** What a person does next, most useful first, by reason. Source: runbook, Actions to take and General Debugging. */
export function nextSteps(reason: Reason, { clusterId, links }: StepContext): string[] {
  const id = clusterId ?? 'CLUSTER_ID'
  const pods =
    'kubectl -n armada get pods -l app=armada-kp-events; kubectl -n armada logs -l app=armada-kp-events --tail=200'
  const logs =
    links.logSearch === ''
      ? `search the logs of app armada-kp-events for ${id}`
      : `logs: ${links.logSearch.replaceAll('{clusterId}', id)}`
  switch (reason) {
    case 'cluster-unidentified':
      return ['find the cluster: sum by (CRN) (delta(armada_kp_events_status{status="failed"}[5m])) > 0', logs]
    case 'kms-update-failed':
    case 'master-operation-failed':
      return [`resolve the failed master operation first: ${links.masterOperations}`]
    case 'evidence-unavailable':
      return [`search #armada-kp-events-alerts and #armada-deploy-failure for ${id} by hand`, logs]
    case 'busy':
    case 'migration-blocked':
      return [`if it does not end by itself, look for a failed kms_update: ${links.masterOperations}`]
    case 'no-error-text':
    case 'unrecognised-error':
    case 'migration-undetermined':
      return [`search #armada-kp-events-alerts for ${id}`, logs, `on the hub: ${pods}`]
    case 'etcd-unavailable':
      return ['resolve the etcd issue first: etcdctl endpoint health; etcdctl endpoint status']
    case 'etcd-not-trusted':
      return ["check the responder's etcd access and key mapping: kp-responder doctor"]
    case 'etcd-record-present':
      return [`etcd holds the record now; check whether etcd was away at the time of the error, then: ${pods}`]
    case 'orphaned-key-registration':
      return ['the orphaned key registration has to be removed by the owning team; see the issue']
    case 'deletion-unproven':
      return [
        `verify in #armada-deploy-alerts that ${id} was deleted, then open an issue for the orphaned key registration`,
      ]
    case 'migration-cluster-state':
      return [`look at the state of cluster ${id}; verify that its master is not stuck in another operation`]
    case 'migration-key-not-in-use':
      return ['verify that the migration intent names the right source root key']
    case 'migration-key-not-readable':
    case 'migration-not-authorized':
      return ['verify the service authorizations; ask in #iam-adopters with the CorrID']
    case 'migration-key-state':
      return ['have the customer verify that the key is enabled']
    case 'migration-provider-error':
      return ['ask in #key-protect (Key Protect) or #hp-crypto-kms (HPCS) with the CorrID']
  }
}

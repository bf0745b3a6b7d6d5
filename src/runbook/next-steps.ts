import type { Policy } from '../config/policy.ts'
import type { Step } from '../model/step.ts'
import type { Reason } from '../model/verdict.ts'
import { CHANNELS } from './channels.ts'
import { FAILURES_QUERY } from './debugging.ts'
import { logSearchLine } from './log-search.ts'

/** What the steps are about: null where the alert, or its error text, does not tell. */
export interface StepContext {
  clusterId: string | null
  accountId: string | null
  region: string | null
  corrId: string | null
  policy: Pick<Policy, 'links' | 'etcd'>
}

/** What a person does next, most useful first, by reason. Source: runbook, Actions to take and General Debugging. */
export function stepsFor(reason: Reason, context: StepContext): Step[] {
  const { links } = context.policy
  const id = context.clusterId ?? 'CLUSTER_ID'
  const logs = say(logSearchLine(context.policy, context))
  const hub = run('on the hub', [
    'kubectl -n armada get pods | grep armada-kp-events',
    `kubectl -n armada logs POD | grep ${id}`,
  ])
  const prometheus = run('in Prometheus', [FAILURES_QUERY.expression])
  const etcd = etcdGets(context)
  switch (reason) {
    case 'cluster-unidentified':
      return [run('find the cluster in Prometheus', [FAILURES_QUERY.expression]), logs]
    case 'kms-update-failed':
    case 'master-operation-failed':
      return [say(`resolve the failed master operation first: ${links.masterOperations}`), logs]
    case 'evidence-unavailable':
      return [
        say(`search ${CHANNELS.kpEventsAlerts.link} and ${CHANNELS.deployFailure.link} for ${id} by hand`),
        logs,
        prometheus,
      ]
    case 'busy':
    case 'migration-blocked':
      return [say(`if it does not end by itself, look for a failed kms_update: ${links.masterOperations}`), logs]
    case 'no-error-text':
    case 'unrecognised-error':
    case 'migration-undetermined':
      return [logs, say(`search ${CHANNELS.kpEventsAlerts.link} for ${id}`), hub, prometheus]
    case 'etcd-unavailable':
      return [
        run('resolve the etcd issue first', ['etcdctl endpoint health --cluster', 'etcdctl endpoint status --cluster']),
        logs,
      ]
    case 'etcd-not-trusted':
      return [run("check the responder's etcd access and key mapping", ['kp-responder doctor', ...etcd]), logs]
    case 'etcd-record-present':
      return [
        run('look whether etcd was away at the time of the error', ['etcdctl endpoint status --cluster']),
        hub,
        logs,
      ]
    case 'orphaned-key-registration':
      return [say('the orphaned key registration has to be removed by the owning team; see the issue'), run('', etcd)]
    case 'deletion-unproven':
      return [
        say(
          `verify in ${CHANNELS.deployAlerts.link} that ${id} was deleted, then open an issue for the orphaned key registration`,
        ),
        run('', etcd),
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

/** The step on one line. */
export function toLine({ text, commands }: Step): string {
  return [text, commands.join('; ')].filter((part) => part !== '').join(': ')
}

function say(text: string): Step {
  return { text, commands: [] }
}

function run(text: string, commands: readonly string[]): Step {
  return { text, commands }
}

/** The linearizable reads of the cluster's own keys. */
function etcdGets({ clusterId, accountId, region, policy }: StepContext): string[] {
  const keys = policy.etcd.clusterKeys.map((key) =>
    key
      .replaceAll('{clusterId}', clusterId ?? 'CLUSTER_ID')
      .replaceAll('{accountId}', accountId ?? 'ACCOUNT_ID')
      .replaceAll('{region}', region ?? 'REGION'),
  )
  return keys.map((key) => `etcdctl get --keys-only '${key}'`)
}

import { createKubernetesClient, type KubernetesClient } from '../../clients/kubernetes.ts'
import type { Config } from '../../config/config.ts'
import type { KubernetesHub } from '../../config/kubernetes-access.ts'
import type { Policy } from '../../config/policy.ts'
import { TransientError } from '../../errors.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, off, ok } from './finding.ts'

/** Each hub: its pods, and the log of one of them. */
export async function* checkKubernetes(
  { kubernetes, policy }: Config,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  if (!kubernetes) {
    const says = 'neither KUBERNETES_KUBECONFIG nor KUBERNETES_IN_CLUSTER is set: no hub is looked at'
    yield off('kubernetes', says)
    return
  }
  const client = createKubernetesClient({ now })
  const place = policy.current().kubernetes
  for (const findings of await Promise.all(kubernetes.hubs.map((hub) => checkHub(hub, { client, place }))))
    yield* findings
}

async function checkHub(
  hub: KubernetesHub,
  { client, place }: { client: KubernetesClient; place: Policy['kubernetes'] },
): Promise<Finding[]> {
  const check = `kubernetes ${hub.name}`
  const { namespace, selector, container } = place
  const [pods, failure] = await attempt(check, () => client.pods(targetOf(hub), { namespace, selector }))
  if (!pods) return [failure]
  const [pod] = pods
  if (!pod) {
    const says = `no pod matches ${selector} in namespace ${namespace}`
    return [fail(check, says, 'correct kubernetes.namespace and kubernetes.selector in the policy')]
  }
  const listed = ok(check, `lists ${pods.length} ${pods.length === 1 ? 'pod' : 'pods'} in namespace ${namespace}`)
  const query = { namespace, pod: pod.metadata.name, container, tailLines: 1, sinceSeconds: 60 }
  const [lines, refused] = await attempt(`${check} logs`, () => client.log(targetOf(hub), query))
  return [listed, lines ? ok(`${check} logs`, 'can be read') : refused]
}

function targetOf(hub: KubernetesHub) {
  try {
    return hub.target()
  } catch (error) {
    throw new TransientError('not-sent', error instanceof Error ? error.message : 'no access')
  }
}

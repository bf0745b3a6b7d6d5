import { createIamPoliciesClient, type IamPoliciesClient } from './clients/iam-policies.ts'
import { createIamTokens, type IamTokens } from './clients/iam-token.ts'
import { createKeyProtectClient, type KeyProtectClient } from './clients/key-protect.ts'
import { createKubernetesClient } from './clients/kubernetes.ts'
import type { Config } from './config/config.ts'
import type { FindingReader } from './evidence/findings/finding-source.ts'
import { createIamFindings } from './evidence/findings/iam-findings.ts'
import { ringOfKey } from './evidence/findings/key-instances.ts'
import { createKeyProtectFindings } from './evidence/findings/key-protect-findings.ts'
import { createKubernetesFindings } from './evidence/findings/kubernetes-findings.ts'
import type { KeyCrn } from './model/key-crn.ts'
import type { Metrics, Upstream } from './telemetry/metrics.ts'

interface CloudDeps {
  metrics: Metrics | null
  now: () => number
}

/** The clients of IBM Cloud that the configuration asks for, all with one token; null for each that is not asked. */
export interface CloudClients {
  tokens: IamTokens
  keyProtect: KeyProtectClient | null
  policies: IamPoliciesClient | null
}

/** Null where no API key is given. Nothing is called yet. */
export function connectIbmCloud({ ibmCloud }: Pick<Config, 'ibmCloud'>, deps: CloudDeps): CloudClients | null {
  if (!ibmCloud) return null
  const { metrics, now } = deps
  const { iamUrl, apiKey, sources, keysUrlOf } = ibmCloud
  const tokens = createIamTokens({ url: iamUrl, apiKey, now, observe: metrics?.callObserver('iam') })
  return {
    tokens,
    keyProtect: sources.has('key-protect')
      ? createKeyProtectClient({ urlOf: keysUrlOf, tokens, now, ...told('key-protect', deps) })
      : null,
    policies: sources.has('iam') ? createIamPoliciesClient({ url: iamUrl, tokens, now, ...told('iam', deps) }) : null,
  }
}

/** Who asks Key Protect, IAM and Kubernetes, as far as they are configured. */
export function cloudReaders(
  config: Pick<Config, 'ibmCloud' | 'kubernetes' | 'policy'>,
  deps: CloudDeps,
): FindingReader[] {
  const { ibmCloud, kubernetes, policy } = config
  const { metrics, now } = deps
  const clients = connectIbmCloud(config, deps)
  const readers: FindingReader[] = []
  if (ibmCloud && clients?.keyProtect)
    readers.push(createKeyProtectFindings({ client: clients.keyProtect, urlOf: ibmCloud.keysUrlOf, policy, now }))
  if (clients?.policies) {
    const ringOf = (key: KeyCrn) => ringOfKey(key, { client: clients.keyProtect, policy })
    readers.push(createIamFindings({ client: clients.policies, ringOf, now }))
  }
  if (kubernetes) {
    const observing = metrics ? { observe: metrics.callObserver('kubernetes') } : {}
    const client = createKubernetesClient({ now, ...observing })
    readers.push(createKubernetesFindings({ client, access: kubernetes, policy, now }))
  }
  return readers
}

function told(upstream: Upstream, { metrics }: Pick<CloudDeps, 'metrics'>) {
  return metrics ? { observe: metrics.callObserver(upstream), onCircuit: metrics.circuitObserver(upstream) } : {}
}

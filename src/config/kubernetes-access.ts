import { readFileSync } from 'node:fs'
import { type KubernetesTarget, readKubeconfig } from './kubeconfig.ts'

/** Where Kubernetes puts a pod's token and the authority of its API server. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The hub whose pods are looked at. */
export interface KubernetesHub {
  /** What people call it: a context's name, or `this cluster`. */
  name: string
  /** Reads tokens and certificates anew: they rotate. @throws Error with one sentence, without a secret. */
  target(): KubernetesTarget
}

export interface KubernetesAccess {
  /** The hub that an alert of this carrier is about; null where no hub is known to be it. `carrier` is null where the alert names none. */
  hubOf(carrier: string | null): KubernetesHub | null
  /** Every hub that is configured. */
  hubs: readonly KubernetesHub[]
}

interface KubernetesVariables {
  kubeconfig: string | undefined
  isInCluster: boolean
  carrier: string | undefined
  /** As Kubernetes sets them in every pod. */
  host: string | undefined
  port: string | undefined
  serviceAccountDirectory?: string
}

/** Kubernetes' access, or null where no hub is to be looked at; what is missing or wrong joins the faults. */
export function toKubernetesAccess(given: KubernetesVariables, faults: string[]): KubernetesAccess | null {
  const { kubeconfig, isInCluster, carrier } = given
  if (kubeconfig !== undefined && isInCluster)
    faults.push('KUBERNETES_KUBECONFIG: is given beside KUBERNETES_IN_CLUSTER: unset one of them')
  if (kubeconfig !== undefined) return ofKubeconfig(kubeconfig, carrier, faults)
  if (isInCluster) return ofOwnCluster(given, faults)
  if (carrier !== undefined)
    faults.push('KUBERNETES_CARRIER: is given without KUBERNETES_KUBECONFIG or KUBERNETES_IN_CLUSTER')
  return null
}

/** A context that is named like the alert's carrier is its hub; else the current one, unless that is known to be another's. */
function ofKubeconfig(path: string, ownCarrier: string | undefined, faults: string[]): KubernetesAccess {
  const hub = (name: string): KubernetesHub => ({ name, target: () => readKubeconfig(path).target(name) })
  let names: readonly string[] = []
  let current: string | null = null
  try {
    const file = readKubeconfig(path)
    names = file.contexts
    current = file.currentContext
    if (current !== null) file.target(current)
    else if (ownCarrier !== undefined) faults.push('KUBERNETES_CARRIER: the kubeconfig has no current-context to be it')
  } catch (error) {
    faults.push(`KUBERNETES_KUBECONFIG: ${error instanceof Error ? error.message : "can't be read"}`)
  }
  return {
    hubs: names.map(hub),
    hubOf(carrier) {
      if (carrier !== null && names.includes(carrier)) return hub(carrier)
      return current !== null && isOwn(ownCarrier, carrier) ? hub(current) : null
    },
  }
}

function ofOwnCluster(
  { host, port, carrier: ownCarrier, serviceAccountDirectory = SERVICE_ACCOUNT }: KubernetesVariables,
  faults: string[],
): KubernetesAccess {
  if (!host || !port)
    faults.push(
      'KUBERNETES_IN_CLUSTER: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod',
    )
  const hub: KubernetesHub = {
    name: 'this cluster',
    target: () => ({
      server: `https://${host?.includes(':') ? `[${host}]` : host}:${port}`,
      ca: readOwn(serviceAccountDirectory, 'ca.crt'),
      serverName: null,
      credentials: { kind: 'token', token: readOwn(serviceAccountDirectory, 'token').trim() },
    }),
  }
  try {
    if (host && port) hub.target()
  } catch (error) {
    faults.push(`KUBERNETES_IN_CLUSTER: ${error instanceof Error ? error.message : "can't be used"}`)
  }
  return { hubs: [hub], hubOf: (carrier) => (isOwn(ownCarrier, carrier) ? hub : null) }
}

/** Another carrier's pods would tell of another hub. */
function isOwn(ownCarrier: string | undefined, carrier: string | null): boolean {
  return ownCarrier === undefined || ownCarrier === carrier
}

function readOwn(directory: string, name: string): string {
  try {
    return readFileSync(`${directory}/${name}`, 'utf8')
  } catch {
    throw new Error(`the pod's ${name} can't be read: is its service account token mounted?`)
  }
}

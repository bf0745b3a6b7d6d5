import type { SandboxClock } from '../clock.ts'
import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

export interface SandboxContainer {
  name: string
  ready: boolean
  restarts: number
  /** How it waits, `CrashLoopBackOff` for example; null where it runs. */
  waiting: string | null
  /** How its last run ended, if it was restarted. */
  last?: { reason: string; exitCode: number; finishedAt: string }
}

export interface SandboxPod {
  namespace: string
  name: string
  labels: Readonly<Record<string, string>>
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  containers: SandboxContainer[]
  /** Lines of all containers, oldest first. */
  log: { at: string; container: string; line: string }[]
}

const PODS = /^\/api\/v1\/namespaces\/([a-z0-9-]+)\/pods$/
const LOG = /^\/api\/v1\/namespaces\/([a-z0-9-]+)\/pods\/([a-z0-9.-]+)\/log$/

/** A Kubernetes API server, as far as pods and their logs are read from it. */
export class KubernetesSandbox implements Upstream {
  readonly name = 'kubernetes'
  readonly prefix = '/kubernetes'
  readonly #clock: SandboxClock
  readonly #pods: SandboxPod[] = []
  /** Tokens, and the namespace whose pods each may read. */
  readonly #tokens = new Map<string, string>()

  constructor({ clock }: { clock: SandboxClock }) {
    this.#clock = clock
  }

  /** A service account's token that may get and list pods, and get their logs, in one namespace. */
  addToken(token: string, namespace = 'armada'): void {
    this.#tokens.set(token, namespace)
  }

  addPod(pod: SandboxPod): SandboxPod {
    this.#pods.push(pod)
    return pod
  }

  async handle({ method, path, query, headers }: SandboxRequest): Promise<SandboxResponse> {
    const [, namespace = '', podName] = PODS.exec(path) ?? LOG.exec(path) ?? []
    const granted = this.#tokens.get(/^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '')
    if (granted === undefined) return status(401, 'Unauthorized', 'Unauthorized')
    if (method !== 'GET' || granted !== namespace)
      return status(403, 'Forbidden', `pods is forbidden in the namespace "${namespace}"`)
    return podName === undefined ? this.#list(namespace, query) : this.#log(namespace, podName, query)
  }

  snapshot(): unknown {
    return this.#pods
  }

  reset(): void {
    this.#pods.length = 0
    this.#tokens.clear()
  }

  #list(namespace: string, query: URLSearchParams): SandboxResponse {
    const wanted = (query.get('labelSelector') ?? '').split(',').filter((part) => part !== '')
    const found = this.#pods.filter(
      (pod) =>
        pod.namespace === namespace &&
        wanted.every((part) => {
          const [name = '', value] = part.split('=')
          return value === undefined ? name in pod.labels : pod.labels[name] === value
        }),
    )
    const from = Number(query.get('continue') ?? 0)
    const to = from + Number(query.get('limit') ?? found.length)
    return {
      status: 200,
      body: {
        kind: 'PodList',
        apiVersion: 'v1',
        metadata: { resourceVersion: '4711', ...(to < found.length && { continue: String(to) }) },
        items: found.slice(from, to).map(toPod),
      },
    }
  }

  #log(namespace: string, name: string, query: URLSearchParams): SandboxResponse {
    const pod = this.#pods.find((one) => one.namespace === namespace && one.name === name)
    if (!pod) return status(404, 'NotFound', `pods "${name}" not found`)
    const container = query.get('container') ?? (pod.containers.length === 1 ? pod.containers[0]?.name : undefined)
    if (container === undefined) return status(400, 'BadRequest', `a container name must be specified for pod ${name}`)
    const sinceMs = this.#clock.now().getTime() - Number(query.get('sinceSeconds') ?? Number.MAX_SAFE_INTEGER) * 1_000
    const lines = pod.log
      .filter((entry) => entry.container === container && Date.parse(entry.at) >= sinceMs)
      .map(({ at, line }) => (query.get('timestamps') === 'true' ? `${at} ${line}` : line))
    const tail = lines.slice(-Number(query.get('tailLines') ?? lines.length) || lines.length)
    const text = tail.map((line) => `${line}\n`).join('')
    // The server stops after so many bytes, in the middle of a line if need be.
    return { status: 200, body: text.slice(0, Number(query.get('limitBytes') ?? text.length)) }
  }
}

function toPod({ namespace, name, labels, phase, containers }: SandboxPod): object {
  return {
    metadata: { name, namespace, labels, creationTimestamp: '2026-11-01T00:00:00Z' },
    spec: { containers: containers.map((container) => ({ name: container.name, image: 'registry.example.com/x:1' })) },
    status: {
      phase,
      containerStatuses: containers.map(({ name: containerName, ready, restarts, waiting, last }) => ({
        name: containerName,
        ready,
        restartCount: restarts,
        state: waiting === null ? { running: { startedAt: '2026-11-01T00:00:00Z' } } : { waiting: { reason: waiting } },
        lastState: last ? { terminated: { ...last, startedAt: '2026-11-01T00:00:00Z' } } : {},
      })),
    },
  }
}

function status(code: number, reason: string, message: string): SandboxResponse {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code } }
}

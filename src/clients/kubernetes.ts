import { z } from 'zod'
import type { KubernetesTarget } from '../config/kubeconfig.ts'
import { TransientError } from '../errors.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { type Answer, askByGet, observed, refuseFailure, toParsed } from './http-ask.ts'
import { KUBERNETES_CALLS } from './reading-allowed.ts'

const CALL_TIMEOUT_MS = 5_000
/** Largest list and log that are read. A pod is some ten thousand bytes. */
const LIST_LIMIT_BYTES = 4_194_304
const LOG_LIMIT_BYTES = 262_144
/** Pods of one page, and pages that are read: no service has more replicas. */
const PAGE_SIZE = 50
const PAGE_LIMIT = 4

const ended = z.object({ reason: z.string().nullish(), exitCode: z.number(), finishedAt: z.string().nullish() })
const containerStatusSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  restartCount: z.number().int(),
  state: z
    .object({ waiting: z.object({ reason: z.string().nullish() }).nullish(), terminated: ended.nullish() })
    .nullish(),
  lastState: z.object({ terminated: ended.nullish() }).nullish(),
})
const podSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ phase: z.string().nullish(), containerStatuses: z.array(containerStatusSchema).nullish() }),
})
const podListSchema = z.object({
  metadata: z.object({ continue: z.string().nullish() }).nullish(),
  items: z.array(podSchema),
})
/** A pod, only the fields used. Source: Kubernetes API reference, Pod v1. */
export type Pod = z.infer<typeof podSchema>
export type ContainerStatus = z.infer<typeof containerStatusSchema>

export interface LogQuery {
  namespace: string
  pod: string
  container: string
  tailLines: number
  sinceSeconds: number
}

/** The two questions that are asked of a Kubernetes API server. Both are GET; no other call can be made. */
export interface KubernetesClient {
  /** Every pod of the namespace that the label selector names. @throws TransientError, TerminalError */
  pods(target: KubernetesTarget, query: { namespace: string; selector: string }): Promise<Pod[]>
  /** The newest lines of a container, oldest first, each with its time before it. @throws TransientError, TerminalError */
  log(target: KubernetesTarget, query: LogQuery): Promise<string[]>
}

/** Source: Kubernetes API reference, "Operations: list pods" and "get log of a pod". */
export function createKubernetesClient({
  now,
  observe,
  timeoutMs = CALL_TIMEOUT_MS,
}: {
  now: () => number
  observe?: CallObserver
  timeoutMs?: number
}): KubernetesClient {
  function get(
    target: KubernetesTarget,
    {
      what,
      path,
      query,
      limitBytes,
    }: { what: string; path: string; query: Record<string, string>; limitBytes: number },
  ): Promise<Answer> {
    const { server, ca, serverName, credentials } = target
    return askByGet({
      what,
      allowed: KUBERNETES_CALLS,
      url: new URL(`${server}${path}?${new URLSearchParams(query)}`),
      headers: {
        accept: 'application/json',
        ...(credentials.kind === 'token' ? { authorization: `Bearer ${credentials.token}` } : {}),
      },
      timeoutMs,
      limitBytes,
      tls: {
        ...(ca === null ? {} : { ca }),
        ...(serverName === null ? {} : { servername: serverName }),
        ...(credentials.kind === 'certificate' ? { cert: credentials.certificate, key: credentials.key } : {}),
      },
    })
  }

  async function page(
    target: KubernetesTarget,
    { namespace, selector }: { namespace: string; selector: string },
    from: string | null,
  ): Promise<z.infer<typeof podListSchema>> {
    const what = 'Kubernetes list pods'
    const answer = await get(target, {
      what,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
      query: { labelSelector: selector, limit: String(PAGE_SIZE), ...(from === null ? {} : { continue: from }) },
      limitBytes: LIST_LIMIT_BYTES,
    })
    return toParsed(answer, { schema: podListSchema, what, nowMs: now() })
  }

  async function allPods(target: KubernetesTarget, query: { namespace: string; selector: string }): Promise<Pod[]> {
    const pods: Pod[] = []
    let from: string | null = null
    for (let at = 0; at < PAGE_LIMIT; at += 1) {
      const { items, metadata } = await page(target, query, from)
      pods.push(...items)
      from = metadata?.continue || null
      if (from === null) return pods
    }
    throw new TransientError('unknown', 'Kubernetes list pods: more pods than are read')
  }

  async function newestLines(target: KubernetesTarget, query: LogQuery): Promise<string[]> {
    const { namespace, pod, container, tailLines, sinceSeconds } = query
    const what = 'Kubernetes get log'
    const answer = await get(target, {
      what,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
      query: {
        container,
        tailLines: String(tailLines),
        sinceSeconds: String(sinceSeconds),
        limitBytes: String(LOG_LIMIT_BYTES),
        timestamps: 'true',
      },
      // A character more than it was asked for would be a server that counts otherwise, not a hostile one.
      limitBytes: LOG_LIMIT_BYTES * 2,
    })
    refuseFailure(answer, { what, nowMs: now() })
    return answer.text.split('\n').filter((line) => line !== '')
  }

  return {
    pods: (target, query) => observed(observe, 'list pods', () => allPods(target, query)),
    log: (target, query) => observed(observe, 'get log', () => newestLines(target, query)),
  }
}

import type { KubernetesClient, Pod } from '../../clients/kubernetes.ts'
import type { KubernetesTarget } from '../../config/kubeconfig.ts'
import type { KubernetesAccess, KubernetesHub } from '../../config/kubernetes-access.ts'
import type { Policy } from '../../config/policy.ts'
import type { PolicySource } from '../../config/policy-source.ts'
import { TerminalError, TransientError } from '../../errors.ts'
import { clusterIdTokens } from '../../model/cluster-id.ts'
import type { Finding } from '../../model/finding.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'
import { describePod, isReady, isRemarkable, podSteps, restartsOf } from './hub-pods.ts'

/** One list of pods serves every case of a hub for so long, in ms. */
const LIST_KEEPS_MS = 10_000
/** Pods whose logs are read, and how much of each: the newest lines of half an hour. */
const POD_LIMIT = 3
const TAIL_LINES = 500
const SINCE_SECONDS = 1_800
const QUOTE_LIMIT = 4
/** A line that tells of an error, in words or as a level. */
const ERROR = /\b(?:error|err|fail(?:ed|ure|ures|s)?|fatal|panic)\b/i

interface Deps {
  client: KubernetesClient
  access: KubernetesAccess
  policy: PolicySource
  now: () => number
}

type Place = Policy['kubernetes']

/**
 * How the microservice's pods are on the hub of the alert, and what their logs say of its cluster. Source: runbook, Actions
 * to take, last paragraph.
 */
export function createKubernetesFindings(deps: Deps): FindingReader {
  const kept = new Map<string, { atMs: number; pods: Promise<Pod[]> }>()

  function podsOf(hub: KubernetesHub, target: KubernetesTarget, { namespace, selector }: Place): Promise<Pod[]> {
    const { now, client } = deps
    const key = `${hub.name} ${namespace} ${selector}`
    const before = kept.get(key)
    if (before && now() - before.atMs < LIST_KEEPS_MS) return before.pods
    const mine = { atMs: now(), pods: client.pods(target, { namespace, selector }) }
    kept.set(key, mine)
    mine.pods.catch(() => {
      if (kept.get(key) === mine) kept.delete(key)
    })
    return mine.pods
  }

  return {
    source: 'kubernetes',
    isShared: true,
    isAskedFor: () => true,
    async ask(question) {
      const place = deps.policy.current().kubernetes
      const carrier = question.alert.labels.carrier_name || null
      const hub = deps.access.hubOf(carrier)
      if (!hub) throw new TerminalError('not-found', `no hub is configured for carrier ${carrier ?? 'unknown'}`)
      const target = targetOf(hub)
      const pods = await podsOf(hub, target, place)
      const logs = question.isStorm ? NO_LOGS : await logsOf(pods, target, { question, place, deps })
      return [toFinding(pods, logs, { hub, place, question, observedAt: new Date(deps.now()).toISOString() })]
    },
  }
}

function targetOf(hub: KubernetesHub): KubernetesTarget {
  try {
    return hub.target()
  } catch (error) {
    throw new TransientError('not-sent', `Kubernetes: ${error instanceof Error ? error.message : 'no access'}`)
  }
}

interface Logs {
  quotes: readonly string[]
  /** Whether logs were read at all. */
  isRead: boolean
  unread: readonly string[]
}

const NO_LOGS: Logs = { quotes: [], isRead: false, unread: [] }

/** The newest lines that name the cluster or the CorrID, errors first. Lines of other clusters are not shown. */
async function logsOf(
  pods: readonly Pod[],
  target: KubernetesTarget,
  { question, place, deps }: { question: FindingQuestion; place: Place; deps: Deps },
): Promise<Logs> {
  const { identity, trace } = question
  if (identity.kind !== 'identified') return NO_LOGS
  const unread: string[] = []
  // What is broken is read first.
  const asked = [...pods].sort((a, b) => Number(isReady(a)) - Number(isReady(b))).slice(0, POD_LIMIT)
  const read = asked.map(async (pod) => {
    const { namespace } = place
    const containers = (pod.status.containerStatuses ?? []).map(({ name }) => name)
    const container = containers.includes(place.container) ? place.container : (containers[0] ?? place.container)
    const query = { namespace, pod: pod.metadata.name, container, tailLines: TAIL_LINES, sinceSeconds: SINCE_SECONDS }
    try {
      return await deps.client.log(target, query)
    } catch (error) {
      if (!(error instanceof TransientError) && !(error instanceof TerminalError)) throw error
      unread.push(`log of ${pod.metadata.name} not read (${error.message})`)
      return []
    }
  })
  // Each begins with its time in one format: their order is that of time.
  const all = (await Promise.all(read)).flat().sort().reverse()
  const isAbout = (line: string) => {
    const ids = clusterIdTokens(line)
    const isOthers = ids.some((id) => id !== identity.clusterId && id !== trace.corrId)
    return !isOthers && (ids.includes(identity.clusterId) || (trace.corrId !== null && line.includes(trace.corrId)))
  }
  const about = all.filter(isAbout)
  const errors = about.filter((line) => ERROR.test(line))
  return {
    quotes: (errors.length > 0 ? errors : about).slice(0, QUOTE_LIMIT),
    isRead: unread.length < asked.length,
    unread,
  }
}

function toFinding(
  pods: readonly Pod[],
  { quotes, isRead, unread }: Logs,
  {
    hub,
    place,
    question,
    observedAt,
  }: { hub: KubernetesHub; place: Place; question: FindingQuestion; observedAt: string },
): Finding {
  const base = { source: 'kubernetes', observedAt, link: null, details: null } as const
  const where = `namespace ${place.namespace} of hub ${hub.name}`
  if (pods.length === 0) {
    const summary = `no pod matches ${place.selector} in ${where}: the selector may be wrong, or the service is not there`
    return { ...base, outcome: 'weak', summary, lines: [], quotes: [], steps: [] }
  }
  const ready = pods.filter(isReady).length
  const restarts = pods.reduce((sum, pod) => sum + restartsOf(pod), 0)
  const remarkable = pods.filter(isRemarkable)
  const silence =
    isRead && quotes.length === 0
      ? [
          `no line of their last ${SINCE_SECONDS / 60} min names ${question.trace.corrId ? 'the cluster or the CorrID' : 'the cluster'}; that proves little`,
        ]
      : []
  return {
    ...base,
    // Pods that are well say little: a person reads it last.
    outcome: remarkable.length > 0 || quotes.length > 0 ? 'found' : 'weak',
    summary: `${ready} of ${pods.length} pods ready in ${where}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`,
    lines: [...remarkable.map(describePod), ...silence, ...unread],
    quotes,
    steps: podSteps(pods, place.namespace),
  }
}

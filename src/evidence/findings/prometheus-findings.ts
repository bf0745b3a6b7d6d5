import type { PrometheusClient, VectorSample } from '../../clients/prometheus.ts'
import { parseClusterCrn } from '../../model/cluster-id.ts'
import type { FailingClusters, Finding } from '../../model/finding.ts'
import { FAILURES_QUERY, failuresQueryOf } from '../../runbook/debugging.ts'
import type { FindingQuestion, FindingReader } from './finding-source.ts'

/** One answer serves every case for so long, in ms: it tells of all clusters. */
const ANSWER_KEEPS_MS = 2_000
/** Span and step of the drawing on the case page, in ms. */
const SERIES_SPAN_MS = 7_200_000
const SERIES_STEP_MS = 120_000
/** Clusters that are told one by one. */
const TOLD_LIMIT = 8

interface Answer {
  clusters: FailingClusters['clusters']
  unreadable: number
  warnings: readonly string[]
  observedAtMs: number
}

/** Which clusters fail now and how much, by the query of the alert itself. Source: runbook, Actions to take, step 1. */
export function createPrometheusFindings({
  client,
  now,
}: {
  client: PrometheusClient
  now: () => number
}): FindingReader {
  let kept: { atMs: number; answer: Promise<Answer> } | null = null

  function failingNow(): Promise<Answer> {
    if (kept && now() - kept.atMs < ANSWER_KEEPS_MS && kept.atMs <= now()) return kept.answer
    const answer = ask()
    const mine = { atMs: now(), answer }
    kept = mine
    answer.catch(() => {
      if (kept === mine) kept = null
    })
    return answer
  }

  async function ask(): Promise<Answer> {
    const { samples, warnings } = await client.query(FAILURES_QUERY.expression)
    const clusters = samples.flatMap(toCluster).sort((a, b) => b.failures - a.failures)
    const observedAtMs = samples[0]?.atMs ?? now()
    return { clusters, unreadable: samples.length - clusters.length, warnings, observedAtMs }
  }

  return {
    source: 'prometheus',
    isShared: true,
    isAskedFor: () => true,
    async ask(question) {
      const [answer, series] = await Promise.all([failingNow(), seriesOf(question, client)])
      return [toFinding(question, answer, series, client.graphLink(FAILURES_QUERY.expression))]
    },
  }
}

function toCluster({ labels, value }: VectorSample): FailingClusters['clusters'] {
  const crn = parseClusterCrn(labels.CRN ?? '')
  return crn ? [{ clusterId: crn.clusterId, accountId: crn.accountId, region: crn.region, failures: value }] : []
}

/** How it went with this cluster; null where none is known, or where Prometheus does not say: the rest is told all the same. */
async function seriesOf({ identity, isStorm, nowMs }: FindingQuestion, client: PrometheusClient) {
  if (identity.kind !== 'identified' || isStorm) return null
  const span = { fromMs: nowMs - SERIES_SPAN_MS, toMs: nowMs, stepMs: SERIES_STEP_MS }
  try {
    const values = await client.queryRange(failuresQueryOf(identity.crn), span)
    return { fromMs: span.fromMs, stepMs: span.stepMs, values }
  } catch {
    return null
  }
}

function toFinding(
  question: FindingQuestion,
  { clusters, unreadable, warnings, observedAtMs }: Answer,
  series: FailingClusters['series'],
  link: string,
): Finding {
  const { identity } = question
  const told = identity.kind === 'identified' ? aboutCluster(question, clusters) : aboutNone(question, clusters)
  return {
    source: 'prometheus',
    ...told,
    lines: [
      ...told.lines,
      ...(unreadable > 0 ? [`${unreadable} more fail whose CRN can't be read`] : []),
      ...(warnings.length > 0 ? ['Prometheus warns that its answer may be incomplete'] : []),
    ],
    observedAt: new Date(observedAtMs).toISOString(),
    link,
    quotes: warnings.slice(0, 3),
    steps: [],
    details: { kind: 'failing-clusters', clusters, series },
  }
}

type Told = Pick<Finding, 'outcome' | 'summary' | 'lines'>

/** Row 1 of the decision table: the cluster is not known, so everything that fails now is listed, the alert's region first. */
function aboutNone({ alert }: FindingQuestion, clusters: FailingClusters['clusters']): Told {
  if (clusters.length === 0)
    return {
      outcome: 'weak',
      summary: 'lists no cluster that fails now, which does not prove that none does',
      lines: [],
    }
  const region = alert.labels.crn_region
  const sorted = [...clusters].sort((a, b) => Number(b.region === region) - Number(a.region === region))
  const more = sorted.length - TOLD_LIMIT
  return {
    outcome: 'found',
    summary: `${clusters.length} ${clusters.length === 1 ? 'cluster fails' : 'clusters fail'} now; this alert may be about ${clusters.length === 1 ? 'it' : 'one of them'}`,
    lines: [
      ...sorted
        .slice(0, TOLD_LIMIT)
        .map((cluster) => `${cluster.clusterId}, account ${cluster.accountId}, ${cluster.region}: ${countOf(cluster)}`),
      ...(more > 0 ? [`and ${more} more`] : []),
    ],
  }
}

function aboutCluster({ identity, snoozeEndMs }: FindingQuestion, clusters: FailingClusters['clusters']): Told {
  const own = identity.kind === 'identified' && clusters.find(({ clusterId }) => clusterId === identity.clusterId)
  const others = clusters.filter((cluster) => cluster !== own)
  const all =
    others.length === 0
      ? 'no other cluster does'
      : `${others.length} other ${others.length === 1 ? 'cluster does' : 'clusters do'}`
  if (own)
    return {
      outcome: 'found',
      summary:
        snoozeEndMs === null
          ? `this cluster fails now (${countOf(own)}), ${all}`
          : `this cluster still fails at the end of its snooze (${countOf(own)}), ${all}`,
      lines: [],
    }
  const when = snoozeEndMs === null ? 'now' : 'at the end of its snooze'
  return {
    outcome: 'weak',
    summary: `does not list this cluster as failing ${when}, which is no proof that it recovered; ${all}`,
    lines: [],
  }
}

/** How often in the span of the query. It extrapolates, so a count need not be whole. */
function countOf({ failures }: { failures: number }): string {
  const number = Math.round(failures * 10) / 10
  return `${number} ${number === 1 ? 'failure' : 'failures'} in 5 min`
}

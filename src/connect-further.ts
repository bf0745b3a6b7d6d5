import { createIamTokens } from './clients/iam-token.ts'
import type { LogsClient } from './clients/logs.ts'
import { createIbmCloudLogsClient } from './clients/logs-ibm-cloud.ts'
import { createMezmoClient } from './clients/logs-mezmo.ts'
import { createPrometheusClient } from './clients/prometheus.ts'
import type { Config } from './config/config.ts'
import type { LogsAccess } from './config/further-sources.ts'
import { IBM_CLOUD_SOURCES } from './config/ibm-cloud-access.ts'
import { cloudReaders } from './connect-cloud.ts'
import type { FindingReader } from './evidence/findings/finding-source.ts'
import { FindingsDesk } from './evidence/findings/findings-desk.ts'
import { createLogsFindings } from './evidence/findings/logs-findings.ts'
import { createPrometheusFindings } from './evidence/findings/prometheus-findings.ts'
import { SOURCE_NAMES } from './model/finding.ts'
import type { Metrics, Upstream } from './telemetry/metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'
import { tracedReader } from './traced-sources.ts'

interface FurtherDeps {
  /** Left out where nothing is traced. */
  tracing?: Tracing
  metrics: Metrics | null
  now: () => number
}

/** Sources beside the evidence that are not configured, by name. */
export function furtherNotConfigured({
  further,
  ibmCloud,
  kubernetes,
}: Pick<Config, 'further' | 'ibmCloud' | 'kubernetes'>): string[] {
  return [
    ...(further.logs ? [] : [SOURCE_NAMES.logs]),
    ...(further.prometheusUrl === null ? [SOURCE_NAMES.prometheus] : []),
    ...IBM_CLOUD_SOURCES.filter((source) => !ibmCloud?.sources.has(source)).map((source) => SOURCE_NAMES[source]),
    ...(kubernetes ? [] : [SOURCE_NAMES.kubernetes]),
  ]
}

/** Who asks the sources beside the evidence that are configured; none of them is called yet. */
export function openFindings(
  config: Pick<Config, 'further' | 'policy' | 'ibmCloud' | 'kubernetes'>,
  deps: FurtherDeps,
): FindingsDesk {
  const { further, policy } = config
  const { now } = deps
  const readers: FindingReader[] = []
  if (further.logs) readers.push(createLogsFindings({ client: connectLogs(further.logs, config, deps), policy }))
  if (further.prometheusUrl !== null) {
    const client = createPrometheusClient({ url: further.prometheusUrl, now, ...told('prometheus', deps) })
    readers.push(createPrometheusFindings({ client, now }))
  }
  readers.push(...cloudReaders(config, deps))
  const { tracing } = deps
  return new FindingsDesk({
    readers: readers.map((reader) => (tracing ? tracedReader(reader, tracing) : reader)),
    policy,
    now,
  })
}

/** The client of the logs that the configuration names. */
export function connectLogs(
  { kind, apiUrl, key, iamUrl }: LogsAccess,
  { policy }: Pick<Config, 'policy'>,
  deps: FurtherDeps,
): LogsClient {
  const { metrics, now } = deps
  switch (kind) {
    case 'logdna':
      return createMezmoClient({ url: apiUrl, key, now, ...told('logs', deps) })
    case 'ibm-cloud-logs': {
      const tokens = createIamTokens({ url: iamUrl, apiKey: key, now, observe: metrics?.callObserver('iam') })
      return createIbmCloudLogsClient({
        url: apiUrl,
        tokens,
        tier: () => policy.current().logs.tier,
        now,
        ...told('logs', deps),
      })
    }
    default:
      return kind satisfies never
  }
}

function told(upstream: Upstream, { metrics }: Pick<FurtherDeps, 'metrics'>) {
  return metrics ? { observe: metrics.callObserver(upstream), onCircuit: metrics.circuitObserver(upstream) } : {}
}

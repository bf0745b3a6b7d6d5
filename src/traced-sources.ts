import type { FindingReader } from './evidence/findings/finding-source.ts'
import type { GatherDeps } from './evidence/gather.ts'
import type { Tracing } from './telemetry/tracing.ts'

/** The same sources of evidence, each question a span. */
export function tracedSources(gathering: GatherDeps, tracing: Tracing): GatherDeps {
  const { slack, etcd, policy } = gathering
  const { kpEventsAlerts, deployFailure } = policy.channels
  const nameOf = (channel: string) =>
    channel === kpEventsAlerts.id
      ? 'kp-events-alerts'
      : channel === deployFailure.id
        ? 'deploy-failure'
        : 'deploy-alerts'
  return {
    ...gathering,
    slack: slack && {
      askChannel: (channel, question) =>
        tracing.span('gather', { 'evidence.source': nameOf(channel) }, async () => {
          const answer = await slack.askChannel(channel, question)
          tracing.tell({ 'evidence.outcome': answer.outcome })
          return answer
        }),
      deletionSearch: slack.deletionSearch ?? null,
    },
    etcd: etcd && {
      lookUp: (cluster) =>
        tracing.span('gather', { 'evidence.source': 'etcd' }, async () => {
          const answer = await etcd.lookUp(cluster)
          tracing.tell({ 'evidence.outcome': answer.outcome })
          return answer
        }),
    },
  }
}

/** The same reader, each question a span. */
export function tracedReader(reader: FindingReader, tracing: Tracing): FindingReader {
  return {
    source: reader.source,
    isShared: reader.isShared,
    isAskedFor: (question) => reader.isAskedFor(question),
    ask: (question) => tracing.span('gather', { 'evidence.source': reader.source }, () => reader.ask(question)),
  }
}

import type { Config } from '../config/config.ts'
import type { Metrics } from './metrics.ts'
import { NO_TRACING, type Tracing } from './tracing.ts'

/** Traces where an endpoint is named. OpenTelemetry is loaded only then: it takes some 20 MB. */
export async function openTracing(
  { traces }: Pick<Config, 'traces'>,
  metrics: Pick<Metrics, 'callObserver'>,
): Promise<Tracing> {
  if (traces === null) return NO_TRACING
  const { openOtel } = await import('./otel.ts')
  return openOtel(traces, metrics.callObserver('traces'))
}

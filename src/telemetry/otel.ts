import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import type { TracesAccess } from '../config/traces-access.ts'
import type { CallObserver } from './metrics.ts'
import type { Tracing } from './tracing.ts'

const EXPORT_TIMEOUT_MS = 5_000
/** Spans that wait are sent so often, in ms. */
const EXPORT_EVERY_MS = 2_000
/** What a collector that is away can't take is dropped beyond this many spans. */
const QUEUE_LIMIT = 8_192
/** How long a stop waits for the last spans, in ms. */
const STOP_LIMIT_MS = 2_000

/** Traces by OpenTelemetry, over OTLP/HTTP. A collector that is away costs a few spans and nothing else. */
export function openOtel(access: TracesAccess, observe: CallObserver): Tracing {
  const exporter = new OTLPTraceExporter({
    url: access.url,
    headers: async () => access.headers(),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': access.serviceName }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: observed(exporter, observe),
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        maxQueueSize: QUEUE_LIMIT,
      }),
    ],
  })
  const tracer = provider.getTracer('kp-events-responder')
  const underWay = new AsyncLocalStorage<Context>()
  const here = () => underWay.getStore() ?? ROOT_CONTEXT

  return {
    async span(name, attributes, step) {
      const span = tracer.startSpan(name, { attributes }, here())
      try {
        return await underWay.run(trace.setSpan(here(), span), step)
      } catch (error) {
        fail(span, error)
        throw error
      } finally {
        span.end()
      }
    },
    within(name, attributes, step) {
      const span = tracer.startSpan(name, { attributes }, here())
      try {
        return underWay.run(trace.setSpan(here(), span), step)
      } catch (error) {
        fail(span, error)
        throw error
      } finally {
        span.end()
      }
    },
    past(name, attributes, { fromMs, untilMs }) {
      tracer.startSpan(name, { attributes, startTime: fromMs }, here()).end(untilMs)
    },
    tell(attributes) {
      trace.getSpan(here())?.setAttributes(attributes)
    },
    async stop() {
      const limit = Promise.withResolvers<void>()
      const timer = setTimeout(limit.resolve, STOP_LIMIT_MS)
      await Promise.race([provider.shutdown().catch(() => undefined), limit.promise])
      clearTimeout(timer)
    },
  }
}

/** The kind of error alone: its message may quote what an upstream said. */
function fail(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.constructor.name : 'Error' })
}

function observed(exporter: SpanExporter, observe: CallObserver): SpanExporter {
  return {
    export(spans, done) {
      const startedMs = performance.now()
      exporter.export(spans, (result) => {
        observe('export', result.error ? 'unknown' : 'ok', (performance.now() - startedMs) / 1_000)
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

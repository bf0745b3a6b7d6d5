import { z } from 'zod'
import type { CallObserver } from '../telemetry/metrics.ts'
import { splitCredentials } from './base-address.ts'
import { Circuit, type CircuitOptions } from './circuit.ts'
import { type Answer, askByGet, observed, refuseFailure, toParsed } from './http-ask.ts'
import { PROMETHEUS_CALLS } from './reading-allowed.ts'

/** Longest a call may take, in ms: what asks gives up soon after. */
const CALL_TIMEOUT_MS = 2_000
/** Some ten thousand clusters. */
const ANSWER_LIMIT_BYTES = 8_388_608

/** A sample as the API writes it: seconds, and a number in words, `NaN` and `+Inf` too. */
const sample = z.tuple([z.number(), z.string()])
const labels = z.record(z.string(), z.string())
const answer = <T extends z.ZodType>(data: T) =>
  z.object({ status: z.literal('success'), data, warnings: z.array(z.string()).nullish() })
const vectorSchema = answer(
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: sample })) }),
)
const matrixSchema = answer(
  z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: labels, values: z.array(sample) })) }),
)
const refusalSchema = z.object({ status: z.literal('error'), errorType: z.string() })

export interface VectorSample {
  labels: Record<string, string>
  /** A sample that is no finite number is left out. */
  value: number
  atMs: number
}

export interface PrometheusOptions {
  /** Base address, a path prefix included; a user and password in it are sent as basic authentication. */
  url: string
  now: () => number
  timeoutMs?: number
  observe?: CallObserver
  onCircuit?: CircuitOptions['onChange']
}

/** Prometheus' query API. Source: prometheus.io, Querying, HTTP API. */
export interface PrometheusClient {
  /** Where people see the expression evaluated. */
  graphLink(expression: string): string
  /** The instant vector of the expression now. @throws TransientError, TerminalError */
  query(expression: string): Promise<{ samples: VectorSample[]; warnings: string[] }>
  /** The first series of the expression over a span, a value for each step; null where there is none. @throws as above */
  queryRange(expression: string, span: { fromMs: number; toMs: number; stepMs: number }): Promise<(number | null)[]>
}

/** The base is what the configuration says and nothing else: an alert's own address of Prometheus is never called. */
export function createPrometheusClient({
  url,
  now,
  timeoutMs = CALL_TIMEOUT_MS,
  observe,
  onCircuit,
}: PrometheusOptions): PrometheusClient {
  const { base, headers } = splitCredentials(url)
  const circuit = new Circuit({ name: 'Prometheus', ...(onCircuit ? { onChange: onCircuit } : {}) })

  function ask<T>(operation: string, path: string, schema: z.ZodType<T>): Promise<T> {
    const what = `Prometheus ${operation}`
    const question = {
      what,
      allowed: PROMETHEUS_CALLS,
      url: new URL(`${base}/api/v1/${path}`),
      headers: { ...headers, accept: 'application/json' },
      timeoutMs,
      limitBytes: ANSWER_LIMIT_BYTES,
    }
    const call = async () => {
      const answer = await askByGet(question)
      refuseFailure(answer, { what, nowMs: now(), upstreamCode: errorTypeOf(answer) })
      return toParsed(answer, { schema, what, nowMs: now() })
    }
    return observed(observe, operation, () => circuit.run(what, call))
  }

  return {
    graphLink: (expression) => `${base}/graph?${new URLSearchParams({ 'g0.expr': expression, 'g0.tab': '1' })}`,
    async query(expression) {
      const path = `query?${new URLSearchParams({ query: expression })}`
      const { data, warnings } = await ask('query', path, vectorSchema)
      const samples = data.result.flatMap(({ metric, value: [seconds, text] }) => {
        const value = Number(text)
        return Number.isNaN(value) ? [] : [{ labels: metric, value, atMs: seconds * 1_000 }]
      })
      return { samples, warnings: warnings ?? [] }
    },
    async queryRange(expression, { fromMs, toMs, stepMs }) {
      const range = { start: String(fromMs / 1_000), end: String(toMs / 1_000), step: String(stepMs / 1_000) }
      const path = `query_range?${new URLSearchParams({ query: expression, ...range })}`
      const { data } = await ask('query range', path, matrixSchema)
      const steps = Math.floor((toMs - fromMs) / stepMs) + 1
      const values = Array.from({ length: steps }, (): number | null => null)
      for (const [seconds, text] of data.result[0]?.values ?? []) {
        const at = Math.round((seconds * 1_000 - fromMs) / stepMs)
        if (at >= 0 && at < steps && Number.isFinite(Number(text))) values[at] = Number(text)
      }
      return values
    },
  }
}

/** Prometheus' own word for a refusal, such as `bad_data`; null where something else answered. */
function errorTypeOf({ status, text }: Answer): string | null {
  if (status < 400) return null
  try {
    return refusalSchema.parse(JSON.parse(text)).errorType
  } catch {
    return null
  }
}

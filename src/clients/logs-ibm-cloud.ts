import { z } from 'zod'
import { TransientError } from '../errors.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { Circuit, type CircuitOptions } from './circuit.ts'
import { askByJson, observed, refuseFailure } from './http-ask.ts'
import type { IamTokens } from './iam-token.ts'
import { type LogLine, type LogQuestion, type LogsClient, newestFirst } from './logs.ts'
import { IBM_CLOUD_LOGS_CALLS } from './reading-allowed.ts'

const CALL_TIMEOUT_MS = 2_000
const ANSWER_LIMIT_BYTES = 4_194_304
const WHAT = 'IBM Cloud Logs query'
const BLANK_LINE = /\r?\n\r?\n/
/** Numbers of severity. Source: cloud.ibm.com/docs/cloud-logs, "Ingesting logs". */
const SEVERITIES: Readonly<Record<string, string>> = {
  1: 'debug',
  2: 'verbose',
  3: 'info',
  4: 'warning',
  5: 'error',
  6: 'critical',
}
/** Where the words of a line stand in what the agents send. */
const TEXT_FIELDS = ['message', 'log', 'text', 'msg', 'line', '_line']

const pairs = z.array(z.object({ key: z.string(), value: z.string() }))
const resultSchema = z.object({
  metadata: pairs.default([]),
  labels: pairs.default([]),
  user_data: z.string().default(''),
})
const frameSchema = z.object({
  result: z.object({ results: z.array(resultSchema) }).optional(),
  error: z.unknown().optional(),
  warning: z.unknown().optional(),
})

export interface IbmCloudLogsOptions {
  /** Of the instance, without a trailing slash. */
  url: string
  tokens: IamTokens
  /** `frequent_search` reads what is kept for priority insights, `archive` the bucket. */
  tier: () => 'frequent_search' | 'archive'
  now: () => number
  timeoutMs?: number
  observe?: CallObserver
  onCircuit?: CircuitOptions['onChange']
}

/** Source: cloud.ibm.com/apidocs/logs-service-api, "Run a synchronous background query"; cloud.ibm.com/docs/cloud-logs, DataPrime. */
export function createIbmCloudLogsClient({
  url,
  tokens,
  tier,
  now,
  timeoutMs = CALL_TIMEOUT_MS,
  observe,
  onCircuit,
}: IbmCloudLogsOptions): LogsClient {
  const circuit = new Circuit({ name: 'IBM Cloud Logs', ...(onCircuit ? { onChange: onCircuit } : {}) })

  async function search(question: LogQuestion) {
    const token = await tokens.current()
    const answer = await askByJson(
      {
        what: WHAT,
        allowed: IBM_CLOUD_LOGS_CALLS,
        url: new URL(`${url}/v1/query`),
        headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
        timeoutMs,
        limitBytes: ANSWER_LIMIT_BYTES,
      },
      {
        query: toDataPrime(question),
        metadata: {
          start_date: new Date(question.fromMs).toISOString(),
          end_date: new Date(question.toMs).toISOString(),
          tier: tier(),
          syntax: 'dataprime',
          limit: question.limit,
        },
      },
    )
    if (answer.status === 401) tokens.forget(token)
    refuseFailure(answer, { what: WHAT, nowMs: now() })
    const { lines, isPartial } = toAnswer(answer.text)
    return { lines: newestFirst(lines), isPartial: isPartial || lines.length >= question.limit }
  }

  return { search: (question) => observed(observe, 'query', () => circuit.run(WHAT, () => search(question))) }
}

/** Which label holds an app is the agent's choice: each is tried. The term can hold no quote. */
function toDataPrime({ term, app, limit }: LogQuestion): string {
  const ofApp =
    app === null ? '' : ` | filter $l.subsystemname == '${app}' || $l.applicationname == '${app}' || $d ~~ '${app}'`
  const withTerm = term === null ? '' : ` | filter $d ~~ '${term}'`
  return `source logs${withTerm}${ofApp} | orderby $m.timestamp desc | limit ${limit}`
}

/** The lines of the event stream. One without a result, such as a page of a proxy, is no answer. */
function toAnswer(stream: string): { lines: LogLine[]; isPartial: boolean } {
  const frames = stream.split(BLANK_LINE).flatMap((frame) => {
    const data = frame
      .split(/\r?\n/)
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice('data:'.length).trim())
      .join('\n')
    return data === '' ? [] : [toFrame(data)]
  })
  if (frames.some(({ error }) => error !== undefined))
    throw new TransientError('unknown', `${WHAT}: the query ended with an error`)
  const results = frames.flatMap(({ result }) => (result ? [result.results] : []))
  if (results.length === 0) throw new TransientError('unknown', `${WHAT}: answered without a result`)
  return { lines: results.flat().map(toLine), isPartial: frames.some(({ warning }) => warning !== undefined) }
}

function toFrame(data: string): z.infer<typeof frameSchema> {
  const parsed = frameSchema.safeParse(parseOrNull(data))
  if (!parsed.success) throw new TransientError('unknown', `${WHAT}: answered in a shape that is not known`)
  return parsed.data
}

function toLine({ metadata, labels, user_data }: z.infer<typeof resultSchema>): LogLine {
  const named = (list: z.infer<typeof pairs>, name: string) => list.find(({ key }) => key === name)?.value ?? null
  const at = toMs(named(metadata, 'timestamp'))
  const severity = named(metadata, 'severity')
  return {
    atMs: at,
    app: named(labels, 'subsystemname') ?? named(labels, 'applicationname'),
    level: severity === null ? null : (SEVERITIES[severity] ?? severity.toLowerCase()),
    text: textOf(parseOrNull(user_data)) ?? user_data,
  }
}

/** A time in UTC, written without saying so. */
function toMs(timestamp: string | null): number | null {
  if (timestamp === null) return null
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(timestamp) ? timestamp : `${timestamp}Z`)
  return Number.isFinite(at) ? at : null
}

/** The words of a line, however deep the agent put them; null where there are none. */
function textOf(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > 2) return null
  for (const name of TEXT_FIELDS) {
    const field = Object.entries(value).find(([key]) => key === name)?.[1]
    const text = field === undefined ? null : textOf(field, depth + 1)
    if (text !== null) return text
  }
  return null
}

function parseOrNull(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    return null
  }
}

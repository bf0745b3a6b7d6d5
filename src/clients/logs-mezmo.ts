import { z } from 'zod'
import type { Secret } from '../config/secret.ts'
import { TransientError } from '../errors.ts'
import type { CallObserver } from '../telemetry/metrics.ts'
import { Circuit, type CircuitOptions } from './circuit.ts'
import { type Answer, askByGet, observed, toParsed } from './http-ask.ts'
import { type LogLine, type LogQuestion, type LogsClient, newestFirst } from './logs.ts'
import { LOGDNA_CALLS } from './reading-allowed.ts'

const CALL_TIMEOUT_MS = 2_000
const ANSWER_LIMIT_BYTES = 4_194_304
/** Lines of one page, and pages that are read. Source: Mezmo, Log Analysis API, "Export v2": at most 10,000 a page. */
const PAGE_LINES = 200
const PAGE_LIMIT = 3
const WHAT = 'LogDNA export'

/** Only what is used, and under each name under which it is seen: no page of Mezmo pins the fields of a line. */
const lineSchema = z.object({
  _ts: z.union([z.number(), z.string()]).nullish(),
  timestamp: z.union([z.number(), z.string()]).nullish(),
  _app: z.string().nullish(),
  app: z.string().nullish(),
  level: z.string().nullish(),
  _line: z.string().nullish(),
  line: z.string().nullish(),
  message: z.string().nullish(),
})
const pageSchema = z.object({ lines: z.array(lineSchema), pagination_id: z.string().nullish() })

export interface LogsClientOptions {
  /** Without a trailing slash. */
  url: string
  key: Secret
  now: () => number
  timeoutMs?: number
  observe?: CallObserver
  onCircuit?: CircuitOptions['onChange']
}

/** LogDNA, today Mezmo. Source: docs.mezmo.com, Log Analysis API, `GET /v2/export`. */
export function createMezmoClient({
  url,
  key,
  now,
  timeoutMs = CALL_TIMEOUT_MS,
  observe,
  onCircuit,
}: LogsClientOptions): LogsClient {
  const circuit = new Circuit({ name: 'LogDNA', ...(onCircuit ? { onChange: onCircuit } : {}) })
  /** Service keys are sent as a user name, access tokens as a token; which one this is the first answer tells. */
  let isToken = false

  function get(parameters: URLSearchParams): Promise<Answer> {
    return askByGet({
      what: WHAT,
      allowed: LOGDNA_CALLS,
      url: new URL(`${url}/v2/export?${parameters}`),
      headers: { accept: 'application/json', authorization: toAuthorization(read(key), isToken) },
      timeoutMs,
      limitBytes: ANSWER_LIMIT_BYTES,
    })
  }

  async function page(parameters: URLSearchParams): Promise<z.infer<typeof pageSchema>> {
    let answer = await get(parameters)
    if (answer.status === 401) {
      isToken = !isToken
      answer = await get(parameters)
    }
    return toParsed(answer, { schema: pageSchema, what: WHAT, nowMs: now() })
  }

  async function search(question: LogQuestion) {
    const lines: LogLine[] = []
    const parameters = toParameters(question)
    for (let pages = 1; ; pages += 1) {
      const { lines: more, pagination_id: next } = await page(parameters)
      lines.push(...more.map(toLine))
      const isMore = typeof next === 'string' && next !== '' && more.length > 0
      if (!isMore || pages === PAGE_LIMIT || lines.length >= question.limit)
        return { lines: newestFirst(lines).slice(0, question.limit), isPartial: isMore }
      // All else stays as it was.
      parameters.set('pagination_id', next)
    }
  }

  return { search: (question) => observed(observe, 'export', () => circuit.run(WHAT, () => search(question))) }
}

function toParameters({ term, app, fromMs, toMs, limit }: LogQuestion): URLSearchParams {
  return new URLSearchParams({
    from: String(fromMs),
    to: String(toMs),
    size: String(Math.min(PAGE_LINES, limit)),
    prefer: 'tail',
    ...(term === null ? {} : { query: `"${term}"` }),
    ...(app === null ? {} : { apps: app }),
  })
}

function toLine(line: z.infer<typeof lineSchema>): LogLine {
  const at = Number(line._ts ?? line.timestamp ?? Number.NaN)
  return {
    atMs: Number.isFinite(at) ? at : null,
    app: line._app ?? line.app ?? null,
    level: line.level?.toLowerCase() ?? null,
    text: line._line ?? line.line ?? line.message ?? '',
  }
}

function toAuthorization(key: string, isToken: boolean): string {
  return isToken ? `Token ${key}` : `Basic ${Buffer.from(`${key}:`, 'utf8').toString('base64')}`
}

function read(secret: Secret): string {
  try {
    return secret.read()
  } catch {
    throw new TransientError('not-sent', `${WHAT}: LOGS_KEY can not be read`)
  }
}

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SandboxRequest, SandboxResponse } from '../upstream.ts'
import type { StoredLine } from './logs.ts'

const bodySchema = z.object({
  query: z.string().min(1).max(4_096),
  metadata: z.object({
    start_date: z.iso.datetime(),
    end_date: z.iso.datetime(),
    tier: z.enum(['archive', 'frequent_search']).default('frequent_search'),
    syntax: z.enum(['dataprime', 'lucene']).default('dataprime'),
    limit: z.int().positive().default(2_000),
  }),
})
const SEVERITY: Readonly<Record<string, string>> = { debug: '1', info: '3', warning: '4', error: '5', critical: '6' }
/** The stages of a query that it understands. */
const STAGES = {
  text: /^filter \$d ~~ '([^']*)'$/,
  app: /^filter \$l\.subsystemname == '([^']*)' \|\| \$l\.applicationname == '[^']*' \|\| \$d ~~ '[^']*'$/,
  order: /^orderby \$m\.timestamp desc$/,
  limit: /^limit (\d+)$/,
}

/** IBM Cloud Logs' `POST /v1/query`: two frames of server-sent events, of the query's id and of its result. */
export function queryLines(
  lines: readonly StoredLine[],
  { rawBody, headers }: Pick<SandboxRequest, 'rawBody' | 'headers'>,
): SandboxResponse {
  if (!headers.accept?.includes('text/event-stream'))
    return { status: 406, body: { errors: [{ code: 'not_acceptable', message: 'text/event-stream' }] } }
  const parsed = bodySchema.safeParse(parseOrNull(rawBody))
  if (!parsed.success) return invalid('the body is not a query')
  const { query, metadata } = parsed.data
  const [source, ...stages] = query.split(/ \| (?=[a-z])/)
  if (source !== 'source logs') return invalid('the query does not compile')
  let found = lines
    .filter(({ atMs }) => atMs >= Date.parse(metadata.start_date) && atMs <= Date.parse(metadata.end_date))
    .sort((a, b) => a.atMs - b.atMs)
  for (const stage of stages) {
    const next = applied(stage, found)
    if (!next) return invalid('the query does not compile')
    found = next
  }
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: [
      `: success\ndata: ${JSON.stringify({ query_id: { query_id: randomUUID() } })}\n\n`,
      `: success\ndata: ${JSON.stringify({ result: { results: found.slice(0, metadata.limit).map(toResult) } })}\n\n`,
    ].join(''),
  }
}

function applied(stage: string, lines: StoredLine[]): StoredLine[] | null {
  const text = STAGES.text.exec(stage)?.[1]?.toLowerCase()
  if (text !== undefined) return lines.filter((line) => `${line.app} ${line.text}`.toLowerCase().includes(text))
  const app = STAGES.app.exec(stage)?.[1]
  if (app !== undefined) return lines.filter((line) => line.app === app)
  if (STAGES.order.test(stage)) return [...lines].reverse()
  const limit = STAGES.limit.exec(stage)?.[1]
  return limit === undefined ? null : lines.slice(0, Number(limit))
}

function toResult({ atMs, app, text, level, host }: StoredLine): unknown {
  return {
    metadata: [
      // In UTC, and it does not say so.
      { key: 'timestamp', value: new Date(atMs).toISOString().replace('Z', '000000') },
      { key: 'severity', value: SEVERITY[level ?? 'info'] ?? '3' },
      { key: 'logid', value: randomUUID() },
    ],
    labels: [
      { key: 'applicationname', value: 'armada' },
      { key: 'subsystemname', value: app },
      { key: 'computername', value: host },
    ],
    user_data: JSON.stringify({ message: { message: text, stream: 'stderr' }, kubernetes: { host } }),
  }
}

function invalid(message: string): SandboxResponse {
  return { status: 400, body: { errors: [{ code: 'bad_request_or_unspecified', message }] } }
}

function parseOrNull(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    return null
  }
}

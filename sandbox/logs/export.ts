import type { SandboxResponse } from '../upstream.ts'
import type { StoredLine } from './logs.ts'

const LARGEST_PAGE = 10_000
/** Words, and phrases in quotes: every one must be in a line. */
const QUERY = /"[^"]*"|[^\s"]+/g

/** Mezmo's `GET /v2/export`. A query that it can't read finds nothing, as the real one does. */
export function exportLines(lines: readonly StoredLine[], query: URLSearchParams): SandboxResponse {
  const from = toMs(query.get('from'))
  const to = toMs(query.get('to'))
  if (from === null || to === null)
    return { status: 400, body: { error: '"from" and "to" are required', code: 'BadRequest', status: 'error' } }
  const size = Math.min(LARGEST_PAGE, Number(query.get('size') ?? LARGEST_PAGE))
  const apps = query.get('apps')?.split(',')
  const matches = toMatch(query.get('query') ?? '')
  const isTail = (query.get('prefer') ?? 'tail') === 'tail'
  const found = lines
    .filter(({ atMs, app, text }) => atMs >= from && atMs <= to && (!apps || apps.includes(app)) && matches(text))
    .sort((a, b) => (isTail ? b.atMs - a.atMs : a.atMs - b.atMs))
  const start = Number(query.get('pagination_id') ?? 0)
  const page = found.slice(start, start + size)
  return {
    status: 200,
    body: {
      lines: page.map(({ atMs, app, text, level, host }, at) => ({
        _id: String(start + at),
        _ts: atMs,
        _app: app,
        _host: host,
        ...(level !== undefined && { level: level.toUpperCase() }),
        _line: text,
      })),
      pagination_id: start + size < found.length ? String(start + size) : null,
    },
  }
}

/** Seconds or milliseconds. */
function toMs(value: string | null): number | null {
  if (value === null || !/^\d+$/.test(value)) return null
  return value.length <= 10 ? Number(value) * 1_000 : Number(value)
}

function toMatch(query: string): (text: string) => boolean {
  if (query === '') return () => true
  const isBalanced = (query.match(/"/g) ?? []).length % 2 === 0
  if (!isBalanced) return () => false
  const terms = (query.match(QUERY) ?? []).map((term) => term.replaceAll('"', '').toLowerCase())
  return (text) => terms.every((term) => text.toLowerCase().includes(term))
}

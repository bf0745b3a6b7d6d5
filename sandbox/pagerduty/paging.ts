import { REFUSALS } from './refusal.ts'

/** Source: "Pagination" of the REST API: 25 unless asked, 100 at most, and nothing beyond the 10,000th. */
const DEFAULT_LIMIT = 25
const MAX_LIMIT = 100
const MAX_OFFSET_AND_LIMIT = 10_000

export interface Page<T> {
  items: T[]
  /** The members beside the list in the answer; `total` is null unless asked for. */
  members: { limit: number; offset: number; more: boolean; total: number | null }
}

/** Returns the part of `items` that limit and offset ask for. A limit over 100 is 100. @throws Refusal 2001 */
export function toPage<T>(items: readonly T[], query: URLSearchParams): Page<T> {
  const limit = Math.min(readInteger(query, 'limit', DEFAULT_LIMIT, 1), MAX_LIMIT)
  const offset = readInteger(query, 'offset', 0, 0)
  if (offset + limit > MAX_OFFSET_AND_LIMIT) throw REFUSALS.invalidInput('Offset plus limit must not exceed 10000')
  const total = query.get('total') === 'true' ? items.length : null
  return {
    items: items.slice(offset, offset + limit),
    members: { limit, offset, more: offset + limit < items.length, total },
  }
}

/** Returns the values of a list parameter, which PagerDuty spells `name[]`. @throws Refusal 2001 on one that is not allowed */
export function readList<T extends string>(query: URLSearchParams, name: string, allowed: readonly T[]): T[] {
  return query.getAll(`${name}[]`).map((value) => {
    const known = allowed.find((item) => item === value)
    if (known === undefined) throw REFUSALS.invalidInput(`${name} must be one of ${allowed.join(', ')}`)
    return known
  })
}

/** Returns the time given, in epoch milliseconds. @throws Refusal 2001 if it is none */
export function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw REFUSALS.invalidInput(`${name} must be an ISO 8601 date`)
  return ms
}

function readInteger(query: URLSearchParams, name: string, fallback: number, min: number): number {
  const text = query.get(name)
  if (text === null) return fallback
  if (!/^\d{1,9}$/.test(text) || Number(text) < min) throw REFUSALS.invalidInput(`${name} must be an integer`)
  return Number(text)
}

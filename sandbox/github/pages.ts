import type { SandboxRequest, SandboxResponse } from '../upstream.ts'
import type { LinkBase } from './render.ts'

/** Items a page. Source: GitHub REST, pagination; more than the maximum is cut to it without a word. */
const DEFAULT_PER_PAGE = 30
const MAX_PER_PAGE = 100

/** The asked page of the items, rendered, with the Link header that leads on. */
export function toPage<T>(
  request: SandboxRequest,
  items: readonly T[],
  base: LinkBase,
): { slice: readonly T[]; headers: Record<string, string> } {
  const perPage = Math.min(toCount(request.query.get('per_page'), DEFAULT_PER_PAGE), MAX_PER_PAGE)
  const page = toCount(request.query.get('page'), 1)
  const last = Math.max(1, Math.ceil(items.length / perPage))
  const links: string[] = []
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(request.query)
    query.set('page', String(to))
    links.push(`<${base.api}${request.path}?${query}>; rel="${rel}"`)
  }
  if (page > 1) link(page - 1, 'prev')
  if (page < last) link(page + 1, 'next')
  if (page < last) link(last, 'last')
  if (page > 1) link(1, 'first')
  const slice = items.slice((page - 1) * perPage, page * perPage)
  return { slice, headers: links.length > 0 ? { link: links.join(', ') } : {} }
}

/** A 200 with the page's items. */
export function pageResponse<T>(
  request: SandboxRequest,
  items: readonly T[],
  render: { base: LinkBase; one: (item: T) => unknown },
): SandboxResponse {
  const { slice, headers } = toPage(request, items, render.base)
  return { status: 200, headers, body: slice.map(render.one) }
}

function toCount(text: string | null, fallback: number): number {
  const value = Number(text ?? '')
  return Number.isInteger(value) && value > 0 ? value : fallback
}

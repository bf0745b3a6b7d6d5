/** Items a page, the most that PagerDuty gives. */
export const PAGE_SIZE = 100
/** Pages that offset and limit can reach: their sum must not exceed 10,000. */
export const LAST_PAGE = 99

const OPEN: [string, string][] = [
  ['statuses[]', 'triggered'],
  ['statuses[]', 'acknowledged'],
  ['include[]', 'acknowledgers'],
]

/** Open incidents of any age, newest first. The API's own default is one month. */
export const OPEN_QUERY = new URLSearchParams([
  ['date_range', 'all'],
  ['sort_by', 'created_at:desc'],
  ...OPEN,
]).toString()

/** Open incidents made since a time, or of any age, oldest first; each with the entry of its first trigger. */
export function openSincePath(sinceMs: number | null): string {
  const query = new URLSearchParams([
    sinceMs === null ? ['date_range', 'all'] : ['since', new Date(sinceMs).toISOString()],
    ['sort_by', 'created_at:asc'],
    ...OPEN,
    ['include[]', 'first_trigger_log_entries'],
  ])
  return `/incidents?${query}`
}

/** Incidents of any status made in a span (at most six months), newest first; each with the entry of its first trigger. */
export function madeInPath({ sinceMs, untilMs }: { sinceMs: number; untilMs: number }): string {
  const query = new URLSearchParams([
    ['since', new Date(sinceMs).toISOString()],
    ['until', new Date(untilMs).toISOString()],
    ['sort_by', 'created_at:desc'],
    ['include[]', 'acknowledgers'],
    ['include[]', 'first_trigger_log_entries'],
  ])
  return `/incidents?${query}`
}

export function incidentPath(id: string, part: '' | '/alerts' | '/log_entries' | '/notes' | '/snooze' = ''): string {
  return `/incidents/${encodeURIComponent(id)}${part}`
}

/** The path of one page of a list, counted from 0. */
export function pagePath(path: string, page: number): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), offset: String(page * PAGE_SIZE) })
  return `${path}${path.includes('?') ? '&' : '?'}${query}`
}

/** What was done to any incident since a time, with the keys of what triggered them; newest first. */
export function accountLogPath(sinceMs: number): string {
  return `/log_entries?${new URLSearchParams({ since: new Date(sinceMs).toISOString(), 'include[]': 'channels' })}`
}

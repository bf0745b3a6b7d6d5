import { POLICIES, SERVICE, USERS } from './account.ts'
import { toPolicy, toService, toUser } from './account-objects.ts'
import type { IncidentRecord, LogRecord, LogType } from './incident.ts'
import { readList, readTime, toPage } from './paging.ts'
import { REFUSALS } from './refusal.ts'
import { toAlert, toIncident, toLogEntry, toNote, type View } from './render.ts'
import type { IncidentStore } from './store.ts'

const INCIDENT_INCLUDES = [
  'acknowledgers',
  'agents',
  'assignees',
  'conference_bridge',
  'escalation_policies',
  'first_trigger_log_entries',
  'priorities',
  'services',
  'teams',
  'users',
] as const
const STATUSES = ['triggered', 'acknowledged', 'resolved'] as const
const SORT_FIELDS = ['incident_number', 'created_at', 'resolved_at', 'urgency'] as const
/** What `is_overview` leaves out: PagerDuty says only that it shows "the most important changes". */
const DETAIL_TYPES: ReadonlySet<LogType> = new Set<LogType>(['notify', 'exhaust_escalation_path'])

/** GET /incidents. Without since, until and `date_range=all` only the last month is searched. */
export function listIncidents(store: IncidentStore, query: URLSearchParams): Record<string, unknown> {
  const view = toView(store, query, INCIDENT_INCLUDES)
  const statuses = readList(query, 'statuses', STATUSES)
  const urgencies = readList(query, 'urgencies', ['high', 'low'])
  const services = query.getAll('service_ids[]')
  const users = query.getAll('user_ids[]')
  const isInWindow = toWindow(store, query)
  // The key of an incident's alerts: the incidents themselves have none.
  const key = query.get('incident_key')
  const found = (key === null ? store.all() : store.holding(key)).filter(
    (incident) =>
      (statuses.length === 0 || statuses.includes(incident.status)) &&
      (urgencies.length === 0 || urgencies.includes(incident.urgency)) &&
      (services.length === 0 || services.includes(SERVICE.id)) &&
      (users.length === 0 || incident.assignees.some(({ user }) => users.includes(user.id))) &&
      query.getAll('team_ids[]').length === 0 &&
      isInWindow(incident.createdAt),
  )
  const page = toPage(sortIncidents(found, query), query)
  return { incidents: page.items.map((incident) => toIncident(incident, view)), ...page.members }
}

/** GET /incidents/{id}, the only one that can include custom fields. */
export function showIncident(store: IncidentStore, incident: IncidentRecord, query: URLSearchParams) {
  return { incident: toIncident(incident, toView(store, query, [...INCIDENT_INCLUDES, 'custom_fields'])) }
}

/** GET /incidents/{id}/alerts */
export function listAlerts(store: IncidentStore, incident: IncidentRecord, query: URLSearchParams) {
  const view = toView(store, query, ['services', 'first_trigger_log_entries', 'incidents'])
  const statuses = readList(query, 'statuses', ['triggered', 'resolved'])
  const key = query.get('alert_key')
  const found = incident.alerts.filter(
    (alert) => (key === null || alert.key === key) && (statuses.length === 0 || statuses.includes(alert.status)),
  )
  const page = toPage(found, query)
  return { alerts: page.items.map((alert) => toAlert(alert, incident, view)), ...page.members }
}

/** GET /incidents/{id}/notes: newest first, and all of them, for it has no pages. */
export function listNotes(store: IncidentStore, incident: IncidentRecord) {
  return { notes: incident.notes.toReversed().map((note) => toNote(note, store.webBaseUrl)) }
}

/** GET /log_entries and GET /incidents/{id}/log_entries: newest first. */
export function listLogEntries(store: IncidentStore, log: readonly LogRecord[], query: URLSearchParams) {
  const view = toView(store, query, ['incidents', 'services', 'channels', 'teams'])
  const since = readTime(query, 'since') ?? Number.NEGATIVE_INFINITY
  const until = readTime(query, 'until') ?? Number.POSITIVE_INFINITY
  const isOverview = query.get('is_overview') === 'true'
  const found: LogRecord[] = []
  for (const entry of log.toReversed()) {
    // Times are shown in whole seconds, so they are compared in whole seconds.
    const second = Math.floor(entry.at.getTime() / 1000) * 1000
    if (second >= since && second <= until && !(isOverview && DETAIL_TYPES.has(entry.type))) found.push(entry)
  }
  const page = toPage(found, query)
  return { log_entries: page.items.map((entry) => toLogEntry(entry, view)), ...page.members }
}

/** GET of the account's fixed objects: users, services, escalation policies. @throws Refusal 2100 for any other path */
export function showAccount(store: IncidentStore, [collection, id]: string[], query: URLSearchParams) {
  const view = toView(store, query, [])
  switch (collection) {
    case 'users': {
      const users = USERS.filter((user) => id === undefined || user.id === id)
      if (id !== undefined) return { user: toUser(requireOne(users), view.web, view.settings) }
      const wanted = query.get('query')?.toLowerCase() ?? ''
      const found = users.filter(({ name, email }) => [name, email].some((text) => text.toLowerCase().includes(wanted)))
      const page = toPage(found, query)
      return { users: page.items.map((user) => toUser(user, view.web, view.settings)), ...page.members }
    }
    case 'services': {
      if (id === undefined) return { services: [toService(view)], ...toPage([SERVICE], query).members }
      if (id !== SERVICE.id) throw REFUSALS.notFound()
      return { service: toService(view) }
    }
    case 'escalation_policies': {
      const policies = POLICIES.filter((policy) => id === undefined || policy.id === id)
      if (id !== undefined) return { escalation_policy: toPolicy(requireOne(policies), view) }
      const page = toPage(policies, query)
      return { escalation_policies: page.items.map((policy) => toPolicy(policy, view)), ...page.members }
    }
    default:
      throw REFUSALS.notFound()
  }
}

function requireOne<T>([item]: readonly T[]): T {
  if (item === undefined) throw REFUSALS.notFound()
  return item
}

function toView(store: IncidentStore, query: URLSearchParams, includes: readonly string[]): View {
  const include = includes.length === 0 ? [] : readList(query, 'include', includes)
  return { web: store.webBaseUrl, settings: store.settings, include: new Set(include) }
}

function toWindow(store: IncidentStore, query: URLSearchParams): (at: Date) => boolean {
  if (query.get('date_range') === 'all') return () => true
  const now = store.now()
  const until = readTime(query, 'until') ?? now.getTime()
  const since = readTime(query, 'since') ?? addMonths(new Date(until), -1)
  if (since < addMonths(new Date(until), -6)) throw REFUSALS.invalidInput('The date range must not exceed 6 months')
  return (at) => at.getTime() >= since && at.getTime() <= until
}

function addMonths(date: Date, months: number): number {
  const moved = new Date(date)
  return moved.setUTCMonth(moved.getUTCMonth() + months)
}

function sortIncidents(incidents: readonly IncidentRecord[], query: URLSearchParams): IncidentRecord[] {
  const orders = query
    .getAll('sort_by')
    .flatMap((value) => value.split(','))
    .map((value) => {
      const [name, direction = 'asc'] = value.split(':')
      const field = SORT_FIELDS.find((known) => known === name)
      if (!field || (direction !== 'asc' && direction !== 'desc')) throw REFUSALS.invalidInput('sort_by is invalid')
      return { field, sign: direction === 'asc' ? 1 : -1 }
    })
  if (orders.length > 2) throw REFUSALS.invalidInput('sort_by takes at most two fields')
  return incidents.toSorted((a, b) => {
    for (const { field, sign } of orders) {
      const difference = toSortValue(a, field) - toSortValue(b, field)
      if (difference !== 0) return sign * difference
    }
    // The number settles a draw, in the direction asked for, so that pages do not overlap.
    return (orders[0]?.sign ?? 1) * (a.number - b.number)
  })
}

function toSortValue(incident: IncidentRecord, field: (typeof SORT_FIELDS)[number]): number {
  switch (field) {
    case 'incident_number':
      return incident.number
    case 'created_at':
      return incident.createdAt.getTime()
    case 'resolved_at':
      return incident.resolvedAt?.getTime() ?? 0
    case 'urgency':
      return incident.urgency === 'high' ? 0 : 1
  }
}

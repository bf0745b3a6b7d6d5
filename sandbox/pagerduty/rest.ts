import type { SandboxRequest, SandboxResponse } from '../upstream.ts'
import { type PagerdutyUser, USERS } from './account.ts'
import type { Act } from './incident.ts'
import { listAlerts, listIncidents, listLogEntries, listNotes, showAccount, showIncident } from './reads.ts'
import { REFUSALS } from './refusal.ts'
import type { IncidentStore } from './store.ts'
import { createNote, snoozeIncident, updateIncident, updateIncidents } from './writes.ts'

/** Answers one REST v2 request. @throws Refusal for what PagerDuty answers with an error body */
export function answerRest(store: IncidentStore, request: SandboxRequest): SandboxResponse {
  authorize(store, request)
  const segments = request.path.split('/').slice(1).map(decodeSegment)
  switch (request.method) {
    case 'GET':
      return { status: 200, body: read(store, segments, request.query) }
    case 'PUT':
    case 'POST':
      return write(store, segments, request)
    default:
      throw REFUSALS.notFound()
  }
}

function read(store: IncidentStore, segments: string[], query: URLSearchParams): unknown {
  const [collection, id, part, ...rest] = segments
  if (rest.length > 0) throw REFUSALS.notFound()
  if (collection === 'log_entries' && id === undefined) return listLogEntries(store, store.log(), query)
  if (collection !== 'incidents') return showAccount(store, segments, query)
  if (id === undefined) return listIncidents(store, query)
  const incident = store.require(id)
  switch (part) {
    case undefined:
      return showIncident(store, incident, query)
    case 'alerts':
      return listAlerts(store, incident, query)
    case 'notes':
      return listNotes(store, incident)
    case 'log_entries':
      return listLogEntries(store, incident.log, query)
    default:
      throw REFUSALS.notFound()
  }
}

function write(store: IncidentStore, segments: string[], request: SandboxRequest): SandboxResponse {
  const [collection, id, part, ...rest] = segments
  if (collection !== 'incidents' || rest.length > 0) throw REFUSALS.notFound()
  const act: Act = { actor: { kind: 'user', user: toRequester(request), via: 'api' }, at: store.now() }
  const body = parseJson(request)
  if (request.method === 'PUT' && id === undefined) return { status: 200, body: updateIncidents(store, body, act) }
  if (id === undefined) throw REFUSALS.notFound()
  const incident = store.require(id)
  switch (`${request.method} ${part ?? ''}`) {
    case 'PUT ':
      return { status: 200, body: updateIncident(store, incident, body, act) }
    // A created note is answered with 200, a snooze with 201.
    case 'POST notes':
      return { status: 200, body: createNote(store, incident, body, act) }
    case 'POST snooze':
      return { status: 201, body: snoozeIncident(store, incident, body, act) }
    default:
      throw REFUSALS.notFound()
  }
}

function authorize(store: IncidentStore, { headers }: SandboxRequest): void {
  if (headers.authorization !== `Token token=${store.settings.token}`) throw REFUSALS.unauthorized()
  if (!/^application\/vnd\.pagerduty\+json;\s*version=2$/.test(headers.accept ?? '')) throw REFUSALS.notAcceptable()
}

/** Whoever `From` names acts; a write by nobody is refused. */
function toRequester({ headers }: SandboxRequest): PagerdutyUser {
  const email = headers.from
  if (email === undefined) throw REFUSALS.unknownRequester('From header is required')
  const user = USERS.find((known) => known.email === email.toLowerCase())
  if (!user) throw REFUSALS.unknownRequester('From header does not name a user of this account')
  return user
}

function parseJson({ headers, rawBody }: SandboxRequest): unknown {
  if (!headers['content-type']?.startsWith('application/json')) {
    throw REFUSALS.invalidInput('Content-Type must be application/json')
  }
  try {
    return JSON.parse(rawBody)
  } catch {
    throw REFUSALS.invalidInput('The body is not JSON')
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw REFUSALS.notFound()
  }
}

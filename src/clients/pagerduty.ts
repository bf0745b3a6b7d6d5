import type { z } from 'zod'
import type { Spending } from './call-budget.ts'
import type { Paged, PagerdutyOptions } from './pagerduty-options.ts'
import {
  accountLogPath,
  incidentPath,
  madeInPath,
  OPEN_QUERY,
  openSincePath,
  PAGE_SIZE,
  pagePath,
} from './pagerduty-queries.ts'
import {
  alertListSchema,
  incidentAnswerSchema,
  incidentListSchema,
  logEntryListSchema,
  noteAnswerSchema,
  noteListSchema,
  type RawAlert,
  type RawIncident,
  type RawLogEntry,
  type RawNote,
  type RawService,
  type RawUser,
  serviceAnswerSchema,
  userListSchema,
} from './pagerduty-schema.ts'
import { createPagerdutyTransport, type PagerdutyCall, type SendToPagerduty } from './pagerduty-transport.ts'

export type { Paged, PagerdutyOptions } from './pagerduty-options.ts'

/** Pages of log entries or alerts that one question may read; an incident with more is judged as shared. */
const PAGE_LIMIT = 10
/** How far back `recentIncidents` looks, in ms. */
const RECENT_MS = 30 * 86_400_000

/**
 * PagerDuty's REST API v2, the calls that the responder makes and no others: it can't resolve an incident, nor assign
 * one to anybody but its own escalation policy. Every try ends within 10 s; a write is sent once, a read that got no
 * answer once more; a call fails with a TransientError or TerminalError.
 * Source: PagerDuty REST API v2 reference; limits and codes, "Errors" and "Rate limiting" there.
 */
export class PagerdutyClient {
  readonly #options: PagerdutyOptions
  readonly #send: SendToPagerduty

  constructor(options: PagerdutyOptions, send = createPagerdutyTransport(options)) {
    this.#options = options
    this.#send = send
  }

  /** The same client, whose calls all have this place where calls are scarce instead of their own. */
  spending(spending: Spending): PagerdutyClient {
    return new PagerdutyClient(this.#options, (call) => this.#send({ ...call, spending }))
  }

  /** Open incidents that hold an alert of this key, newest first. Of any age: the API's own default is one month. */
  async openIncidents(dedupKey: string): Promise<RawIncident[]> {
    const path = `/incidents?${OPEN_QUERY}&${new URLSearchParams({ incident_key: dedupKey, limit: String(PAGE_SIZE) })}`
    return (await this.#read('list incidents', path, incidentListSchema)).incidents
  }

  /** All open incidents that the token can see, of any age and key, newest first. */
  allOpenIncidents(): Promise<Paged<RawIncident>> {
    return this.#pages('list open incidents', `/incidents?${OPEN_QUERY}`, incidentListSchema, (page) => page.incidents)
  }

  /**
   * A page, counted from 0 to 99, of the open incidents made since a time (at most six months ago) or, with null, of any
   * age; oldest first, each with the key of what first triggered it; complete where none follows.
   */
  async openIncidentsPage(sinceMs: number | null, page: number): Promise<Paged<RawIncident>> {
    const path = pagePath(openSincePath(sinceMs), page)
    const { incidents, more } = await this.#read('list many incidents', path, incidentListSchema)
    return { items: incidents, isComplete: more !== true }
  }

  /** A page, counted from 0 to 99, of the incidents of any status made in a span (at most six months); newest first. */
  async incidentsMadePage(span: { sinceMs: number; untilMs: number }, page: number): Promise<Paged<RawIncident>> {
    const path = pagePath(madeInPath(span), page)
    const { incidents, more } = await this.#read('list past incidents', path, incidentListSchema)
    return { items: incidents, isComplete: more !== true }
  }

  /** Incidents of any status of the last 30 days whose title names one of these alerts, among the newest 1,000. */
  async recentIncidents(alertnames: readonly string[]): Promise<RawIncident[]> {
    const untilMs = this.#options.now()
    const path = madeInPath({ sinceMs: untilMs - RECENT_MS, untilMs })
    const { items } = await this.#pages('list past incidents', path, incidentListSchema, (page) => page.incidents)
    return items.filter(({ title }) => alertnames.some((name) => title?.includes(name)))
  }

  /** The user with exactly this e-mail address, in any case of letters, or null. */
  async userByEmail(email: string): Promise<RawUser | null> {
    const path = `/users?${new URLSearchParams({ query: email })}`
    const { items } = await this.#pages('list users', path, userListSchema, (page) => page.users)
    return items.find((user) => user.email?.toLowerCase() === email.toLowerCase()) ?? null
  }

  async service(id: string): Promise<RawService> {
    const path = `/services/${encodeURIComponent(id)}`
    return (await this.#read('get service', path, serviceAnswerSchema)).service
  }

  async incident(id: string): Promise<RawIncident> {
    const path = `${incidentPath(id)}?${new URLSearchParams({ 'include[]': 'acknowledgers' })}`
    return (await this.#read('get incident', path, incidentAnswerSchema)).incident
  }

  alerts(id: string): Promise<Paged<RawAlert>> {
    return this.#pages('list alerts', incidentPath(id, '/alerts'), alertListSchema, (page) => page.alerts)
  }

  logEntries(id: string): Promise<Paged<RawLogEntry>> {
    const path = incidentPath(id, '/log_entries')
    return this.#pages('list log entries', path, logEntryListSchema, (page) => page.log_entries)
  }

  /** A page, counted from 0 to 99, of what was done to any incident since a time; newest first, complete where none follows. */
  async accountLogPage(sinceMs: number, page: number): Promise<Paged<RawLogEntry>> {
    const path = pagePath(accountLogPath(sinceMs), page)
    const { log_entries: items, more } = await this.#read('list account log entries', path, logEntryListSchema)
    return { items, isComplete: more !== true }
  }

  async notes(id: string): Promise<RawNote[]> {
    return (await this.#read('list notes', incidentPath(id, '/notes'), noteListSchema)).notes
  }

  /** Acknowledges a triggered incident. An incident that is acknowledged already is answered with code 1002. */
  acknowledge(id: string): Promise<RawIncident> {
    return this.#setStatus(id, 'acknowledged')
  }

  /** Acknowledges 2 to 50 incidents in one call. One that can't be acknowledged has PagerDuty refuse them all. */
  async acknowledgeAll(ids: readonly string[]): Promise<RawIncident[]> {
    const body = { incidents: ids.map((id) => ({ id, type: 'incident_reference', status: 'acknowledged' })) }
    const call = {
      operation: 'acknowledge many',
      method: 'PUT',
      path: '/incidents',
      body,
      spending: 'acknowledge',
    } as const
    return (await this.#write(call, incidentListSchema)).answer.incidents
  }

  /** Sets an incident back to triggered, so that it rings. */
  trigger(id: string): Promise<RawIncident> {
    return this.#setStatus(id, 'triggered')
  }

  /** Assigns the incident anew to the escalation policy that it has: its first level is rung. */
  async assignToOwnPolicy(id: string, policyId: string): Promise<RawIncident> {
    const body = {
      incident: {
        type: 'incident_reference',
        escalation_policy: { id: policyId, type: 'escalation_policy_reference' },
      },
    }
    const call = { operation: 'assign to own policy', method: 'PUT', path: incidentPath(id), body } as const
    return (await this.#write({ ...call, spending: 'wake' }, incidentAnswerSchema)).answer.incident
  }

  /**
   * Snoozes an acknowledged incident for whole seconds, 1 to 604800. `serverNowMs` is PagerDuty's own clock at the
   * answer, by which its end is to be judged.
   */
  async snooze(id: string, seconds: number): Promise<{ incident: RawIncident; serverNowMs: number }> {
    const call = { operation: 'snooze', method: 'POST', path: incidentPath(id, '/snooze'), spending: 'snooze' } as const
    const { answer, serverNowMs } = await this.#write({ ...call, body: { duration: seconds } }, incidentAnswerSchema)
    return { incident: answer.incident, serverNowMs }
  }

  async addNote(id: string, content: string): Promise<RawNote> {
    const call = { operation: 'add note', method: 'POST', path: incidentPath(id, '/notes'), spending: 'note' } as const
    return (await this.#write({ ...call, body: { note: { content } } }, noteAnswerSchema)).answer.note
  }

  async #setStatus(id: string, status: 'acknowledged' | 'triggered'): Promise<RawIncident> {
    const body = { incident: { type: 'incident_reference', status } }
    const named =
      status === 'acknowledged'
        ? ({ operation: 'acknowledge', spending: 'acknowledge' } as const)
        : ({ operation: 'trigger', spending: 'wake' } as const)
    const call = { ...named, method: 'PUT', path: incidentPath(id), body } as const
    return (await this.#write(call, incidentAnswerSchema)).answer.incident
  }

  async #pages<S extends z.ZodType<{ more?: boolean | null | undefined }>, T>(
    what: string,
    path: string,
    schema: S,
    itemsOf: (page: z.infer<S>) => T[],
  ): Promise<Paged<T>> {
    const items: T[] = []
    for (let page = 0; page < PAGE_LIMIT; page += 1) {
      const answer = await this.#read(what, pagePath(path, page), schema)
      items.push(...itemsOf(answer))
      if (answer.more !== true) return { items, isComplete: true }
    }
    return { items, isComplete: false }
  }

  async #read<S extends z.ZodType>(operation: string, path: string, schema: S): Promise<z.infer<S>> {
    return (await this.#send({ operation, method: 'GET', path, schema, spending: 'read' })).answer
  }

  async #write<S extends z.ZodType>(call: Omit<PagerdutyCall<S>, 'schema'>, schema: S) {
    return this.#send({ ...call, schema })
  }
}

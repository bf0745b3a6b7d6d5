import { api } from '@pagerduty/pdjs'
import { ExponentialBackoff, handleWhen, type RetryPolicy, retry } from 'cockatiel'
import type { z } from 'zod'
import { TransientError } from '../errors.ts'
import { toStatusError, toTransportError, toWaitMs } from './http-outcome.ts'
import { oneTryAgent } from './one-try-agent.ts'
import { assertAllowedCall } from './pagerduty-allowed.ts'
import type { Paged, PagerdutyOptions } from './pagerduty-options.ts'
import {
  alertListSchema,
  errorSchema,
  incidentAnswerSchema,
  incidentListSchema,
  logEntryListSchema,
  noteAnswerSchema,
  noteListSchema,
  type RawAlert,
  type RawIncident,
  type RawLogEntry,
  type RawNote,
} from './pagerduty-schema.ts'

export type { Paged, PagerdutyOptions } from './pagerduty-options.ts'

/** Longest a single try may take, connection and body together, where the options do not say. */
const DEFAULT_TIMEOUT_MS = 10_000
/** Largest answer that is read. */
const ANSWER_LIMIT_BYTES = 1_048_576
const PAGE_SIZE = 100
/** Pages of log entries or alerts that one question may read; an incident with more is judged as shared. */
const PAGE_LIMIT = 10

const OPEN_QUERY = new URLSearchParams([
  ['date_range', 'all'],
  ['sort_by', 'created_at:desc'],
  ['statuses[]', 'triggered'],
  ['statuses[]', 'acknowledged'],
  ['include[]', 'acknowledgers'],
]).toString()

/**
 * PagerDuty's REST API v2, the calls that the responder makes and no others: it can't resolve an incident, nor assign
 * one to anybody but its own escalation policy. Every try ends within 10 s; a write is sent once, a read that got no
 * answer once more; a call fails with a TransientError or TerminalError.
 * Source: PagerDuty REST API v2 reference; limits and codes, "Errors" and "Rate limiting" there.
 */
export class PagerdutyClient {
  readonly #options: PagerdutyOptions
  readonly #reads: RetryPolicy

  constructor(options: PagerdutyOptions) {
    this.#options = options
    this.#reads = retry(
      handleWhen((error) => error instanceof TransientError && error.code !== 'rate-limited'),
      { maxAttempts: 1, backoff: new ExponentialBackoff({ initialDelay: 250, maxDelay: 2_000 }) },
    )
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

  async incident(id: string): Promise<RawIncident> {
    const path = `/incidents/${encodeURIComponent(id)}?${new URLSearchParams({ 'include[]': 'acknowledgers' })}`
    return (await this.#read('get incident', path, incidentAnswerSchema)).incident
  }

  alerts(id: string): Promise<Paged<RawAlert>> {
    return this.#pages(
      'list alerts',
      `/incidents/${encodeURIComponent(id)}/alerts`,
      alertListSchema,
      (page) => page.alerts,
    )
  }

  logEntries(id: string): Promise<Paged<RawLogEntry>> {
    const path = `/incidents/${encodeURIComponent(id)}/log_entries`
    return this.#pages('list log entries', path, logEntryListSchema, (page) => page.log_entries)
  }

  async notes(id: string): Promise<RawNote[]> {
    return (await this.#read('list notes', `/incidents/${encodeURIComponent(id)}/notes`, noteListSchema)).notes
  }

  /** Acknowledges a triggered incident. An incident that is acknowledged already is answered with code 1002. */
  acknowledge(id: string): Promise<RawIncident> {
    return this.#setStatus(id, 'acknowledged')
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
    return (
      await this.#write(
        'assign to own policy',
        'PUT',
        `/incidents/${encodeURIComponent(id)}`,
        body,
        incidentAnswerSchema,
      )
    ).answer.incident
  }

  /**
   * Snoozes an acknowledged incident for whole seconds, 1 to 604800. `serverNowMs` is PagerDuty's own clock at the
   * answer, by which its end is to be judged.
   */
  async snooze(id: string, seconds: number): Promise<{ incident: RawIncident; serverNowMs: number }> {
    const path = `/incidents/${encodeURIComponent(id)}/snooze`
    const { answer, serverNowMs } = await this.#write(
      'snooze',
      'POST',
      path,
      { duration: seconds },
      incidentAnswerSchema,
    )
    return { incident: answer.incident, serverNowMs }
  }

  async addNote(id: string, content: string): Promise<RawNote> {
    const path = `/incidents/${encodeURIComponent(id)}/notes`
    return (await this.#write('add note', 'POST', path, { note: { content } }, noteAnswerSchema)).answer.note
  }

  async #setStatus(id: string, status: 'acknowledged' | 'triggered'): Promise<RawIncident> {
    const body = { incident: { type: 'incident_reference', status } }
    const operation = status === 'acknowledged' ? 'acknowledge' : 'trigger'
    return (await this.#write(operation, 'PUT', `/incidents/${encodeURIComponent(id)}`, body, incidentAnswerSchema))
      .answer.incident
  }

  async #pages<S extends z.ZodType<{ more?: boolean | null | undefined }>, T>(
    what: string,
    path: string,
    schema: S,
    itemsOf: (page: z.infer<S>) => T[],
  ): Promise<Paged<T>> {
    const items: T[] = []
    for (let page = 0; page < PAGE_LIMIT; page += 1) {
      const query = new URLSearchParams({ limit: String(PAGE_SIZE), offset: String(page * PAGE_SIZE) })
      const answer = await this.#read(what, `${path}${path.includes('?') ? '&' : '?'}${query}`, schema)
      items.push(...itemsOf(answer))
      if (answer.more !== true) return { items, isComplete: true }
    }
    return { items, isComplete: false }
  }

  async #read<S extends z.ZodType>(what: string, path: string, schema: S): Promise<z.infer<S>> {
    return (await this.#reads.execute(() => this.#call(what, { method: 'GET', path, body: undefined }, schema))).answer
  }

  #write<S extends z.ZodType>(what: string, method: 'PUT' | 'POST', path: string, body: object, schema: S) {
    return this.#call(what, { method, path, body }, schema)
  }

  async #call<S extends z.ZodType>(
    operation: string,
    call: { method: 'GET' | 'PUT' | 'POST'; path: string; body: object | undefined },
    schema: S,
  ): Promise<{ answer: z.infer<S>; serverNowMs: number }> {
    assertAllowedCall(call)
    const what = `PagerDuty ${operation}`
    const startedMs = performance.now()
    const report = (outcome: string) =>
      this.#options.observe?.(operation, outcome, (performance.now() - startedMs) / 1_000)
    try {
      const { status, data, headers } = await this.#send(what, call)
      const known = errorSchema.safeParse(data)
      const upstreamCode = known.success && known.data.error?.code != null ? String(known.data.error.code) : null
      const waitMs = toWaitMs(single(headers['ratelimit-reset']) ?? single(headers['retry-after']), this.#options.now())
      const failure = toStatusError(what, status, waitMs, upstreamCode)
      if (failure) throw failure
      const parsed = schema.safeParse(data)
      if (!parsed.success) throw new TransientError('unknown', `${what}: answered in a shape that is not known`)
      report('ok')
      const dateMs = Date.parse(single(headers.date) ?? '')
      return { answer: parsed.data, serverNowMs: Number.isFinite(dateMs) ? dateMs : this.#options.now() }
    } catch (error) {
      report(error instanceof Error && 'code' in error ? String(error.code) : 'failed')
      throw error
    }
  }

  /** Sends through pdjs, held to one request, one deadline and one answer size; its odd rejections become our errors. */
  async #send(what: string, call: { method: string; path: string; body: object | undefined }) {
    const wire = oneTryAgent()
    try {
      const response = await api({
        token: this.#options.token(),
        url: `${this.#options.apiUrl}${call.path}`,
        method: call.method,
        headers: call.method === 'GET' ? {} : { From: this.#options.from },
        ...(call.body === undefined ? {} : { data: call.body }),
        // pdjs's own time-out never fires and its timer keeps the process alive: 0 leaves it out.
        requestTimeout: 0,
        retryTimeout: 0,
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
        // Read by the fetch below pdjs: no redirect may carry the token elsewhere, no answer may fill the memory.
        ...{ agent: wire.agentFor, redirect: 'error' as const, size: ANSWER_LIMIT_BYTES },
      })
      const data: unknown = response.data
      return { status: response.status, data, headers: wire.answer()?.headers ?? {} }
    } catch (error) {
      const seen = wire.answer()
      // pdjs rejects on a body that is no JSON, and its refused repeat of a 429 ends here too: the wire knows the status.
      const failure =
        seen &&
        toStatusError(
          what,
          seen.status,
          toWaitMs(single(seen.headers['ratelimit-reset']) ?? single(seen.headers['retry-after']), this.#options.now()),
          null,
        )
      throw failure || toTransportError(what, error)
    }
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

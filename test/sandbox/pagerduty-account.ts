import { SandboxClock } from '../../sandbox/clock.ts'
import { Faults } from '../../sandbox/faults.ts'
import { Ledger } from '../../sandbox/ledger.ts'
import { RESPONDER_USER } from '../../sandbox/pagerduty/account.ts'
import { PagerdutySandbox } from '../../sandbox/pagerduty/pagerduty.ts'
import { RequestLog } from '../../sandbox/request-log.ts'
import { startServer } from '../../sandbox/server.ts'

export interface Answer {
  status: number
  headers: Headers
  body: unknown
}

export interface CallOptions {
  body?: unknown
  /** Sent as it is, instead of `body`. */
  rawBody?: string
  /** Replace the right ones; `undefined` leaves one out. */
  headers?: Record<string, string | undefined>
}

/** PagerDuty alone on a port of its own, and a caller with the right headers. */
export async function startPagerduty() {
  const clock = new SandboxClock()
  const ledger = new Ledger()
  const faults = new Faults()
  const requests = new RequestLog()
  const pagerduty = new PagerdutySandbox({ clock, ledger })
  const upstreams = [pagerduty, pagerduty.events]
  const server = await startServer({ port: 0, latencyMs: 0, upstreams, clock, faults, requests })

  async function send(method: string, path: string, options: CallOptions, headers: Record<string, string | undefined>) {
    const body = options.rawBody ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const given = Object.entries({ ...headers, ...options.headers }).filter((entry): entry is [string, string] => {
      return entry[1] !== undefined
    })
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: given,
      ...(body !== undefined && { body }),
    })
    const answer: Answer = { status: response.status, headers: response.headers, body: toJson(await response.text()) }
    return answer
  }

  return {
    url: server.url,
    clock,
    ledger,
    faults,
    requests,
    pagerduty,
    /** One REST call; the path is below `/pagerduty`. */
    call(method: string, path: string, options: CallOptions = {}) {
      const hasBody = options.body !== undefined || options.rawBody !== undefined
      return send(method, `/pagerduty${path}`, options, {
        authorization: `Token token=${pagerduty.settings.token}`,
        accept: 'application/vnd.pagerduty+json;version=2',
        ...(hasBody && { 'content-type': 'application/json', from: RESPONDER_USER.email }),
      })
    },
    /** One event; `routing_key` is added. */
    enqueue(event: Record<string, unknown>, rawBody?: string) {
      const body = { routing_key: pagerduty.settings.routingKey, ...event }
      const options = rawBody === undefined ? { body } : { rawBody }
      return send('POST', '/pagerduty-events/v2/enqueue', options, { 'content-type': 'application/json' })
    },
    /** The effects on the ledger, as `effect actor`, without rings. */
    effects(target?: string) {
      return ledger
        .entries()
        .filter((entry) => entry.effect !== 'ring' && (target === undefined || entry.target === target))
        .map(({ effect, actor }) => `${effect} ${actor}`)
    },
    /** Who was rung for this incident, in order. */
    rung(id: string) {
      return pagerduty.rings(id).map(({ detail }) => detail.user)
    },
    async close() {
      pagerduty.close()
      await server.close()
    },
  }
}

export type PagerdutyAccount = Awaited<ReturnType<typeof startPagerduty>>

/** Returns the member at this path of plain data, for example `incidents.0.id`; `undefined` if there is none. */
export function at(value: unknown, path: string): unknown {
  let found = value
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, name)
  }
  return found
}

/** Returns the list at this path; empty if there is none. */
export function listAt(value: unknown, path: string): unknown[] {
  const found = at(value, path)
  return Array.isArray(found) ? found : []
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { send } from '../send.ts'

/** An alert that Alertmanager has. */
export interface SandboxAlert {
  fingerprint: string
  labels: Record<string, string>
  annotations?: Record<string, string>
  /** UTC ISO 8601. */
  startsAt: string
  receivers: readonly string[]
  /** Default `active`. */
  state?: 'unprocessed' | 'active' | 'suppressed'
}

export interface AlertmanagerSandbox {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  /** What `GET /api/v2/alerts` shows; may be changed at any time. */
  readonly alerts: SandboxAlert[]
  /** Answers this status to everything while set. */
  failsWith: number | null
  /** How often the alerts were asked for. */
  readonly calls: number
  close(): Promise<void>
}

/** How far in the future the end of a firing alert is shown, in milliseconds: the resolve time-out. */
const RESOLVE_TIMEOUT_MS = 300_000
const MATCHER = /^(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"$/

/** Starts Alertmanager's API v2 on a loopback port of its own, as far as alerts are read from it. */
export async function startAlertmanagerSandbox(): Promise<AlertmanagerSandbox> {
  const alerts: SandboxAlert[] = []
  const state = { failsWith: null as number | null, calls: 0 }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (state.failsWith !== null) return send(response, { status: state.failsWith, body: 'asked to fail' })
    if (request.method !== 'GET' || url.pathname !== '/api/v2/alerts') return send(response, { status: 404, body: '' })
    state.calls += 1
    const filters = url.searchParams.getAll('filter').map(toPredicate)
    if (filters.includes(null)) return send(response, { status: 400, body: JSON.stringify('bad matcher format') })
    const found = alerts.filter(({ labels }) => filters.every((matches) => matches?.(labels)))
    return send(response, { status: 200, body: found.map(toListed) })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    alerts,
    get failsWith() {
      return state.failsWith
    },
    set failsWith(status) {
      state.failsWith = status
    },
    get calls() {
      return state.calls
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function toListed(alert: SandboxAlert): Record<string, unknown> {
  return {
    annotations: alert.annotations ?? {},
    endsAt: new Date(Date.now() + RESOLVE_TIMEOUT_MS).toISOString(),
    fingerprint: alert.fingerprint,
    receivers: alert.receivers.map((name) => ({ name })),
    startsAt: alert.startsAt,
    status: { state: alert.state ?? 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
    updatedAt: new Date().toISOString(),
    generatorURL: '',
    labels: alert.labels,
  }
}

/** Null for a matcher that can't be read. Expressions are anchored at both ends. */
function toPredicate(filter: string): ((labels: Record<string, string>) => boolean) | null {
  const [, name = '', operator, quoted = ''] = MATCHER.exec(filter) ?? []
  if (operator === undefined) return null
  const value: string = JSON.parse(`"${quoted}"`)
  const isMatch = operator.endsWith('~')
    ? (given: string) => new RegExp(`^(?:${value})$`).test(given)
    : (given: string) => given === value
  return (labels) => isMatch(labels[name] ?? '') !== operator.startsWith('!')
}

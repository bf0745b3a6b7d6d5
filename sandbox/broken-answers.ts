import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SandboxClock } from './clock.ts'
import type { Fault } from './faults.ts'
import { send } from './send.ts'
import type { SandboxResponse, UpstreamName } from './upstream.ts'

export interface FaultyAnswer {
  /** What the upstream answered, if it was asked at all. */
  answer: SandboxResponse | undefined
  upstream: UpstreamName
  response: ServerResponse
  clock: SandboxClock
}

const HTML_PAGE = '<!doctype html><title>Sign in</title><h1>Sign in to continue</h1>\n'

/** Sends, or withholds, the answer as the fault says. */
export async function sendFaulty(fault: Fault, context: FaultyAnswer): Promise<void> {
  const { response } = context
  const answer = context.answer ?? { status: 200, body: {} }
  switch (fault.kind) {
    case 'status':
    case 'commitThenStatus':
      send(response, { status: fault.status, body: fault.body ?? '', ...(fault.headers && { headers: fault.headers }) })
      return
    case 'hang':
      return
    case 'reset':
      resetSocket(response.socket)
      return
    case 'html':
      send(response, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: HTML_PAGE })
      return
    case 'truncatedJson': {
      const json = JSON.stringify(answer.body) ?? ''
      const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers }
      send(response, { status: answer.status, headers, body: json.slice(0, Math.floor(json.length / 2)) })
      return
    }
    case 'slowBody':
      await sendSlowly(response, answer, fault.bytesPerSecond ?? 1)
      return
    case 'delay':
      await sleep(fault.ms, undefined, { ref: false })
      send(response, answer)
      return
    case 'rateLimited':
      send(
        response,
        toRateLimited(context.upstream, fault.headers ?? true, fault.retryAfterSeconds ?? 1, context.clock),
      )
      return
  }
}

async function sendSlowly(response: ServerResponse, answer: SandboxResponse, bytesPerSecond: number): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(answer.body) ?? '')
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  })
  response.flushHeaders()
  for (let sent = 0; sent < bytes.length && !response.destroyed; sent += 1) {
    response.write(bytes.subarray(sent, sent + 1))
    // Unreferenced, so that a body that would take an hour does not keep the process alive.
    await sleep(1000 / bytesPerSecond, undefined, { ref: false })
  }
  response.end()
}

/** Without a FIN first: the caller sees ECONNRESET, as from a crashed load balancer. */
function resetSocket(socket: Socket | null): void {
  // Where the caller is gone our side is closing already; Node never frees a socket that is reset then, and can't end.
  if (socket?.writableEnded) socket.destroy()
  else socket?.resetAndDestroy()
}

/** Each upstream says "slow down" in its own way. */
function toRateLimited(
  upstream: UpstreamName,
  hasHeaders: boolean,
  seconds: number,
  clock: SandboxClock,
): SandboxResponse {
  const wait = String(seconds)
  switch (upstream) {
    case 'pagerduty':
      // `ratelimit-reset` is the time to wait, not an epoch. Without headers PagerDuty may send no body either.
      return hasHeaders
        ? {
            status: 429,
            headers: { 'ratelimit-limit': '960', 'ratelimit-remaining': '0', 'ratelimit-reset': wait },
            body: { error: { message: 'Rate Limit Exceeded', code: 2020 } },
          }
        : { status: 429, body: '' }
    case 'pagerduty-events':
      return { status: 429, body: '' }
    case 'prometheus':
    case 'logs':
    case 'iam':
    case 'key-protect':
    case 'kubernetes':
    case 'heartbeat':
      return { status: 429, ...(hasHeaders && { headers: { 'retry-after': wait } }), body: '' }
    case 'slack':
      return {
        status: 429,
        ...(hasHeaders && { headers: { 'retry-after': wait } }),
        body: { ok: false, error: 'ratelimited' },
      }
    case 'github': {
      // The primary limit: 403, no wait but the epoch second at which the window ends.
      const reset = String(Math.ceil(clock.now().getTime() / 1000) + seconds)
      return {
        status: 403,
        ...(hasHeaders && { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } }),
        body: { message: 'API rate limit exceeded' },
      }
    }
  }
}

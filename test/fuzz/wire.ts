import { connect } from 'node:net'
import fc from 'fast-check'
import { ALERTMANAGER, PAGERDUTY, SLACK_EVENTS } from './good-payloads.ts'
import { anyBytes, spliced } from './mutations.ts'
import { type Headers, PROOFS } from './target.ts'

/** Statuses that bytes on a connection may get. Some are good requests still, after what was done to them. */
export const WIRE_STATUSES = [200, 202, 303, 400, 401, 403, 404, 405, 408, 413, 415, 431]

function request(line: string, headers: Headers, body: Buffer): Buffer {
  const head = Object.entries({
    host: 'x',
    'content-type': 'application/json',
    ...headers,
    'content-length': body.length,
  })
  return Buffer.concat([
    Buffer.from(`${line}\r\n${head.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`),
    body,
  ])
}

const toBody = (good: readonly (() => unknown)[]) => Buffer.from(JSON.stringify(good[0]?.()))
const GOOD: readonly (() => Buffer)[] = [
  () => request('POST /webhooks/alertmanager HTTP/1.1', PROOFS.alertmanager(), toBody(ALERTMANAGER)),
  () => {
    const body = toBody(PAGERDUTY)
    return request('POST /webhooks/pagerduty HTTP/1.1', PROOFS.pagerduty(body), body)
  },
  () => {
    const body = toBody(SLACK_EVENTS)
    return request('POST /slack/events HTTP/1.1', PROOFS.slack(body), body)
  },
  () => request('PUT /api/mode HTTP/1.1', PROOFS.operator(), Buffer.from('{"paused":true}')),
  () =>
    request('POST /sign-in HTTP/1.1', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from('token=x')),
  () => request('GET /api/cases?state=waiting&limit=5 HTTP/1.1', PROOFS.operator(), Buffer.alloc(0)),
  () => request('GET /cases/case-1 HTTP/1.1', { cookie: 'kp_session=a.b.c' }, Buffer.alloc(0)),
]

/** What goes over one connection: one or two requests with bytes of theirs changed, or bytes that never were one. */
export const connections: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 9,
    arbitrary: spliced(
      fc
        .array(fc.nat(GOOD.length - 1), { minLength: 1, maxLength: 2 })
        .map((which) => Buffer.concat(which.map((one) => GOOD[one]?.() ?? Buffer.alloc(0)))),
    ),
  },
  { weight: 1, arbitrary: anyBytes },
)

/** All that one connection is answered; it is closed from our side once the bytes are sent. */
export function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const parts: Buffer[] = []
    socket.on('data', (part) => parts.push(part))
    socket.on('end', () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
    socket.end(bytes)
  })
}

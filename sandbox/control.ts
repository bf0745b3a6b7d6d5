import { z } from 'zod'
import type { SandboxClock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { renderPage } from './page.ts'
import type { RequestLog } from './request-log.ts'
import type { Control } from './server.ts'
import type { SandboxRequest, SandboxResponse, Upstream } from './upstream.ts'

export interface ControlContext {
  upstreams: readonly Upstream[]
  clock: SandboxClock
  ledger: Ledger
  faults: Faults
  requests: RequestLog
  reset(): void
}

const upstreamName = z.enum([
  'pagerduty',
  'pagerduty-events',
  'slack',
  'github',
  'prometheus',
  'logs',
  'iam',
  'key-protect',
  'kubernetes',
  'heartbeat',
])
const when = z.enum(['before-commit', 'after-commit'])
const answer = {
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()).exactOptional(),
  body: z.unknown().optional(),
}
const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status'), ...answer }),
  z.strictObject({ kind: z.literal('commitThenStatus'), ...answer }),
  z.strictObject({ kind: z.literal('hang'), when }),
  z.strictObject({ kind: z.literal('reset'), when }),
  z.strictObject({ kind: z.literal('html'), commits: z.boolean().exactOptional() }),
  z.strictObject({ kind: z.literal('truncatedJson') }),
  z.strictObject({ kind: z.literal('slowBody'), bytesPerSecond: z.number().positive().exactOptional() }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().nonnegative() }),
  z.strictObject({
    kind: z.literal('rateLimited'),
    headers: z.boolean().exactOptional(),
    retryAfterSeconds: z.number().nonnegative().exactOptional(),
  }),
])
const ruleSchema = z.strictObject({
  upstream: upstreamName,
  method: z.string().exactOptional(),
  /** A prefix; `{"pattern": "..."}` is a regular expression. */
  path: z
    .union([z.string(), z.strictObject({ pattern: z.string() }).transform(({ pattern }) => new RegExp(pattern))])
    .exactOptional(),
  skip: z.int().nonnegative().exactOptional(),
  times: z.union([z.int().positive(), z.literal('always').transform(() => Number.POSITIVE_INFINITY)]).exactOptional(),
  fault: faultSchema,
})
const clockSchema = z.strictObject({ jumpMs: z.number().nonnegative() })
const upstreamSchema = z.strictObject({ upstream: upstreamName })

/** Returns what serves the page and the control routes, for a demo or a person in another process than the sandbox. */
export function createControl(context: ControlContext): Control {
  return async (request) => {
    try {
      return answerControl(context, request)
    } catch (error) {
      if (error instanceof z.ZodError) return { status: 400, body: { error: z.prettifyError(error) } }
      if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } }
      throw error
    }
  }
}

function answerControl(context: ControlContext, request: SandboxRequest): SandboxResponse {
  const { clock, ledger, faults, requests } = context
  switch (`${request.method} ${request.path}`) {
    case 'GET /_sandbox/state':
      return ok({ now: clock.now().toISOString(), ...toState(context), faults: faults.snapshot() })
    case 'GET /_sandbox/ledger':
      return ok(ledger.entries())
    case 'GET /_sandbox/requests':
      return ok(requests.entries())
    case 'POST /_sandbox/clock':
      clock.jump(parseBody(clockSchema, request).jumpMs)
      return ok({ now: clock.now().toISOString() })
    case 'POST /_sandbox/faults':
      faults.add(parseBody(ruleSchema, request))
      return ok(faults.snapshot())
    case 'DELETE /_sandbox/faults':
      faults.clear()
      return ok(faults.snapshot())
    case 'POST /_sandbox/down':
      faults.down(parseBody(upstreamSchema, request).upstream)
      return ok(faults.snapshot())
    case 'POST /_sandbox/up':
      faults.up(parseBody(upstreamSchema, request).upstream)
      return ok(faults.snapshot())
    case 'POST /_sandbox/reset':
      context.reset()
      return ok({})
    default:
      return answerPage(context, request)
  }
}

/** `/`, and the address of an incident, which is the page of that one. */
function answerPage(context: ControlContext, { method, path }: SandboxRequest): SandboxResponse {
  const incidentId = /^\/incidents\/([^/]+)/.exec(path)?.[1]
  if (method !== 'GET' || (path !== '/' && incidentId === undefined)) return { status: 404, body: 'not found\n' }
  const body = renderPage({
    now: context.clock.now(),
    state: toState(context),
    ledger: context.ledger.entries(),
    incidentId,
  })
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
    },
    body,
  }
}

function toState({ upstreams }: ControlContext): Record<string, unknown> {
  return Object.fromEntries(upstreams.map((upstream) => [upstream.name, upstream.snapshot()]))
}

/** JSON only, which a page of another origin cannot send without asking first. */
function parseBody<T>(schema: z.ZodType<T>, { headers, rawBody }: SandboxRequest): T {
  if (!headers['content-type']?.startsWith('application/json'))
    throw new SyntaxError('Content-Type must be application/json')
  return schema.parse(JSON.parse(rawBody))
}

function ok(body: unknown): SandboxResponse {
  return { status: 200, body }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { api } from '@pagerduty/pdjs'
import type { z } from 'zod'
import { TransientError } from '../errors.ts'
import type { Spending } from './call-budget.ts'
import { toStatusError, toTransportError, toWaitMs } from './http-outcome.ts'
import { oneTryAgent } from './one-try-agent.ts'
import { assertAllowedCall } from './pagerduty-allowed.ts'
import { PagerdutyGate, single, waitHeader } from './pagerduty-gate.ts'
import type { PagerdutyOptions } from './pagerduty-options.ts'
import { OwnPolicies } from './pagerduty-own-policy.ts'
import { errorSchema } from './pagerduty-schema.ts'

/** Longest a single try may take, connection and body together, where the options do not say. */
const DEFAULT_TIMEOUT_MS = 10_000
/** Largest answer that is read: of a write it is one incident, of a read a hundred with all that their alerts say. */
const ANSWER_LIMIT_BYTES = { write: 1_048_576, read: 16_777_216 } as const
/** Before a read is made once more, in ms; spread over twice that. */
const REPEAT_AFTER_MS = 250

export interface PagerdutyCall<S extends z.ZodType> {
  /** What it is, for errors and metrics. */
  operation: string
  method: 'GET' | 'PUT' | 'POST'
  path: string
  body?: object | undefined
  schema: S
  /** Its place under scarcity. */
  spending: Spending
}

export interface PagerdutyAnswer<T> {
  answer: T
  /** PagerDuty's own clock at the answer (ms), ours where it can't be read. */
  serverNowMs: number
}

/** Makes one call: a write once, a read that got no answer once more. @throws TransientError or TerminalError */
export type SendToPagerduty = <S extends z.ZodType>(call: PagerdutyCall<S>) => Promise<PagerdutyAnswer<z.infer<S>>>

/** The wire to PagerDuty: the only user of its library, held to one request, one deadline and one answer size. */
export function createPagerdutyTransport(options: PagerdutyOptions): SendToPagerduty {
  const gate = options.gate ?? new PagerdutyGate({ now: options.now })
  const policies = new OwnPolicies()

  async function sendOnce<S extends z.ZodType>(call: PagerdutyCall<S>): Promise<PagerdutyAnswer<z.infer<S>>> {
    const what = `PagerDuty ${call.operation}`
    const startedMs = performance.now()
    const report = (outcome: string) =>
      options.observe?.(call.operation, outcome, (performance.now() - startedMs) / 1_000)
    try {
      const { status, data, headers } = await request(what, call)
      policies.learn(data)
      const known = errorSchema.safeParse(data)
      const upstreamCode = known.success && known.data.error?.code != null ? String(known.data.error.code) : null
      const failure = toStatusError(what, status, toWaitMs(waitHeader(headers), options.now()), upstreamCode)
      if (failure) throw failure
      const parsed = call.schema.safeParse(data)
      if (!parsed.success) throw new TransientError('unknown', `${what}: answered in a shape that is not known`)
      report('ok')
      const dateMs = Date.parse(single(headers.date) ?? '')
      return { answer: parsed.data, serverNowMs: Number.isFinite(dateMs) ? dateMs : options.now() }
    } catch (error) {
      report(error instanceof Error && 'code' in error ? String(error.code) : 'failed')
      throw error
    }
  }

  /** Sends through pdjs; its odd rejections become our errors. */
  async function request(what: string, { method, path, body }: PagerdutyCall<z.ZodType>) {
    const wire = oneTryAgent()
    try {
      const response = await api({
        token: options.token(),
        url: `${options.apiUrl}${path}`,
        method,
        headers: method === 'GET' ? {} : { From: options.from },
        ...(body === undefined ? {} : { data: body }),
        // pdjs's own time-out never fires and its timer keeps the process alive: 0 leaves it out.
        requestTimeout: 0,
        retryTimeout: 0,
        signal: AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
        // Read by the fetch below pdjs: no redirect may carry the token elsewhere, no answer may fill the memory.
        ...{
          agent: wire.agentFor,
          redirect: 'error' as const,
          size: ANSWER_LIMIT_BYTES[method === 'GET' ? 'read' : 'write'],
        },
      })
      const data: unknown = response.data
      return { status: response.status, data, headers: wire.answer()?.headers ?? {} }
    } catch (error) {
      const seen = wire.answer()
      // pdjs rejects on a body that is no JSON, and its refused repeat of a 429 ends here too: the wire knows the status.
      const failure = seen && toStatusError(what, seen.status, toWaitMs(waitHeader(seen.headers), options.now()), null)
      throw failure || toTransportError(what, error)
    } finally {
      const seen = wire.answer()
      if (seen) await gate.learn(seen)
    }
  }

  return async (call) => {
    const { operation, method, path, body, spending } = call
    assertAllowedCall({ method, path, body })
    policies.check({ method, path, body })
    const pass = () => gate.pass(`PagerDuty ${operation}`, spending, () => sendOnce(call))
    return method === 'GET' ? gate.retrying(pass, () => sleep(REPEAT_AFTER_MS * (1 + Math.random()))) : pass()
  }
}

import type { z } from 'zod'
import { TerminalError } from '../errors.ts'

/** A call that an upstream may get from us. */
export interface AllowedCall {
  method: 'GET' | 'PUT' | 'POST'
  path: RegExp
  /** What the query must be; any where it is left out. */
  query?: RegExp
  /** What the body must be; none where it is left out. */
  body?: z.ZodType
}

export interface OutboundCall {
  method: string
  /** With its query. */
  path: string
  body?: unknown
}

/** @throws TerminalError `rejected` before anything is sent, for a call that is not one of those allowed. */
export type AssertAllowed = (call: OutboundCall) => void

/** Lets through only the calls that the responder is for, by method, path and body: a fault of ours can't do what no rule names. */
export function allowOnly(upstream: string, rules: readonly AllowedCall[]): AssertAllowed {
  return ({ method, path: whole, body }) => {
    const [path = '', query = ''] = whole.split('?')
    const isAllowed = rules.some(
      (rule) =>
        rule.method === method &&
        rule.path.test(path) &&
        (rule.query?.test(query) ?? true) &&
        (rule.body ? rule.body.safeParse(body).success : body === undefined),
    )
    if (!isAllowed)
      throw new TerminalError(
        'rejected',
        `${upstream}: ${method} of this path or body is not a call the responder makes`,
      )
  }
}

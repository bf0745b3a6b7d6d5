import { RAILS, type Rail } from '../model/plan.ts'

/** The words of an error body. They never hold anything that came from outside. */
export type ErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'timeout'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'header_too_large'
  | 'unavailable'
  | 'internal'
  | 'no-incident'
  | 'ended'
  | 'no-pagerduty'
  | Rail

const STATUS: Record<ErrorCode, number> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  'no-incident': 409,
  ended: 409,
  'no-pagerduty': 409,
  // A rail refuses what an operator asked for.
  ...(Object.fromEntries(RAILS.map((rail) => [rail, 409])) as Record<Rail, number>),
  payload_too_large: 413,
  unsupported_media_type: 415,
  header_too_large: 431,
  internal: 500,
  unavailable: 503,
}

/** A request that is answered with `{"error": code}`. */
export class HttpError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number

  constructor(code: ErrorCode, options?: ErrorOptions) {
    super(code, options)
    this.name = 'HttpError'
    this.code = code
    this.statusCode = STATUS[code]
  }
}

/** The body of an error, as it goes over the wire. */
export function errorBody(code: ErrorCode): string {
  return `{"error":"${code}"}`
}

import type { SandboxResponse } from '../upstream.ts'

/** A request that PagerDuty does not carry out, with the code of its error body. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: number
  readonly errors: readonly string[]

  constructor(status: number, code: number, message: string, errors: readonly string[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }
}

/** Source: the error codes that PagerDuty documents for its REST API. */
export const REFUSALS = {
  alreadyResolved: () => new Refusal(400, 1001, 'Incident Already Resolved'),
  alreadyAcknowledged: () => new Refusal(400, 1002, 'Incident Already Acknowledged'),
  cannotEscalate: () => new Refusal(400, 1006, 'Incident Cannot Be Escalated'),
  unknownRequester: (problem: string) => new Refusal(400, 1008, 'Requester User Not Found', [problem]),
  notAcknowledged: () => new Refusal(400, 1012, 'Incident is not Acknowledged'),
  invalidSnooze: () =>
    new Refusal(400, 1013, 'Snooze Duration is Invalid', ['Duration must be an integer from 1 to 604800']),
  invalidInput: (...errors: string[]) => new Refusal(400, 2001, 'Invalid Input Provided', errors),
  unauthorized: () => new Refusal(401, 2006, 'Access Denied'),
  notAcceptable: () =>
    new Refusal(406, 2001, 'Not Acceptable', ['Accept must be application/vnd.pagerduty+json;version=2']),
  tooLarge: () => new Refusal(413, 2016, 'Request Too Long', ['At most 250 incidents may be updated at once']),
  notFound: () => new Refusal(404, 2100, 'Not Found'),
  rateLimited: () => new Refusal(429, 2020, 'Rate Limit Exceeded'),
} as const

/** Returns the answer to a refused request: `errors` is absent if there are none. */
export function toRefusalResponse(refusal: Refusal): SandboxResponse {
  const { status, code, message, errors } = refusal
  return { status, body: { error: { message, code, ...(errors.length > 0 && { errors }) } } }
}

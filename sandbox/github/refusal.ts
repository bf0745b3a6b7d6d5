import type { SandboxResponse } from '../upstream.ts'

const DOCS = 'https://docs.github.com/rest'

/** One entry of a validation error. */
export interface FieldFault {
  resource: string
  field: string
  code: 'missing_field' | 'invalid' | 'already_exists' | 'custom'
  message?: string
}

/** An answer other than success, thrown by a route. */
export class GithubRefusal extends Error {
  readonly response: SandboxResponse

  constructor(status: number, message: string, more: { headers?: Record<string, string>; body?: object } = {}) {
    super(message)
    const body = { message, documentation_url: DOCS, status: String(status), ...more.body }
    this.response = { status, body, ...(more.headers && { headers: more.headers }) }
  }
}

export function notFound(): GithubRefusal {
  return new GithubRefusal(404, 'Not Found')
}

export function invalid(...errors: FieldFault[]): GithubRefusal {
  return new GithubRefusal(422, 'Validation Failed', { body: { errors } })
}

/** What an app answers for lack of a permission. */
export function notPermitted(): GithubRefusal {
  return new GithubRefusal(403, 'Resource not accessible by integration')
}

import { z } from 'zod'
import type { SandboxRequest } from '../upstream.ts'
import type { JsonObject } from './message.ts'

/** An answer `{"ok":false,"error":...}`; Slack sends it with HTTP 200. */
export class SlackError extends Error {
  readonly code: string
  readonly extra: JsonObject

  constructor(code: string, extra: JsonObject = {}) {
    super(code)
    this.code = code
    this.extra = extra
  }
}

const anObject = z.record(z.string(), z.unknown())

/** The arguments of one call, wherever the caller put them: query, form or JSON body. */
export class SlackCall {
  readonly method: string
  readonly token: string | undefined
  readonly #values: ReadonlyMap<string, unknown>

  constructor(method: string, token: string | undefined, values: ReadonlyMap<string, unknown>) {
    this.method = method
    this.token = token
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** The argument as text; undefined if it is missing or empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name)
    if (typeof value === 'string') return value === '' ? undefined : value
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
  }

  required(name: string, error: string): string {
    const value = this.text(name)
    if (value === undefined) throw new SlackError(error)
    return value
  }

  flag(name: string): boolean {
    return ['true', '1'].includes(this.text(name) ?? '')
  }

  /** A whole number between 1 and `max`, else `invalid_limit`. */
  limit(name: string, bounds: { fallback: number; max: number }): number {
    const text = this.text(name)
    if (text === undefined || text === '0') return bounds.fallback
    const value = Number(text)
    if (!Number.isInteger(value) || value < 1 || value > bounds.max) throw new SlackError('invalid_limit')
    return value
  }

  /** The argument as JSON: in a form it comes stringified, in a JSON body either way. */
  json(name: string, error: string): unknown {
    const value = this.#values.get(name)
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value)
    } catch {
      throw new SlackError(error)
    }
  }
}

/**
 * Reads a request as Slack does.
 * @throws SlackError `invalid_json`, `json_not_object`, `invalid_post_type` or `missing_post_type`.
 */
export function parseCall(request: SandboxRequest, acceptsJson: boolean): SlackCall {
  const values = new Map<string, unknown>(request.query)
  if (request.method === 'POST' && request.rawBody !== '') {
    for (const [name, value] of parseBody(request, acceptsJson)) values.set(name, value)
  }
  const header = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const argument = values.get('token')
  const token = header ?? (typeof argument === 'string' && argument !== '' ? argument : undefined)
  return new SlackCall(request.path.replace(/^\//, ''), token, values)
}

function parseBody(request: SandboxRequest, acceptsJson: boolean): Iterable<[string, unknown]> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  switch (type) {
    case undefined:
      throw new SlackError('missing_post_type')
    case 'application/x-www-form-urlencoded':
      return new URLSearchParams(request.rawBody)
    case 'application/json':
      // Read methods take forms only: Slack ignores a JSON body there and then misses the arguments.
      return acceptsJson ? Object.entries(parseJsonObject(request.rawBody)) : []
    default:
      throw new SlackError('invalid_post_type')
  }
}

function parseJsonObject(raw: string): JsonObject {
  let parsed: unknown
  try {
    parsed = JSON.parse(raw)
  } catch {
    throw new SlackError('invalid_json')
  }
  const object = anObject.safeParse(parsed)
  if (!object.success) throw new SlackError('json_not_object')
  return object.data
}

import type { SandboxClock } from '../clock.ts'
import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'
import { exportLines } from './export.ts'
import { queryLines } from './query.ts'

export interface SandboxLogLine {
  app: string
  text: string
  /** `error`, `info` and so on; none where the agent knows none. */
  level?: string
  host?: string
  /** Default: now. */
  at?: Date
}

/** A line as both APIs search it. */
export interface StoredLine {
  app: string
  text: string
  level: string | undefined
  host: string
  atMs: number
}

/** The logs of a carrier behind both APIs: Mezmo's export and IBM Cloud Logs' query. */
export class LogsSandbox implements Upstream {
  readonly name = 'logs'
  readonly prefix = '/logs'
  /** The service key that Mezmo's API takes. */
  serviceKey = 'sandbox-logs-key'
  readonly #clock: SandboxClock
  readonly #isToken: (authorization: string | undefined) => boolean
  readonly #lines: StoredLine[] = []

  constructor({ clock, isToken }: { clock: SandboxClock; isToken: (authorization: string | undefined) => boolean }) {
    this.#clock = clock
    this.#isToken = isToken
  }

  write({ app, text, level, host = 'kube-hub-worker-1', at }: SandboxLogLine): void {
    this.#lines.push({ app, text, level, host, atMs: (at ?? this.#clock.now()).getTime() })
  }

  async handle(request: SandboxRequest): Promise<SandboxResponse> {
    switch (`${request.method} ${request.path}`) {
      case 'GET /v2/export':
        return this.#export(request)
      case 'POST /v1/query':
        return this.#isToken(request.headers.authorization)
          ? queryLines(this.#lines, request)
          : { status: 401, body: { errors: [{ code: 'unauthorized', message: 'The token is not valid' }] } }
      default:
        return { status: 404, body: { error: 'not found' } }
    }
  }

  snapshot(): unknown {
    return { lines: this.#lines.slice(-50).map((line) => ({ ...line, at: new Date(line.atMs).toISOString() })) }
  }

  reset(): void {
    this.serviceKey = 'sandbox-logs-key'
    this.#lines.length = 0
  }

  #export({ query, headers }: SandboxRequest): SandboxResponse {
    const basic = Buffer.from(`${this.serviceKey}:`, 'utf8').toString('base64')
    const isKnown =
      headers.authorization === `Basic ${basic}` ||
      headers.authorization === `Token ${this.serviceKey}` ||
      headers.servicekey === this.serviceKey
    if (!isKnown) return { status: 401, body: { error: 'Not Authorized', code: 'NotAuthorized', status: 'error' } }
    return exportLines(this.#lines, query)
  }
}

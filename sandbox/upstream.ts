import type { SandboxClock } from './clock.ts'
import type { Ledger } from './ledger.ts'

/** One HTTP request as an upstream sees it, after the sandbox has taken the upstream's prefix off the path. */
export interface SandboxRequest {
  method: string
  /** Path below the upstream's prefix, with a leading slash and no query. */
  path: string
  query: URLSearchParams
  /** Header names are lower-case. */
  headers: Record<string, string | undefined>
  rawBody: string
}

/** What an upstream answers. An object body is sent as JSON, a string body as it is. */
export interface SandboxResponse {
  status: number
  headers?: Record<string, string>
  body: unknown
}

export interface SandboxContext {
  clock: SandboxClock
  ledger: Ledger
}

/** A stateful stand-in for one remote system. It commits effects and writes each to the ledger before it answers. */
export interface Upstream {
  readonly name: UpstreamName
  /** First path segment under which it is served, for example `/pagerduty`. */
  readonly prefix: string
  handle(request: SandboxRequest): Promise<SandboxResponse>
  /** Present state as plain data, for the page and for tests. */
  snapshot(): unknown
  reset(): void
}

/** `pagerduty` is the REST API, `pagerduty-events` the Events API v2 that monitoring posts to: the one can fail without the other. */
export type UpstreamName =
  | 'pagerduty'
  | 'pagerduty-events'
  | 'slack'
  | 'github'
  | 'prometheus'
  | 'logs'
  | 'iam'
  | 'key-protect'
  | 'kubernetes'
  | 'heartbeat'

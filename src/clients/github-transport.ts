import type { Octokit } from '@octokit/rest'
import type { z } from 'zod'
import { TerminalError, TransientError } from '../errors.ts'
import type { AssertAllowed, OutboundCall } from './allowed-calls.ts'
import type { CallCounts } from './call-budget-counts.ts'
import { Circuit, type CircuitWord } from './circuit.ts'
import { githubCalls } from './github-allowed.ts'
import { toGithubError } from './github-error.ts'
import { GithubPace } from './github-pace.ts'
import { toTransportError } from './http-outcome.ts'
import { readBounded } from './read-bounded.ts'

/** Longest time for one call, its body included, in ms. */
const TIMEOUT_MS = 10_000
/** Largest answer read: a page of 50 issues of the greatest length fits. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export interface GithubTransportOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server; no trailing slash. */
  apiUrl: string
  /** `owner/name` */
  repository: string
  now: () => number
  /** Longest time for one call in milliseconds. Default 10,000. */
  timeoutMs?: number
  observe?: (operation: string, outcome: string, seconds: number) => void
  /** Where calls are counted. Default: in this process. */
  counts?: CallCounts
  /** Told when GitHub is left alone, and when no longer. */
  onCircuit?: (state: CircuitWord) => void
}

type FetchArguments = Parameters<typeof globalThis.fetch>
type Wire = { fetch: (url: FetchArguments[0], init?: FetchArguments[1]) => Promise<Response> }
export interface GithubCall<S extends z.ZodType> {
  /** What it is, for errors and metrics. */
  operation: string
  schema: S
  bearer: () => Promise<string>
  /** What it is of the limits: a piece of content, or the token that another call waits for. Absent: a read. */
  kind?: 'content' | 'token'
  /** Makes the library's call; `wire` has to be its `request` option. */
  send: (
    octokit: Octokit,
    wire: Wire,
  ) => Promise<{ data: unknown; headers: { link?: string | undefined; [name: string]: unknown } }>
}

/** One call of GitHub, sent once. @throws TransientError or TerminalError, and nothing else. */
export type SendToGithub = <S extends z.ZodType>(
  call: GithubCall<S>,
) => Promise<{ data: z.output<S>; hasNextPage: boolean; scopes: readonly string[] | null }>

/** The wire to one GitHub. While a limit holds or it is away, calls fail at once and nothing is sent. */
export function createGithubTransport(options: GithubTransportOptions): SendToGithub {
  let library: Promise<Octokit> | null = null
  const allowed = githubCalls(options.repository)
  const pace = new GithubPace(options)
  const circuit = new Circuit({ name: 'GitHub', ...(options.onCircuit ? { onChange: options.onCircuit } : {}) })

  async function connect(): Promise<Octokit> {
    // Loaded at the first call: most processes never open an issue, and the library takes its time and memory.
    const { Octokit } = await import('@octokit/rest')
    return new Octokit({ baseUrl: options.apiUrl, userAgent: 'kp-events-responder', log: SILENT })
  }

  async function send<S extends z.ZodType>(call: GithubCall<S>) {
    const what = `GitHub ${call.operation}`
    library ??= connect()
    const octokit = await library
    const bearer = await call.bearer()
    const answer = await call
      .send(octokit, {
        fetch: (url, init) => fetchBounded(what, { url, init, bearer }, { ...options, allowed, learn: pace.learn }),
      })
      .catch((error: unknown) => {
        throw toOwnError(what, error)
      })
    const parsed = call.schema.safeParse(answer.data)
    if (!parsed.success) throw new TransientError('unknown', `${what}: answered in a shape that is not known`)
    const { link = '', 'x-oauth-scopes': scopes } = answer.headers
    return {
      data: parsed.data,
      hasNextPage: /rel="next"/.test(link),
      scopes: typeof scopes === 'string' ? scopes.split(/[\s,]+/).filter((scope) => scope !== '') : null,
    }
  }

  async function sendInTurn<S extends z.ZodType>(call: GithubCall<S>) {
    const what = `GitHub ${call.operation}`
    circuit.check(what)
    await pace.turn(what, call.kind === 'content')
    return circuit.run(what, () => send(call))
  }

  return async (call) => {
    const startedMs = performance.now()
    const report = (outcome: string) =>
      options.observe?.(call.operation, outcome, (performance.now() - startedMs) / 1_000)
    try {
      // The token belongs to the call that asks for it, which has passed both already.
      const answer = call.kind === 'token' ? await send(call) : await sendInTurn(call)
      report('ok')
      return answer
    } catch (error) {
      const isKnown = error instanceof TransientError || error instanceof TerminalError
      report(isKnown ? error.code : 'failed')
      throw error
    }
  }
}

/** The library's request with our token, one deadline, no redirect and a bounded answer; a refusal is our error. */
async function fetchBounded(
  what: string,
  { url, init, bearer }: { url: FetchArguments[0]; init: FetchArguments[1] | undefined; bearer: string },
  {
    apiUrl,
    allowed,
    now,
    timeoutMs = TIMEOUT_MS,
    learn,
  }: GithubTransportOptions & { allowed: AssertAllowed; learn: GithubPace['learn'] },
): Promise<Response> {
  const headers = new Headers(init?.headers)
  headers.set('authorization', `Bearer ${bearer}`)
  try {
    allowed(toOutboundCall(url, init, apiUrl))
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await globalThis.fetch(url, { ...init, headers, signal, redirect: 'manual' })
    const body = (await readBounded(response, MAX_ANSWER_BYTES, () => tooLarge(what))).toString('utf8')
    const failure = toGithubError(what, { status: response.status, headers: response.headers, body }, now())
    await learn(response.headers, failure)
    if (failure) throw failure
    return new Response(body, { status: response.status, headers: response.headers })
  } catch (error) {
    throw toOwnError(what, error)
  }
}

/** The library's request as it is about to leave; one to another address than ours has no path that is allowed. */
function toOutboundCall(url: FetchArguments[0], init: FetchArguments[1] | undefined, apiUrl: string): OutboundCall {
  const address = url instanceof Request ? url.url : String(url)
  const path = address.startsWith(`${apiUrl}/`) ? address.slice(apiUrl.length) : ''
  const text = init?.body ?? null
  const body: unknown = text === null ? undefined : JSON.parse(String(text))
  return { method: init?.method ?? 'GET', path, body }
}

function tooLarge(what: string): TransientError {
  return new TransientError('unknown', `${what}: answer is too large`)
}

/** Our own errors come back from the library as the cause of one of its own. */
function toOwnError(what: string, error: unknown): Error {
  const errors = [error, error instanceof Error ? error.cause : null]
  const own = errors.find((one) => one instanceof TransientError || one instanceof TerminalError)
  return own instanceof Error ? own : toTransportError(what, error)
}

/** The library would print addresses and whole errors; what matters of them is in ours. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

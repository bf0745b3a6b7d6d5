import { WebClient } from '@slack/web-api'
import type { z } from 'zod'
import type { Secret } from '../config/secret.ts'
import { TransientError } from '../errors.ts'
import type { CallCounts } from './call-budget-counts.ts'
import { Circuit, type CircuitWord } from './circuit.ts'
import { toTransportError, toWaitMs } from './http-outcome.ts'
import { readBounded } from './read-bounded.ts'
import { assertAllowedMethod } from './slack-allowed.ts'
import { toSlackError } from './slack-error.ts'

/** Longest time for one call, its body included. */
const TIMEOUT_MS = 10_000
/** Largest answer read: 999 messages of Slack's greatest length are far below it in practice. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export interface SlackTransportOptions {
  /** `https://slack.com/api/`, or a stand-in's. */
  apiUrl: string
  botToken: Secret
  now: () => number
  /** Longest time for one call in milliseconds. Default 10,000. */
  timeoutMs?: number
  /** Where calls are counted. Default: in this process. */
  counts?: CallCounts
  /** Told when Slack is left alone, and when no longer. */
  onCircuit?: (state: CircuitWord) => void
}

/** Refusals that are about our token; the others are about a channel or a scope. Source: Slack, "Errors" of auth.test. */
const OF_TOKEN = new Set(['account_inactive', 'invalid_auth', 'not_authed', 'token_expired', 'token_revoked'])

/** Makes one call of a Slack method and gives the answer in the schema's shape. */
export type SlackCall = <S extends z.ZodType>(
  method: string,
  schema: S,
  parameters: Record<string, unknown>,
) => Promise<z.output<S>>

/**
 * One try for each call: whether to repeat is for the caller to decide, who knows whether the call was a write.
 * @throws TransientError or TerminalError, and nothing else.
 */
export function createSlackCall(options: SlackTransportOptions): SlackCall {
  const web = new WebClient(undefined, {
    slackApiUrl: options.apiUrl,
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    fetch: (url, init) => boundedFetch(url, init, options),
    logger: SILENT,
  })
  const circuit = new Circuit({
    name: 'Slack',
    // An HTTP 401 or 403 has no word of Slack's.
    isOfCredentials: ({ upstreamCode }) => upstreamCode === null || OF_TOKEN.has(upstreamCode),
    ...(options.onCircuit ? { onChange: options.onCircuit } : {}),
  })

  async function send<S extends z.ZodType>(method: string, schema: S, parameters: Record<string, unknown>) {
    const answer: unknown = await web.apiCall(method, parameters).catch((error: unknown) => {
      throw toSlackError(method, error)
    })
    const parsed = schema.safeParse(answer)
    if (!parsed.success) throw new TransientError('unknown', `Slack ${method}: answer has another shape`)
    return parsed.data
  }

  return async (method, schema, parameters) => {
    assertAllowedMethod(method, parameters)
    return circuit.run(`Slack ${method}`, () => send(method, schema, parameters))
  }
}

type FetchArguments = Parameters<typeof globalThis.fetch>

/** The library's request with the token as it is now, its answer bounded and a 429 turned into an error that names the wait. */
async function boundedFetch(
  url: FetchArguments[0],
  init: FetchArguments[1],
  { botToken, now }: SlackTransportOptions,
): Promise<Response> {
  const headers = new Headers(init?.headers)
  headers.set('authorization', `Bearer ${readToken(botToken)}`)
  try {
    return await fetchBounded(url, { ...init, headers }, now)
  } catch (error) {
    throw error instanceof TransientError ? error : toTransportError('Slack', error)
  }
}

async function fetchBounded(url: FetchArguments[0], init: FetchArguments[1], now: () => number): Promise<Response> {
  const response = await globalThis.fetch(url, { ...init, redirect: 'error' })
  if (response.status === 429) {
    await response.body?.cancel()
    const waitMs = toWaitMs(response.headers.get('retry-after') ?? undefined, now())
    throw new TransientError('rate-limited', 'Slack: rate limited', Math.max(waitMs, 1_000))
  }
  const body = await readBounded(response, MAX_ANSWER_BYTES, tooLarge)
  return new Response(body, { status: response.status, headers: response.headers })
}

function readToken(botToken: Secret): string {
  try {
    return botToken.read()
  } catch {
    throw new TransientError('not-sent', 'Slack: the bot token can not be read')
  }
}

function tooLarge(): TransientError {
  return new TransientError('unknown', 'Slack: answer is too large')
}

/** The library would log whole requests and answers; what matters of them is in our errors. */
const SILENT: NonNullable<NonNullable<ConstructorParameters<typeof WebClient>[1]>['logger']> = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => 'error' as ReturnType<typeof SILENT.getLevel>,
  setName() {},
}

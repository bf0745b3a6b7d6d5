import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { z } from 'zod'
import { TransientError } from '../errors.ts'
import type { AssertAllowed } from './allowed-calls.ts'
import { toStatusError, toTransportError, toWaitMs } from './http-outcome.ts'

/** How a server that is not known to the system's authorities is trusted, and how we prove ourselves; PEM. */
export interface TlsMaterial {
  ca?: string
  cert?: string
  key?: string
  /** Name that the server's certificate must have, where it is not the address. */
  servername?: string
}

export interface Question {
  /** Names the call in errors, never its content. */
  what: string
  url: URL
  /** Refuses what this upstream must not be asked. */
  allowed: AssertAllowed
  headers: Readonly<Record<string, string>>
  /** Longest the call may take, connection and body together, in ms. */
  timeoutMs: number
  /** Largest answer that is read. */
  limitBytes: number
  tls?: TlsMaterial | undefined
}

export interface Answer {
  status: number
  /** Null where the header is not there. */
  header(name: string): string | null
  text: string
}

/**
 * What one GET answers, whatever its status. Nothing is repeated, no redirect is followed: a token must not travel on.
 * @throws TransientError when there is no whole answer in time.
 */
export function askByGet(question: Question): Promise<Answer> {
  return ask(question, { method: 'GET', headers: question.headers }, {})
}

/** The same for a posted form. Only a question for a token is one. */
export function askByForm(question: Question, form: URLSearchParams): Promise<Answer> {
  const body = form.toString()
  const headers = {
    ...question.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  }
  return ask(question, { method: 'POST', headers }, { text: body, content: Object.fromEntries(form) })
}

/** The same for a posted JSON text, where a question is too long for an address. */
export function askByJson(question: Question, content: unknown): Promise<Answer> {
  const body = JSON.stringify(content)
  const headers = {
    ...question.headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  }
  return ask(question, { method: 'POST', headers }, { text: body, content })
}

/**
 * The answer in the schema's shape.
 * @throws TransientError, TerminalError as its status means; TransientError for another shape, such as a proxy's sign-in page.
 */
export function toParsed<T>(
  answer: Answer,
  { schema, what, nowMs }: { schema: z.ZodType<T>; what: string; nowMs: number },
): T {
  refuseFailure(answer, { what, nowMs })
  let body: unknown
  try {
    body = JSON.parse(answer.text)
  } catch (error) {
    throw toTransportError(what, error)
  }
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new TransientError('unknown', `${what}: answered in a shape that is not known`)
  return parsed.data
}

/** @throws TransientError, TerminalError as the answer's status means, with the upstream's own code where it gives one. */
export function refuseFailure(
  answer: Answer,
  { what, nowMs, upstreamCode = null }: { what: string; nowMs: number; upstreamCode?: string | null },
): void {
  const waitMs = toWaitMs(answer.header('retry-after') ?? undefined, nowMs)
  const failure = toStatusError(what, answer.status, waitMs, upstreamCode)
  if (failure) throw failure
}

/** Runs the call and tells the observer its outcome: `ok`, the error's code, or `failed`. */
export async function observed<T>(
  observe: ((operation: string, outcome: string, seconds: number) => void) | undefined,
  operation: string,
  call: () => Promise<T>,
): Promise<T> {
  const startedMs = performance.now()
  let outcome = 'failed'
  try {
    const result = await call()
    outcome = 'ok'
    return result
  } catch (error) {
    if (error instanceof Error && 'code' in error) outcome = String(error.code)
    throw error
  } finally {
    observe?.(operation, outcome, (performance.now() - startedMs) / 1_000)
  }
}

async function ask(
  { what, url, allowed, timeoutMs, limitBytes, tls }: Question,
  options: RequestOptions & { method: string },
  { text, content }: { text?: string; content?: unknown },
): Promise<Answer> {
  allowed({ method: options.method, path: `${url.pathname}${url.search}`, body: content })
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  try {
    // A connection of its own: one kept from an earlier call may be closing, and that would look like an outage.
    const request = send(url, { ...options, ...tls, agent: false, signal: AbortSignal.timeout(timeoutMs) })
    const response = await answerOf(request, text ?? null)
    return {
      status: response.statusCode ?? 0,
      header: (name) => toText(response.headers[name]),
      text: await readText(response, { what, limitBytes }),
    }
  } catch (error) {
    throw error instanceof TransientError ? error : toTransportError(what, error)
  }
}

function answerOf(request: ClientRequest, body: string | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}

async function readText(
  response: IncomingMessage,
  { what, limitBytes }: { what: string; limitBytes: number },
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk)
    size += bytes.byteLength
    // Leaving the loop destroys the response, and with it the connection.
    if (size > limitBytes) throw new TransientError('unknown', `${what}: answered more than is read`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toText(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { StoreUnavailableError, TransientError } from '../errors.ts'
import { type ErrorCode, errorBody, HttpError } from './http-error.ts'
import { renderErrorPage } from './pages/error-page.ts'
import { MalformedBodyError } from './strict-json.ts'

const SENDER_LEFT: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'])

/** Writes the one answer that an error has: its code as JSON, or a page where a person asked for one. */
export type ErrorAnswerer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply

export function createErrorAnswerer(
  logger: Logger,
  { headers, hasOidc }: { headers: Readonly<Record<string, string>>; hasOidc: boolean },
): ErrorAnswerer {
  return function answerError(error, request, reply) {
    const httpError = toHttpError(error)
    if (httpError.code === 'internal') logger.error({ err: error, route: routeOf(request) }, 'request failed')
    if (httpError.code === 'unavailable' && !(error instanceof HttpError)) {
      logger.error({ err: error, route: routeOf(request) }, 'request could not be served')
    }
    reply.headers(headers).code(httpError.statusCode)
    if (isForPerson(request, httpError.code)) {
      return reply
        .type('text/html; charset=utf-8')
        .send(renderErrorPage(httpError.code, { path: request.url, hasOidc }))
    }
    if (httpError.code === 'unauthorized') reply.header('www-authenticate', 'Bearer')
    return reply.type('application/json; charset=utf-8').send(errorBody(httpError.code))
  }
}

/** The answer that an error of ours, of the framework or of a schema stands for. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  return new HttpError(toCode(error))
}

function toCode(error: unknown): ErrorCode {
  if (error instanceof StoreUnavailableError || error instanceof TransientError) return 'unavailable'
  if (error instanceof MalformedBodyError) return 'bad_request'
  if (!(error instanceof Error)) return 'internal'
  if ('code' in error && SENDER_LEFT.has(error.code)) return 'bad_request' // Nobody reads the answer.
  return toCodeByStatus((error as Partial<FastifyError>).statusCode)
}

function toCodeByStatus(status: number | undefined): ErrorCode {
  if (status === 413) return 'payload_too_large'
  if (status === 415) return 'unsupported_media_type'
  if (status === 503) return 'unavailable'
  return status !== undefined && status >= 400 && status < 500 ? 'bad_request' : 'internal'
}

/** The two pages of the contract are pages for everybody; elsewhere the reader says whether it is a person. */
function isForPerson(request: FastifyRequest, code: ErrorCode): boolean {
  const isPerson = request.headers.accept?.includes('text/html') ?? false
  if (request.is404) return isPerson && request.method === 'GET'
  if (!request.routeOptions.config?.isPage) return false
  return code === 'unauthorized' || code === 'not_found' || isPerson
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown'
}

import { type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ErrorCode, errorBody, HttpError } from './http-error.ts'

/** The newest answer of each connection. */
const answers = new WeakMap<Duplex, ServerResponse>()

/** Has the handler of connection errors know which request a connection is at. */
export function watchAnswers(server: Server): void {
  server.on('request', (request, response) => void answers.set(request.socket, response))
}

/**
 * Answers what Node's HTTP parser refused, and closes the connection. A request that was refused by its head and whose
 * body is then refused by the parser has its answer already: a second one would be taken for that of the next request.
 */
export function createConnectionErrorHandler(headers: Readonly<Record<string, string>>) {
  return function answerConnectionError(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    const answer = answers.get(socket)
    if (answer?.headersSent && !answer.req.complete) {
      socket.destroySoon()
      return
    }
    if (socket.writable) socket.write(toAnswer(toCode(error.code), headers))
    socket.destroy()
  }
}

/** Answers what Node would answer without our headers, or not at all: an unknown `Expect`, and `CONNECT`. */
export function refuseOddConnections(server: Server, headers: Readonly<Record<string, string>>): void {
  server.on('checkExpectation', ({ socket }) => end(socket, 'bad_request'))
  server.on('connect', (_request, socket) => end(socket, 'method_not_allowed'))

  function end(socket: Duplex, code: ErrorCode): void {
    socket.on('error', () => undefined) // Whoever left reads no answer.
    socket.end(toAnswer(code, headers))
  }
}

function toCode(code: string | undefined): ErrorCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? 'header_too_large' : 'bad_request'
}

function toAnswer(code: ErrorCode, headers: Readonly<Record<string, string>>): string {
  const { statusCode } = new HttpError(code)
  const body = errorBody(code)
  const lines = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/json; charset=utf-8',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorCode, errorBody, HttpError } from './http-error.ts'

/** Answers what Node's HTTP parser refused before there was a request, and closes the connection. */
export function createConnectionErrorHandler(headers: Readonly<Record<string, string>>) {
  return function answerConnectionError(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    if (socket.writable) socket.write(toAnswer(toCode(error.code), headers))
    socket.destroy()
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

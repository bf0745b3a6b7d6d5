import type { ServerResponse } from 'node:http'
import type { SandboxResponse } from './upstream.ts'

/** Sends an answer of an upstream: an object as JSON, a string as it is. */
export function send(response: ServerResponse, answer: SandboxResponse): void {
  const isText = typeof answer.body === 'string'
  const body = answer.body === undefined ? '' : isText ? String(answer.body) : JSON.stringify(answer.body)
  const contentType = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  response.writeHead(answer.status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  })
  response.end(body)
}

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  method: string
  url: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A server that answers what the test says, and keeps what it was asked. */
export interface AnsweringServer {
  readonly url: string
  readonly seen: SeenRequest[]
  /** Answers every request from now on. */
  answer: (response: ServerResponse, request: SeenRequest) => void
  close(): Promise<void>
}

export async function startAnsweringServer(): Promise<AnsweringServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const { method = '', url = '', headers } = request
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
        running.seen.push(seen)
        running.answer(response, seen)
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const running: AnsweringServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    answer: json(200, {}),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return running
}

export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }
}

export interface BadAnswer {
  name: string
  answer: (response: ServerResponse) => void
  /** The code of the error that it means. */
  code: string
}

/** What an HTTP API may answer instead of what was asked, whatever the API. */
export const BAD_ANSWERS: readonly BadAnswer[] = [
  { name: 'moved', answer: json(302, {}, { location: 'http://127.0.0.1:1/' }), code: 'rejected' },
  { name: 'a bad request', answer: json(400, { message: 'no' }), code: 'rejected' },
  { name: 'no credentials', answer: json(401, {}), code: 'unauthorized' },
  { name: 'no permission', answer: json(403, {}), code: 'unauthorized' },
  { name: 'not found', answer: json(404, {}), code: 'not-found' },
  { name: 'a time-out of the server', answer: json(408, {}), code: 'unknown' },
  { name: 'too many calls', answer: json(429, {}, { 'retry-after': '7' }), code: 'rate-limited' },
  { name: 'an error of the server', answer: json(500, {}), code: 'unknown' },
  { name: 'a bad gateway', answer: json(502, {}), code: 'unknown' },
  { name: 'unavailable', answer: json(503, {}), code: 'unknown' },
  { name: "a proxy's sign-in page", answer: (response) => response.end('<h1>Sign in</h1>'), code: 'unknown' },
  { name: 'an answer of no shape', answer: json(200, ['?']), code: 'unknown' },
  {
    name: 'half an answer',
    answer: (response) => response.writeHead(200, { 'content-length': '99' }).write('{"a"'),
    code: 'unknown',
  },
  { name: 'nothing', answer: () => undefined, code: 'unknown' },
  { name: 'a reset', answer: (response) => response.socket?.resetAndDestroy(), code: 'unknown' },
]

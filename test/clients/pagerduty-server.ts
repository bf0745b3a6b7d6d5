import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PagerdutyClient } from '../../src/clients/pagerduty.ts'
import { NOW_MS } from '../support/builders.ts'

export const TOKEN = 'u+S3cr3tPagerDutyT0ken'
export const FROM = 'responder@example.com'

/** One request as the server saw it. */
export interface SeenRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** A PagerDuty that answers each request by the function, and a client of it with a short deadline. */
export async function startServerOf(answer: (request: SeenRequest, response: ServerResponse) => void) {
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  const observed: { operation: string; outcome: string }[] = []
  const listen: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
      seen.push(one)
      answer(one, response)
    })
  }
  const server = createServer(listen)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const url = `http://127.0.0.1:${address.port}`
  const client = new PagerdutyClient({
    apiUrl: url,
    token: () => TOKEN,
    from: FROM,
    now: () => NOW_MS,
    timeoutMs: 3_000,
    observe: (operation, outcome) => observed.push({ operation, outcome }),
  })
  return {
    url,
    client,
    seen,
    observed,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type PagerdutyServer = Awaited<ReturnType<typeof startServerOf>>

/** Answers with a JSON body. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendFaulty } from './broken-answers.ts'
import type { SandboxClock } from './clock.ts'
import type { Fault, Faults } from './faults.ts'
import { type RequestLog, toRequestBody } from './request-log.ts'
import { send } from './send.ts'
import type { SandboxRequest, SandboxResponse, Upstream, UpstreamName } from './upstream.ts'

/** Larger than any upstream's limit, so that each can refuse in its own words. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** Answers what is no upstream's: the control routes and the page. */
export type Control = (request: SandboxRequest) => Promise<SandboxResponse>

export interface ServerOptions {
  port: number
  /** Address to listen on. Default: loopback. */
  host?: string | undefined
  latencyMs: number
  upstreams: readonly Upstream[]
  clock: SandboxClock
  faults: Faults
  requests: RequestLog
  control?: Control
}

export interface RunningServer {
  readonly url: string
  latencyMs: number
  close(): Promise<void>
}

/** Serves the upstreams on 127.0.0.1, each below its prefix, and does to the requests what the faults say. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { faults } = options
  /** The upstream that each open socket last spoke to: the one it dies with. */
  const sockets = new Map<Socket, UpstreamName | undefined>()
  let latencyMs = options.latencyMs

  faults.onDown((name) => {
    for (const [socket, upstream] of sockets) if (upstream === name) socket.destroy()
  })

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://sandbox')
    const upstream = options.upstreams.find(({ prefix }) => isBelow(url.pathname, prefix))
    sockets.set(message.socket, upstream?.name)
    if (upstream && faults.isDown(upstream.name)) {
      message.socket.destroy()
      return
    }
    const rawBody = await readBody(message)
    const path = upstream ? url.pathname.slice(upstream.prefix.length) || '/' : url.pathname
    const request: SandboxRequest = {
      method: message.method ?? 'GET',
      path,
      query: url.searchParams,
      headers: toHeaders(message),
      rawBody,
    }
    if (!upstream) {
      send(response, options.control ? await options.control(request) : { status: 404, body: 'not found\n' })
      return
    }
    await serveUpstream(upstream, request, response)
  }

  async function serveUpstream(upstream: Upstream, request: SandboxRequest, response: ServerResponse): Promise<void> {
    const record = options.requests.add({
      at: options.clock.now().toISOString(),
      upstream: upstream.name,
      method: request.method,
      path: request.path,
      query: toQuery(request.query),
      body: toRequestBody(request.rawBody, request.headers['content-type']),
      status: null,
    })
    response.once('finish', () => {
      record.status = response.statusCode
    })
    if (latencyMs > 0) await sleep(latencyMs, undefined, { ref: false })
    const matched = { upstream: upstream.name, method: request.method, path: request.path }
    for (const hook of faults.takeHooks(matched)) await hook()
    // An outage that began meanwhile, in a hook for example, cuts the request before anything is done.
    if (faults.isDown(upstream.name)) {
      response.destroy()
      return
    }
    const fault = faults.take(matched)
    const answer = !fault || isCommitted(fault) ? await upstream.handle(request) : undefined
    // An outage that began while the upstream was at work has destroyed the socket: the effect stays, the answer is lost.
    if (fault) await sendFaulty(fault, { answer, upstream: upstream.name, response, clock: options.clock })
    else if (answer) send(response, answer)
  }

  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      if (response.destroyed || response.headersSent) return
      // A fault of the sandbox itself must not look like a fault on demand.
      send(response, { status: 599, body: `sandbox fault: ${error instanceof Error ? error.stack : String(error)}\n` })
    })
  })
  server.on('connection', (socket) => {
    sockets.set(socket, undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  // The default of 5 s makes a busy machine reset idle sockets that a caller is just about to use.
  server.keepAliveTimeout = 60_000
  const port = await listen(server, options.port, options.host ?? '127.0.0.1')

  return {
    url: `http://127.0.0.1:${port}`,
    get latencyMs() {
      return latencyMs
    },
    set latencyMs(ms: number) {
      latencyMs = ms
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function isCommitted(fault: Fault): boolean {
  switch (fault.kind) {
    case 'status':
    case 'rateLimited':
      return false
    case 'hang':
    case 'reset':
      return fault.when === 'after-commit'
    case 'html':
      return fault.commits ?? false
    case 'commitThenStatus':
    case 'truncatedJson':
    case 'slowBody':
    case 'delay':
      return true
  }
}

function isBelow(pathname: string, prefix: string): boolean {
  return pathname === prefix || pathname.startsWith(`${prefix}/`)
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request body arrives as bytes')
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) message.destroy()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toHeaders(message: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

function toQuery(query: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]))
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address()
      if (address && typeof address === 'object') resolve(address.port)
      else reject(new Error('the sandbox has no TCP address'))
    })
  })
}

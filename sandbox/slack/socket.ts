import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { PostAnswer } from './event-feed.ts'
import { CLOSE, PING, PONG, readFrame, TEXT, toFrame } from './frames.ts'
import type { JsonObject } from './message.ts'

/** Slack waits this long for an acknowledgement, in real milliseconds. */
const ANSWER_WITHIN_MS = 3_000
/** Source: RFC 6455, section 1.3. */
const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const Acknowledgement = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() })

/** Slack's end of Socket Mode: each envelope goes to one of the connections that are open. */
export class SocketFeed {
  #server: Server | undefined
  readonly #open: Duplex[] = []
  readonly #waiting = new Map<string, (answer: JsonObject) => void>()
  #next = 0

  /** The address for a new connection, as apps.connections.open tells it. */
  async address(): Promise<string> {
    this.#server ??= createServer().on('upgrade', (request, socket) => this.#welcome(request, socket))
    const server = this.#server
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return `ws://127.0.0.1:${port}/link/?ticket=${randomUUID()}`
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#open.length
  }

  /** Sends what an HTTP request of Slack would hold, and gives what was acknowledged. */
  async deliver(body: string, contentType: string): Promise<PostAnswer> {
    const connection = this.#open[this.#next++ % Math.max(1, this.#open.length)]
    if (!connection) return { status: null, body: '', failure: 'connection_failed' }
    const envelopeId = randomUUID()
    const answer = new Promise<JsonObject | null>((resolve) => {
      this.#waiting.set(envelopeId, resolve)
      setTimeout(resolve, ANSWER_WITHIN_MS, null).unref()
    })
    const envelope = { envelope_id: envelopeId, accepts_response_payload: true, ...toEnvelope(body, contentType) }
    connection.write(toFrame(TEXT, Buffer.from(JSON.stringify(envelope))))
    const acknowledged = await answer
    this.#waiting.delete(envelopeId)
    if (acknowledged === null) return { status: null, body: '', failure: 'http_timeout' }
    return { status: 200, body: String(acknowledged.text ?? ''), failure: null }
  }

  /** Asks every connection to come back, as Slack does every few hours. */
  recycle(): void {
    const farewell = toFrame(TEXT, Buffer.from(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' })))
    for (const connection of this.#open) connection.write(farewell)
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const connection of this.#open.splice(0)) connection.destroy()
  }

  close(): void {
    this.cut()
    this.#server?.close()
    this.#server = undefined
  }

  #welcome(request: IncomingMessage, socket: Duplex): void {
    const key = String(request.headers['sec-websocket-key'])
    const accept = createHash('sha1')
      .update(key + HANDSHAKE)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.write(toFrame(TEXT, Buffer.from(JSON.stringify({ type: 'hello', num_connections: this.#open.length + 1 }))))
    this.#open.push(socket)
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
      for (let read = readFrame(bytes); read !== null; read = readFrame(bytes)) {
        bytes = read.rest
        this.#take(read.frame.opcode, read.frame.payload, socket)
      }
    })
    const forget = (): void => {
      const at = this.#open.indexOf(socket)
      if (at >= 0) this.#open.splice(at, 1)
    }
    socket.on('close', forget)
    socket.on('error', forget)
  }

  #take(opcode: number, payload: Buffer, socket: Duplex): void {
    if (opcode === PING) socket.write(toFrame(PONG, payload))
    if (opcode === CLOSE) socket.end(toFrame(CLOSE, payload))
    if (opcode !== TEXT) return
    const said = Acknowledgement.safeParse(JSON.parse(payload.toString('utf8')))
    if (said.success) this.#waiting.get(said.data.envelope_id)?.(said.data.payload ?? {})
  }
}

function toEnvelope(body: string, contentType: string): JsonObject {
  if (contentType === 'application/json') return { type: 'events_api', payload: JSON.parse(body) as unknown }
  const form = new URLSearchParams(body)
  const interaction = form.get('payload')
  return interaction === null
    ? { type: 'slash_commands', payload: Object.fromEntries(form) }
    : { type: 'interactive', payload: JSON.parse(interaction) as unknown }
}

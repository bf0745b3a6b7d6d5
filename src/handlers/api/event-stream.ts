import type { ServerResponse } from 'node:http'
import type { Change } from './change-feed.ts'

/** Bytes that a reader may owe us. One that reads slower is cut off, and asks anew. */
const BACKLOG_LIMIT = 65_536
const END_MS = 500
/** The browser asks anew after this, in ms. */
const RETRY_MS = 2_000

/** One reader of server-sent events. Source: HTML Living Standard, 9.2. */
export class EventStream {
  readonly #response: ServerResponse

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      connection: 'close', // Its end is that of the connection: a server that closes waits for none to go idle.
      'x-accel-buffering': 'no', // Else nginx keeps events back until it has some kilobytes.
    })
    this.#write(`retry: ${RETRY_MS}\n\n`)
  }

  send({ event, ...data }: Change): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Keeps proxies from closing the connection, and lets the page notice that it is gone: a script sees no comment. */
  beat(): void {
    this.#write(': still here\nevent: beat\ndata: {}\n\n')
  }

  /** A reader that does not take the end is cut off: a server that closes can't wait for it. */
  end(): void {
    this.#response.end()
    setTimeout(() => this.#response.destroy(), END_MS).unref()
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    const isTaken = this.#response.write(text)
    if (!isTaken && this.#response.writableLength > BACKLOG_LIMIT) this.#response.destroy()
  }
}

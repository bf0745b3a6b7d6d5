import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SandboxClock } from '../../sandbox/clock.ts'
import { Ledger } from '../../sandbox/ledger.ts'
import { SlackSandbox } from '../../sandbox/slack/slack.ts'
import type { SandboxResponse } from '../../sandbox/upstream.ts'

export type Answer = Record<string, unknown> & { ok: boolean; error?: string }

/** A fresh Slack with its clock and ledger, and a caller that speaks as the SDK does: POST, form, objects as JSON. */
export function createSlack() {
  const clock = new SandboxClock()
  const ledger = new Ledger()
  const slack = new SlackSandbox({ clock, ledger })

  function send(method: string, args: Record<string, unknown> = {}, token = 'xoxb-test'): Promise<SandboxResponse> {
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(args)) {
      form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
    }
    return slack.handle({
      method: 'POST',
      path: `/${method}`,
      query: new URLSearchParams(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      rawBody: form.toString(),
    })
  }

  async function call(method: string, args: Record<string, unknown> = {}, token?: string): Promise<Answer> {
    const { body } = await send(method, args, token)
    return toAnswer(body)
  }

  return { clock, ledger, slack, send, call }
}

/** The messages of a history or replies answer. */
export function messagesOf(answer: Answer): Record<string, unknown>[] {
  return Array.isArray(answer.messages) ? answer.messages.map((one: object) => ({ ...one })) : []
}

export function toAnswer(body: unknown): Answer {
  if (typeof body !== 'object' || body === null) throw new TypeError('Slack answers objects')
  const ok = 'ok' in body && body.ok === true
  const error = 'error' in body ? { error: String(body.error) } : {}
  return { ...body, ok, ...error }
}

export interface Received {
  headers: Record<string, string | undefined>
  body: string
}

/** A receiver on loopback that answers each request as `answer` says and keeps what came. */
export async function startReceiver(answer: (count: number) => number | 'hang') {
  const received: Received[] = []
  const server: Server = createServer(async (message, response) => {
    const chunks: string[] = []
    for await (const chunk of message) chunks.push(String(chunk))
    const { 'x-slack-retry-num': retryNum, 'x-slack-retry-reason': retryReason } = message.headers
    received.push({
      headers: {
        signature: String(message.headers['x-slack-signature']),
        timestamp: String(message.headers['x-slack-request-timestamp']),
        contentType: message.headers['content-type'],
        retryNum: retryNum?.toString(),
        retryReason: retryReason?.toString(),
      },
      body: chunks.join(''),
    })
    const status = answer(received.length)
    if (status === 'hang') return
    response.writeHead(status).end(chunks.join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}/slack/events`, received, close }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { SocketModeReceiver } from '@slack/bolt'
import { z } from 'zod'
import { readBounded } from '../../clients/read-bounded.ts'
import type { Secret } from '../../config/secret.ts'
import { TerminalError } from '../../errors.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { type BoltOptions, createBoltApp, type ProcessSlackEvent, toBoltLogger } from './bolt-app.ts'
import { toKnownCommand, toKnownEvent, toKnownInteraction } from './known-shapes.ts'

/** Wait before a lost connection is opened anew: at first, and at most, in ms. */
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000
/** A connection that stood so long was well: the next wait is the first again, in ms. */
const WELL_AFTER_MS = 60_000

/** Largest answer to the opening that is read: it is an address. */
const ANSWER_LIMIT_BYTES = 1_048_576

/** What comes through the socket. Source: Slack, Socket Mode, "Events". */
const Envelope = z.object({
  type: z.string(),
  body: z.record(z.string(), z.unknown()),
  ack: z.custom<(answer?: unknown) => Promise<void>>((value) => typeof value === 'function'),
})

export interface SlackSocketOptions extends BoltOptions {
  appToken: Secret
  metrics: Pick<Metrics, 'countSlackSocket'>
}

/** A fetch for the one call that the library makes: to open a socket. */
function opensOnly(apiUrl: string): typeof globalThis.fetch {
  return async (url, init) => {
    if (String(url) !== `${apiUrl}apps.connections.open`)
      throw new TerminalError('rejected', 'Slack: the socket sends nothing but its opening')
    const response = await globalThis.fetch(url, { ...init, redirect: 'error' })
    const body = await readBounded(response, ANSWER_LIMIT_BYTES, () => new TypeError('the answer is too large'))
    return new Response(body.byteLength === 0 ? null : body, { status: response.status, headers: response.headers })
  }
}

/**
 * Slack through a socket that we open, for a service that Slack can't reach by HTTP: events, buttons and the slash command.
 * A connection that is lost or can't be opened is logged, counted and opened anew; it never ends the process. Each replica
 * has one, and Slack sends each event to one of them. Source: https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export class SlackSocket {
  readonly #options: SlackSocketOptions
  readonly #stop = new AbortController()
  #receiver: SocketModeReceiver | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(options: SlackSocketOptions) {
    this.#options = options
  }

  /** Opens the socket, and keeps it open until `stop`. */
  start(): void {
    this.#running = this.#keepOpen()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#receiver?.stop().catch(() => undefined)
    await this.#running
  }

  async #keepOpen(): Promise<void> {
    const { logger, metrics } = this.#options
    const { signal } = this.#stop
    let retryMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      const sinceMs = performance.now()
      try {
        await this.#connected()
      } catch (error) {
        // The library's words may hold the socket's address, which is a credential.
        logger.warn({ errorName: error instanceof Error ? error.name : 'unknown' }, 'slack socket failed')
      }
      if (signal.aborted) return
      metrics.countSlackSocket('lost')
      logger.warn({ retryMs }, 'slack socket is closed')
      if (performance.now() - sinceMs > WELL_AFTER_MS) retryMs = FIRST_RETRY_MS
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    }
  }

  /** One connection, from its opening to its end. */
  async #connected(): Promise<void> {
    const { apiUrl, appToken, logger, metrics } = this.#options
    const { SocketModeReceiver } = await import('@slack/bolt')
    const processEvent = await createBoltApp(this.#options)
    const receiver = new SocketModeReceiver({
      appToken: appToken.read(),
      // The library's own way back fails the process where Slack can't be reached: its promise is awaited by nobody.
      autoReconnectEnabled: false,
      logger: toBoltLogger(logger),
      installerOptions: {
        clientOptions: {
          slackApiUrl: apiUrl,
          retryConfig: { retries: 0 },
          timeout: 10_000,
          rejectRateLimitedCalls: true,
          fetch: opensOnly(apiUrl),
        },
      },
    })
    this.#receiver = receiver
    const ended = new Promise<void>((resolve) => receiver.client.once('disconnected', () => resolve()))
    receiver.client.on('slack_event', (event: unknown) => void this.#take(event, processEvent))
    try {
      await receiver.start()
      metrics.countSlackSocket('open')
      logger.info('slack socket is open')
      if (this.#stop.signal.aborted) await receiver.stop()
      await ended
    } finally {
      this.#receiver = null
    }
  }

  /** An event is acknowledged once it is durable: else Slack sends it again. */
  async #take(given: unknown, processEvent: ProcessSlackEvent): Promise<void> {
    const envelope = Envelope.safeParse(given)
    if (!envelope.success) return
    const { type, body, ack } = envelope.data
    try {
      if (type === 'events_api') {
        const event = toKnownEvent(body)
        if (event) await processEvent({ body: event, ack: async () => undefined })
        await ack()
      } else {
        const asked = type === 'slash_commands' ? toKnownCommand(body) : toKnownInteraction(body)
        if (asked) await processEvent({ body: asked, ack: (answer: unknown) => ack(answer) })
        else await ack()
      }
    } catch (error) {
      const errorName = error instanceof Error ? error.name : 'unknown'
      this.#options.logger.error({ errorName }, 'slack sent something through the socket that could not be taken')
    }
  }
}

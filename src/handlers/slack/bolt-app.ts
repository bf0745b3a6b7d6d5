import type { App, Receiver, ReceiverEvent } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Secret } from '../../config/secret.ts'
import { TerminalError } from '../../errors.ts'
import { CHANNEL_EVENTS, type SlackEventSink, takeChannelEvent, takeMessageEvent } from './event-sink.ts'

export interface BoltOptions {
  apiUrl: string
  botToken: Secret
  sink: SlackEventSink
  logger: Logger
  /** Registers listeners for buttons and the slash command. */
  listeners?: readonly ((app: App) => void)[]
}

/** Gives one verified Slack body to Bolt; resolves when every listener has ended, rejects when one failed. */
export type ProcessSlackEvent = (event: ReceiverEvent) => Promise<void>

/** The Bolt app behind our own route. Bolt is loaded here and nowhere else: it costs 40 MB, so only who uses it pays. */
export async function createBoltApp({
  apiUrl,
  botToken,
  sink,
  logger,
  listeners = [],
}: BoltOptions): Promise<ProcessSlackEvent> {
  const { App } = await import('@slack/bolt')
  const receiver: Receiver = { init() {}, start: async () => undefined, stop: async () => undefined }
  const app = new App({
    receiver,
    // Without `token` Bolt does not ask auth.test at the first event, over and over while Slack is away.
    authorize: async () => ({ botToken: botToken.read() }),
    // Bolt takes in only: whatever is sent to Slack goes through our own client, which knows what may be.
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, fetch: refuseToSend },
    convoStore: false,
    // The sink knows our own posts better: Bolt misses those that carry our bot id and a user.
    ignoreSelf: false,
    logger: toBoltLogger(logger),
  })
  app.event('message', ({ event }) => takeMessageEvent(sink, event))
  for (const name of CHANNEL_EVENTS)
    app.event(name, ({ event, body }) => takeChannelEvent(sink, event, body.authorizations))
  for (const register of listeners) register(app)
  // A failure must reach the route, which answers 503, so that Slack sends the event again.
  app.error((error) => Promise.reject(error))
  return (event) => app.processEvent(event)
}

function refuseToSend(): Promise<never> {
  return Promise.reject(new TerminalError('rejected', 'Slack: Bolt sends nothing for the responder'))
}

/** Bolt's lines may quote bodies: that it said something is logged, not what. */
export function toBoltLogger(logger: Logger): NonNullable<NonNullable<ConstructorParameters<typeof App>[0]>['logger']> {
  return {
    debug() {},
    info() {},
    warn: () => logger.debug('bolt gave a warning'),
    error: () => logger.warn('bolt reported an error'),
    setLevel() {},
    getLevel: () => 'error' as ReturnType<ReturnType<typeof toBoltLogger>['getLevel']>,
    setName() {},
  }
}

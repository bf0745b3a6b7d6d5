import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readList, type Secret } from '../../config/secret.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { readOrUnavailable } from '../door.ts'
import { HttpError } from '../http-error.ts'
import { isAccepted } from '../media-type.ts'
import { holdWithinLimit } from '../unsigned-bodies.ts'
import { type BoltOptions, createBoltApp, type ProcessSlackEvent } from './bolt-app.ts'
import { toKnownCommand, toKnownEvent, toKnownInteraction } from './known-shapes.ts'
import { parseForm, parseJsonObject, type SlackForm } from './parse-body.ts'
import type { SeenRequests } from './seen-requests.ts'
import { verifySlackSignature } from './verify-signature.ts'

/** Largest body accepted, in bytes. */
const BODY_LIMIT = 1024 * 1024

/** The challenge goes back as it came, so it may hold nothing that means anything to a browser. */
const UrlVerification = z.object({
  type: z.literal('url_verification'),
  challenge: z.string().regex(/^[A-Za-z0-9]{1,128}$/),
})

const AnyEvent = z.object({ type: z.literal('event_callback'), event: z.object({ type: z.string() }) })

export interface SlackRouteOptions extends BoltOptions {
  /** A comma list, so that it can be changed at Slack without a refused event. */
  signingSecret: Secret
  seen: SeenRequests
  metrics: Pick<Metrics, 'countDoorRefusal'>
  /** Milliseconds since the epoch. */
  now: () => number
}

/**
 * `POST /slack/events`: events, buttons and the slash command. Nothing of a body is parsed or logged before its signature
 * is verified, and an event is answered 200 only after the sink has made it durable, else 503: Slack sends it again.
 */
export async function slackRoute(scope: FastifyInstance, options: SlackRouteOptions): Promise<void> {
  const { logger, now, signingSecret, seen, metrics } = options
  let bolt: Promise<ProcessSlackEvent> | null = null

  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
  scope.post(
    '/slack/events',
    {
      config: { auth: 'slack' },
      bodyLimit: BODY_LIMIT,
      onRequest: async ({ headers }) => {
        const isKnownType = isAccepted(headers['content-type'], 'json', true) || isForm(headers['content-type'])
        if (!isKnownType || headers['content-encoding'] !== undefined) throw new HttpError('unsupported_media_type')
      },
      preParsing: holdWithinLimit(),
    },
    async (request, reply) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const signed = { rawBody, rawHeaders: request.raw.rawHeaders }
      // Secrets that can't be read are our fault: a 401 would tell Slack that its event was forged.
      if (!verifySlackSignature(signed, readOrUnavailable(signingSecret, readList), now())) {
        metrics.countDoorRefusal('/slack/events', 'unauthorized')
        throw new HttpError('unauthorized')
      }
      if (isForm(request.headers['content-type'])) {
        const form = parseForm(rawBody)
        if (!form) throw new HttpError('unsupported_media_type')
        const asked = toKnownForm(form)
        if (!asked || !(await seen.isFirst(signed))) return reply.send()
        return reply.send((await interact(asked)) ?? '')
      }
      const body = parseJsonObject(rawBody)
      if (body.type === 'url_verification') return reply.type('text/plain').send(readChallenge(body))
      const event = toKnownEvent(body)
      if (event) await takeEvent(event)
      else if (!AnyEvent.safeParse(body).success) logger.warn('slack sent something that is no event')
      return reply.send()
    },
  )

  /** Bolt acknowledges an event before its listeners run; here the answer waits for them. */
  async function takeEvent(body: Record<string, unknown>): Promise<void> {
    try {
      const processEvent = await loadBolt()
      await processEvent({ body, ack: async () => undefined })
    } catch (error) {
      logger.error({ errorName: error instanceof Error ? error.name : 'unknown' }, 'slack event could not be kept')
      throw new HttpError('unavailable')
    }
  }

  /** What the listener of a button or command acknowledges with; it may go on working after that. */
  async function interact(body: Record<string, unknown>): Promise<unknown> {
    const processEvent = await loadBolt()
    return new Promise((resolve, reject) => {
      processEvent({ body, ack: async (response: unknown) => resolve(response) }).then(resolve, (error: unknown) => {
        logger.error({ errorName: error instanceof Error ? error.name : 'unknown' }, 'slack interaction failed')
        reject(new HttpError('unavailable'))
      })
    })
  }

  /** Loaded at the first signed event: neither the start nor a service without events pays for it. */
  function loadBolt(): Promise<ProcessSlackEvent> {
    bolt ??= createBoltApp(options).catch((error: unknown) => {
      bolt = null
      throw error
    })
    return bolt
  }
}

function isForm(contentType: string | undefined): boolean {
  return isAccepted(contentType, 'form', true)
}

function toKnownForm(form: SlackForm): Record<string, unknown> | null {
  switch (form.kind) {
    case 'interaction':
      return toKnownInteraction(form.payload)
    case 'command':
      return toKnownCommand(form.fields)
    case 'ssl_check':
      return null
    default:
      return form satisfies never
  }
}

function readChallenge(body: Record<string, unknown>): string {
  const verification = UrlVerification.safeParse(body)
  if (!verification.success) throw new HttpError('bad_request')
  return verification.data.challenge
}

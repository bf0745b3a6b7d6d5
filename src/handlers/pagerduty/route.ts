import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readList, type Secret } from '../../config/secret.ts'
import { maskSecrets } from '../../model/outside-text.ts'
import { OWN_USER_SETTING } from '../../model/own-user.ts'
import type { IncidentEvent } from '../../store/store.ts'
import { readOrUnavailable } from '../door.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import { isAccepted } from '../media-type.ts'
import type { ServerDeps } from '../server-deps.ts'
import { withDeadline } from '../store-deadline.ts'
import { MalformedBodyError, parseStrictJson } from '../strict-json.ts'
import { holdWithinLimit } from '../unsigned-bodies.ts'
import { AnyEvent, PagerdutyWebhook, toLabel } from './schema.ts'
import { toIncidentEvent } from './to-incident-event.ts'
import { verifyPagerdutySignature } from './verify-signature.ts'

/** Bytes of a body. PagerDuty drops what is over 256 KB itself. */
const BODY_LIMIT = 512 * 1024
/** Characters of a body that a quarantined message keeps. */
const QUARANTINE_LIMIT = 262_144
const ACCEPTED = JSON.stringify({ status: 'accepted' })

/**
 * `POST /webhooks/pagerduty`: 202 once what the event tells is durable. A well-signed event is never refused, whatever it
 * holds: PagerDuty disables a subscription after three refusals. Source: PRODUCT.md section 3.
 */
export async function pagerdutyRoute(scope: FastifyInstance, deps: ServerDeps & { secrets: Secret }): Promise<void> {
  const { secrets, store, now, operations, logger, metrics } = deps
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
  scope.post(
    '/webhooks/pagerduty',
    {
      config: { auth: 'pagerduty' },
      bodyLimit: BODY_LIMIT,
      // The schema describes; the handler applies it, after the signature and without refusing.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'PagerDuty webhook, version 3',
        description: 'Signed: `X-PagerDuty-Signature`, v1.',
        tags: ['webhooks'],
        body: PagerdutyWebhook,
        response: {
          202: z.object({ status: z.literal('accepted') }).describe('what the event tells is durable'),
          ...errorResponses(401, 413, 415, 503),
        },
      },
      onRequest: async (request) => {
        // What claims no signature is not PagerDuty's: its type alone refuses it.
        if (!isJson(request) && request.headers['x-pagerduty-signature'] === undefined)
          throw new HttpError('unsupported_media_type')
      },
      preParsing: holdWithinLimit(),
    },
    async (request, reply) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const known = readOrUnavailable(secrets, readList)
      if (!verifyPagerdutySignature({ rawBody, rawHeaders: request.raw.rawHeaders }, known)) {
        metrics.countDoorRefusal('/webhooks/pagerduty', 'unauthorized')
        throw new HttpError(isJson(request) ? 'unauthorized' : 'unsupported_media_type')
      }
      await withDeadline(
        isJson(request) ? takeIn(rawBody) : setAside(unreadEvent(null, rawBody, now()), 'type', rawBody),
      )
      return reply.code(202).type('application/json; charset=utf-8').send(ACCEPTED)
    },
  )

  async function takeIn(rawBody: Buffer): Promise<void> {
    const payload = parseOrUndefined(rawBody)
    const parsed = PagerdutyWebhook.safeParse(payload)
    if (!parsed.success) {
      await setAside(unreadEvent(payload, rawBody, now()), payload === undefined ? 'json' : 'schema', rawBody)
      return
    }
    const { event } = parsed.data
    const label = toLabel(event.event_type)
    const sorted = toIncidentEvent(event, { nowMs: now(), ownId: await store.setting(OWN_USER_SETTING) })
    if (sorted.kind === 'quarantined') {
      await setAside(sorted.event, sorted.why, rawBody)
      return
    }
    const isNew = await store.acceptIncidentEvent(sorted.event)
    metrics.countIncidentEvent(label, isNew ? sorted.kind : 'copy')
    if (isNew && sorted.kind === 'accepted') operations.accepted()
  }

  async function setAside(event: IncidentEvent, why: string, rawBody: Buffer): Promise<void> {
    const isNew = await store.acceptIncidentEvent(event, {
      source: 'pagerduty',
      why,
      body: maskSecrets(rawBody.toString('utf8').slice(0, QUARANTINE_LIMIT)),
      alertCount: 1,
      receivedAtMs: event.receivedAtMs,
    })
    metrics.countIncidentEvent('other', isNew ? 'quarantined' : 'copy')
    if (isNew) logger.warn({ why }, 'pagerduty event set aside')
  }
}

/** JSON in UTF-8, as it is. */
function isJson({ headers }: FastifyRequest): boolean {
  return isAccepted(headers['content-type'], 'json', true) && headers['content-encoding'] === undefined
}

/** Undefined for bytes that are no JSON we read. */
function parseOrUndefined(rawBody: Buffer): unknown {
  try {
    return parseStrictJson(rawBody)
  } catch (error) {
    if (error instanceof MalformedBodyError) return undefined
    throw error
  }
}

/** An event that can't be used, known again by its id or, where it has none, by its bytes. */
function unreadEvent(payload: unknown, rawBody: Buffer, nowMs: number): IncidentEvent {
  const named = AnyEvent.safeParse(payload)
  const eventId = named.success ? named.data.event.id : `body/${createHash('sha256').update(rawBody).digest('hex')}`
  return { eventId, type: 'unread', incidentId: null, receivedAtMs: nowMs, lookAtMs: nowMs, mayOpenCase: false }
}

import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { heartbeatUpdate } from '../../model/heartbeat-update.ts'
import { maskSecrets } from '../../model/outside-text.ts'
import type { Store } from '../../store/store.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import { withDeadline } from '../store-deadline.ts'
import { decodeUtf8, parseStrictJson } from '../strict-json.ts'
import { AlertmanagerWebhook, OtherVersion } from './schema.ts'
import { toIntake } from './to-group-update.ts'

/** Bytes of a body. Source: PRODUCT.md section 3. */
const BODY_LIMIT = 16 * 1024 * 1024
/** Characters of a body that a quarantined message keeps. */
const QUARANTINE_LIMIT = 262_144
const ACCEPTED = JSON.stringify({ status: 'accepted' })

/** `POST /webhooks/alertmanager`: 202 once every alert of the body is durable, 503 when that can't be done now. */
export async function alertmanagerRoute(scope: FastifyInstance, deps: ServerDeps): Promise<void> {
  const { config, store, now, operations, logger } = deps
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => body)
  scope.post(
    '/webhooks/alertmanager',
    {
      config: { auth: 'alertmanager', accepts: 'json' },
      bodyLimit: BODY_LIMIT,
      // The schema describes; the handler applies it, since bytes come first and another version is no fault.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Alertmanager webhook, version 4',
        tags: ['webhooks'],
        security: [{ alertmanager: [] }],
        body: AlertmanagerWebhook,
        response: {
          202: z.object({ status: z.literal('accepted') }).describe('every alert is durable'),
          ...errorResponses(400, 401, 413, 415, 503),
        },
      },
    },
    async ({ body: bytes }, reply) => {
      if (!Buffer.isBuffer(bytes)) throw new HttpError('bad_request')
      const payload = parseStrictJson(bytes)
      if (isOtherVersion(payload)) await withDeadline(quarantine(store, payload, bytes, now()))
      else await withDeadline(accept(payload))
      return reply.code(202).type('application/json; charset=utf-8').send(ACCEPTED)
    },
  )

  async function accept(payload: unknown): Promise<void> {
    const parsed = AlertmanagerWebhook.safeParse(payload)
    if (!parsed.success) {
      logger.warn({ issues: parsed.error.issues.length }, 'alertmanager body has another shape')
      throw new HttpError('bad_request')
    }
    const { alertnames, heartbeat } = config.policy.current()
    const { update, contentKey, ignoredCount } = toIntake(parsed.data, alertnames)
    const isHeartbeat = config.heartbeatUrl !== null && asksForHeartbeat(parsed.data, heartbeat.alertname)
    if (update) await store.accept(update, contentKey, now())
    // Copies that come before the first was looked at are one.
    if (isHeartbeat) await store.accept(heartbeatUpdate(heartbeat.alertname, now()), 'heartbeat', now())
    const others = ignoredCount - (isHeartbeat ? 1 : 0)
    if (others > 0) await store.acceptIgnored(others)
    if (update || isHeartbeat) operations.accepted()
  }
}

/** A firing Watchdog asks for a synthetic case. */
function asksForHeartbeat({ alerts }: AlertmanagerWebhook, alertname: string): boolean {
  return alerts.some(
    ({ status, labels }) => status === 'firing' && Object.hasOwn(labels, 'alertname') && labels.alertname === alertname,
  )
}

/** An object that says another version; what says none is no webhook at all. */
function isOtherVersion(payload: unknown): payload is OtherVersion {
  if (typeof payload === 'object' && payload !== null && 'version' in payload && payload.version === '4') return false
  return OtherVersion.safeParse(payload).success
}

async function quarantine(store: Store, { alerts }: OtherVersion, bytes: Buffer, receivedAtMs: number): Promise<void> {
  await store.quarantine({
    source: 'alertmanager',
    why: 'version',
    body: maskSecrets(decodeUtf8(bytes).slice(0, QUARANTINE_LIMIT)),
    alertCount: Array.isArray(alerts) ? Math.max(1, alerts.length) : 1,
    receivedAtMs,
  })
}

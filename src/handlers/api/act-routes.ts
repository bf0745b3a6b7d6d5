import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parseDuration } from '../../model/duration.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import { CaseParams } from './case-routes.ts'

/** Characters of the reason that an operator gives. */
const REASON_LIMIT = 500

/** Snooze by hand: without a duration, and at most (PagerDuty's own limit, 7 days). */
const DEFAULT_SNOOZE = '2h'
const LONGEST_SNOOZE_SECONDS = 604_800

export const Reason = z.string().trim().min(1).max(REASON_LIMIT)
const duration = z.string().refine((text) => parseDuration(text) !== null)
const Act = z.strictObject({ reason: Reason, duration: duration.optional() })
const Done = z.object({ status: z.literal('done') })

/** `POST /api/cases/:id/wake`, `/hand-over`, `/snooze` and `/recheck`: an operator acts by hand, under the operator's own name. */
export async function actRoutes(scope: FastifyInstance, { operations }: ServerDeps): Promise<void> {
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const described = { tags: ['cases'], security: [{ operator: [] }], params: CaseParams }

  routes.post(
    '/api/cases/:id/wake',
    {
      config: { auth: 'operator', accepts: 'json' },
      schema: {
        ...described,
        summary: 'Give the page back to the people on call',
        body: Act,
        response: { 200: Done, ...errorResponses(400, 401, 403, 404, 409, 415) },
      },
    },
    async ({ params, body, operatorName }) => {
      const outcome = await operations.wake(params.id, operatorName, body.reason)
      if (outcome === 'done') return { status: 'done' as const }
      throw new HttpError(outcome === 'not-found' ? 'not_found' : outcome)
    },
  )

  routes.post(
    '/api/cases/:id/hand-over',
    {
      config: { auth: 'operator', accepts: 'json' },
      schema: {
        ...described,
        summary: 'Leave the case to people; what the responder held quiet rings',
        body: Act,
        response: { 200: Done, ...errorResponses(400, 401, 403, 404, 409, 415) },
      },
    },
    async ({ params, body, operatorName }) => {
      const outcome = await operations.handOver(params.id, operatorName, body.reason)
      if (outcome === 'done') return { status: 'done' as const }
      throw new HttpError(outcome === 'not-found' ? 'not_found' : outcome)
    },
  )

  routes.post(
    '/api/cases/:id/snooze',
    {
      config: { auth: 'operator', accepts: 'json' },
      schema: {
        ...described,
        summary: 'Snooze by hand (default 2h); the rails written in code still hold and answer 409 with their name',
        body: Act,
        response: { 200: Done, ...errorResponses(400, 401, 403, 404, 409, 415, 503) },
      },
    },
    async ({ params, body, operatorName }) => {
      const seconds = Math.round((parseDuration(body.duration ?? DEFAULT_SNOOZE) ?? 0) / 1_000)
      if (seconds < 1 || seconds > LONGEST_SNOOZE_SECONDS) throw new HttpError('bad_request')
      const outcome = await operations.snooze(params.id, operatorName, { reason: body.reason, seconds })
      if (outcome === 'done') return { status: 'done' as const }
      if (typeof outcome === 'object') throw new HttpError(outcome.refused)
      throw new HttpError(outcome === 'not-found' ? 'not_found' : outcome)
    },
  )

  routes.post(
    '/api/cases/:id/recheck',
    {
      config: { auth: 'operator', accepts: 'json-or-none' },
      schema: {
        ...described,
        summary: 'Judge the case again on fresh evidence',
        body: Act.partial().nullish(),
        response: { 200: Done, ...errorResponses(400, 401, 403, 404, 415) },
      },
    },
    async ({ params, body, operatorName }) => {
      const outcome = await operations.recheck(params.id, operatorName, body?.reason ?? null)
      if (outcome === 'not-found') throw new HttpError('not_found')
      return { status: 'done' as const }
    },
  )
}

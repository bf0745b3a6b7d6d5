import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CaseParams } from '../api/case-routes.ts'
import { HttpError } from '../http-error.ts'
import type { Outcome } from './act-outcome.ts'
import { checkFormToken, DESCRIBED, FORM, formToken } from './form.ts'
import type { PageDeps } from './page-deps.ts'

const reason = z.string().trim().max(500).optional()
const Act = z.object({ formToken, reason })
/** What stands in the history where somebody gave no reason. */
const NO_REASON = 'asked for on the dashboard'
/** The runbook's own duration for a busy cluster. */
const SNOOZE_SECONDS = 7_200

/** What the forms on a case's page do, in the name of the one who is signed in: wake, hand over, snooze, judge again. */
export async function actFormRoutes(scope: FastifyInstance, { operations }: PageDeps): Promise<void> {
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const described = { ...DESCRIBED, params: CaseParams }

  routes.post(
    '/cases/:id/wake',
    { config: FORM, schema: { ...described, summary: 'Give the page back to the people on call', body: Act } },
    async (request, reply) => {
      const { params, body, operatorName } = request
      checkFormToken(request, body.formToken)
      const outcome = await operations.wake(params.id, operatorName, body.reason || NO_REASON)
      return reply.redirect(toPath(params.id, outcome, 'woken'), 303)
    },
  )

  routes.post(
    '/cases/:id/hand-over',
    { config: FORM, schema: { ...described, summary: 'Leave the case to people', body: Act } },
    async (request, reply) => {
      const { params, body, operatorName } = request
      checkFormToken(request, body.formToken)
      const outcome = await operations.handOver(params.id, operatorName, body.reason || NO_REASON)
      return reply.redirect(toPath(params.id, outcome, 'handed-over'), 303)
    },
  )

  routes.post(
    '/cases/:id/snooze',
    { config: FORM, schema: { ...described, summary: 'Snooze by hand for 2 h', body: Act } },
    async (request, reply) => {
      const { params, body, operatorName } = request
      checkFormToken(request, body.formToken)
      const wish = { reason: body.reason || NO_REASON, seconds: SNOOZE_SECONDS }
      const outcome = await operations.snooze(params.id, operatorName, wish)
      return reply.redirect(toPath(params.id, typeof outcome === 'object' ? outcome.refused : outcome, 'snoozed'), 303)
    },
  )

  routes.post(
    '/cases/:id/recheck',
    { config: FORM, schema: { ...described, summary: 'Judge the case again', body: Act } },
    async (request, reply) => {
      const { params, body, operatorName } = request
      checkFormToken(request, body.formToken)
      const outcome = await operations.recheck(params.id, operatorName, body.reason || null)
      return reply.redirect(toPath(params.id, outcome, 'rechecked'), 303)
    },
  )
}

/** The case's page, which says how it went. */
function toPath(id: string, outcome: Outcome | 'done' | 'not-found', done: Outcome): string {
  if (outcome === 'not-found') throw new HttpError('not_found')
  return `/cases/${encodeURIComponent(id)}?outcome=${outcome === 'done' ? done : outcome}`
}

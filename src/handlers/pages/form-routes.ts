import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readOperators } from '../../config/secret.ts'
import { safeEqual } from '../../model/safe-equal.ts'
import { Reason } from '../api/act-routes.ts'
import { CaseParams } from '../api/case-routes.ts'
import { checkOrigin, findOperator, readOrUnavailable } from '../door.ts'
import { HttpError } from '../http-error.ts'
import { SESSION_MS } from '../sessions.ts'
import type { Outcome } from './case-page.ts'
import type { PageDeps } from './routes.ts'
import { renderSignInPage, toOwnPath } from './sign-in-page.ts'

const FORM = { auth: 'operator', accepts: 'form', isPage: true } as const
const formToken = z.string().optional()
const SignIn = z.object({ token: z.string().trim().min(1).max(4_096), next: z.string().max(500).default('/') })
const OnlyToken = z.object({ formToken })
const Wake = z.object({ formToken, reason: Reason })
const Pause = z.object({ formToken, paused: z.enum(['true', 'false']).transform((text) => text === 'true') })

/** What the forms of the dashboard do: sign in and out, wake, judge again, pause. Each ends on a page to read. */
export async function formRoutes(scope: FastifyInstance, deps: PageDeps): Promise<void> {
  const { config, operations, sessions, cookieSettings, metrics, logger } = deps
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const described = { tags: ['pages'], consumes: ['application/x-www-form-urlencoded'] }
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: cookieSettings.isSecure } as const

  routes.post(
    '/sign-in',
    {
      config: { auth: 'none', accepts: 'form', isPage: true },
      schema: { ...described, summary: 'Sign in with an operator token', body: SignIn },
    },
    async (request, reply) => {
      checkOrigin(request, config.publicUrl)
      const { token, next } = request.body
      const operator = findOperator(readOrUnavailable(config.operatorTokens, readOperators), token)
      if (!operator) {
        metrics.countDoorRefusal('/sign-in', 'unauthorized')
        logger.warn({ route: '/sign-in', code: 'unauthorized' }, 'request refused at the door')
        return reply
          .code(401)
          .type('text/html; charset=utf-8')
          .send(renderSignInPage({ next, isRefused: true }))
      }
      // Lax, so that the links in notes and in Slack open the page; every write checks its origin and its form token.
      reply.setCookie(cookieSettings.name, sessions.open(operator), { ...cookieOptions, maxAge: SESSION_MS / 1_000 })
      return reply.redirect(toOwnPath(next), 303)
    },
  )

  routes.post(
    '/sign-out',
    { config: FORM, schema: { ...described, summary: 'Sign out', body: OnlyToken } },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      const id = request.cookies[cookieSettings.name]
      if (id !== undefined) sessions.close(id)
      reply.clearCookie(cookieSettings.name, cookieOptions)
      return reply.redirect('/', 303)
    },
  )

  routes.post(
    '/mode',
    { config: FORM, schema: { ...described, summary: 'Pause or resume', body: Pause } },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      await operations.setMode({ paused: request.body.paused }, request.operatorName)
      return reply.redirect('/', 303)
    },
  )

  routes.post(
    '/cases/:id/wake',
    {
      config: FORM,
      schema: { ...described, summary: 'Give the page back to the people on call', params: CaseParams, body: Wake },
    },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      const outcome = await operations.wake(request.params.id, request.operatorName, request.body.reason)
      return reply.redirect(casePath(request.params.id, toPageOutcome(outcome)), 303)
    },
  )

  routes.post(
    '/cases/:id/recheck',
    { config: FORM, schema: { ...described, summary: 'Judge the case again', params: CaseParams, body: OnlyToken } },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      const outcome = await operations.recheck(request.params.id, request.operatorName, null)
      if (outcome === 'not-found') throw new HttpError('not_found')
      return reply.redirect(casePath(request.params.id, 'rechecked'), 303)
    },
  )
}

/** @throws HttpError `forbidden` when a form is not one that this sign-in was given. */
function checkFormToken({ session }: FastifyRequest, given: string | undefined): void {
  if (session !== null && !safeEqual(session.formToken, given ?? '')) throw new HttpError('forbidden')
}

function toPageOutcome(outcome: 'done' | 'not-found' | 'no-incident' | 'ended'): Outcome {
  switch (outcome) {
    case 'done':
      return 'woken'
    case 'not-found':
      throw new HttpError('not_found')
    case 'no-incident':
    case 'ended':
      return outcome
    default: {
      const never: never = outcome
      throw new Error(`unknown outcome ${String(never)}`)
    }
  }
}

function casePath(id: string, outcome: Outcome): string {
  return `/cases/${encodeURIComponent(id)}?outcome=${outcome}`
}

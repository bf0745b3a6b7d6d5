import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readOperators } from '../../config/secret.ts'
import { checkOrigin, findOperator, readOrUnavailable } from '../door.ts'
import { proofOfToken, SESSION_MS } from '../sessions.ts'
import { checkFormToken, DESCRIBED, FORM, OnlyToken } from './form.ts'
import type { PageDeps } from './page-deps.ts'
import { renderSignInPage, toOwnPath } from './sign-in-page.ts'

const SignIn = z.object({ token: z.string().trim().min(1).max(4_096), next: z.string().max(500).default('/') })

/** Signing in with an operator's token, and out. */
export async function signInRoutes(scope: FastifyInstance, deps: PageDeps): Promise<void> {
  const { config, sessions, cookies, metrics, logger } = deps
  const routes = scope.withTypeProvider<ZodTypeProvider>()

  routes.post(
    '/sign-in',
    {
      config: { auth: 'none', accepts: 'form', isPage: true },
      schema: { ...DESCRIBED, summary: 'Sign in with an operator token', body: SignIn },
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
          .send(renderSignInPage({ next, fault: 'unknown-token', hasOidc: config.oidc !== null }))
      }
      const session = await sessions.open(operator.name, proofOfToken(operator))
      reply.setCookie(cookies.sessionName, session, { ...cookies.options, maxAge: SESSION_MS / 1_000 })
      return reply.redirect(toOwnPath(next), 303)
    },
  )

  routes.post(
    '/sign-out',
    { config: FORM, schema: { ...DESCRIBED, summary: 'Sign out', body: OnlyToken } },
    async (request, reply) => {
      checkFormToken(request, request.body.formToken)
      const session = request.cookies[cookies.sessionName]
      if (session !== undefined) await sessions.close(session)
      reply.clearCookie(cookies.sessionName, cookies.options)
      return reply.redirect('/', 303)
    },
  )
}

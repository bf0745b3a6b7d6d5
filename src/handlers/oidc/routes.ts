import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { OidcAccess } from '../../config/oidc-access.ts'
import { HttpError } from '../http-error.ts'
import type { PageDeps } from '../pages/page-deps.ts'
import { renderSignInPage, type SignInFault, toOwnPath } from '../pages/sign-in-page.ts'
import { seal, unseal } from '../sealed-cookie.ts'
import { SESSION_MS } from '../sessions.ts'
import { Checks, createOidcProvider } from './provider.ts'
import { whoMay } from './who-may.ts'

/** How long somebody may take at the provider, in ms. */
const SIGN_IN_MS = 10 * 60_000

const Begun = z.object({ checks: Checks, next: z.string() })
const PAGE = { auth: 'none', isPage: true } as const

/** `GET /sign-in/oidc` and `/sign-in/callback`: to the organisation's own sign-in, and back from it with a session. */
export async function oidcRoutes(scope: FastifyInstance, deps: PageDeps & { access: OidcAccess }): Promise<void> {
  const { access, sessions, ledger, cookies, metrics, logger, now } = deps
  const provider = createOidcProvider(access)
  const routes = scope.withTypeProvider<ZodTypeProvider>()

  routes.get(
    '/sign-in/oidc',
    {
      config: PAGE,
      schema: {
        summary: "To the organisation's own sign-in",
        tags: ['pages'],
        querystring: z.object({ next: z.string().max(500).catch('/').default('/') }),
      },
    },
    async ({ query }, reply) => {
      const { url, checks } = await provider.begin()
      const payload = { checks, next: toOwnPath(query.next) } satisfies z.infer<typeof Begun>
      const { key } = await ledger.read()
      const sealed = await seal(key, 'oidc', { id: randomUUID(), payload, endsAtMs: now() + SIGN_IN_MS })
      reply.setCookie(cookies.oidcName, sealed, { ...cookies.options, maxAge: SIGN_IN_MS / 1_000 })
      return reply.redirect(url, 303)
    },
  )

  routes.get(
    '/sign-in/callback',
    { config: PAGE, schema: { summary: "Back from the organisation's own sign-in", tags: ['pages'] } },
    async (request, reply) => {
      const begun = await readBegun(request.cookies[cookies.oidcName])
      reply.clearCookie(cookies.oidcName, cookies.options)
      if (!begun) return refuse(reply, { next: '/', fault: 'sign-in-over' })
      const { checks, next } = begun
      const claims = await provider.finish(new URL(request.url, access.redirectUrl).search, checks).catch(onlyRefused)
      if (claims === null) return refuse(reply, { next, fault: 'sign-in-failed' })
      const admitted = whoMay(claims, access.operators)
      if (!admitted) return refuse(reply, { next, fault: 'no-operator' })
      const { name, entry } = admitted
      const session = await sessions.open(name, { kind: 'oidc', issuer: access.issuer, entry })
      reply.setCookie(cookies.sessionName, session, { ...cookies.options, maxAge: SESSION_MS / 1_000 })
      return reply.redirect(next, 303)
    },
  )

  async function readBegun(cookie: string | undefined): Promise<z.infer<typeof Begun> | null> {
    if (cookie === undefined) return null
    const { key } = await ledger.read()
    const begun = Begun.safeParse((await unseal({ key, purpose: 'oidc', nowMs: now() }, cookie))?.payload)
    return begun.success ? begun.data : null
  }

  function refuse(reply: FastifyReply, { next, fault }: { next: string; fault: SignInFault }): FastifyReply {
    metrics.countDoorRefusal('/sign-in/callback', 'unauthorized')
    logger.warn({ route: '/sign-in/callback', code: fault }, 'request refused at the door')
    const page = renderSignInPage({ next, fault, hasOidc: true })
    return reply
      .code(fault === 'no-operator' ? 403 : 401)
      .type('text/html; charset=utf-8')
      .send(page)
  }

  function onlyRefused(error: unknown): null {
    if (!(error instanceof HttpError) || error.code !== 'unauthorized') throw error
    logger.warn({ err: error }, 'the answer of the sign-in does not hold')
    return null
  }
}

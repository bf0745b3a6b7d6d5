import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CaseParams } from '../api/case-routes.ts'
import { toCaseView } from '../api/case-view.ts'
import { FiguresQuery } from '../api/figures-route.ts'
import { HttpError } from '../http-error.ts'
import { oidcRoutes } from '../oidc/routes.ts'
import { actFormRoutes } from './act-form-routes.ts'
import { LIST_OUTCOMES, OUTCOMES } from './act-outcome.ts'
import { assetRoutes } from './asset-routes.ts'
import { renderCasePage } from './case-page.ts'
import { renderFiguresPage } from './figures-page.ts'
import type { Viewer } from './layout.ts'
import { createLinkRenderer } from './link.ts'
import { renderListPage } from './list-page.ts'
import { ListQuery, loadSections } from './list-sections.ts'
import type { Banner } from './mode-banner.ts'
import { modeFormRoutes } from './mode-form-routes.ts'
import type { PageDeps } from './page-deps.ts'
import { signInRoutes } from './sign-in-routes.ts'

const PAGE = { auth: 'operator', isPage: true } as const
const ListPageQuery = ListQuery.extend({ outcome: z.enum(LIST_OUTCOMES).optional().catch(undefined) })
const CasePageQuery = z.object({ outcome: z.enum(OUTCOMES).optional().catch(undefined) })

/** The dashboard: the list, one page for each case, the figures, and the forms on them. */
export async function pageRoutes(scope: FastifyInstance, deps: PageDeps): Promise<void> {
  const { store, operations, config, figures, now, notChecked } = deps
  const link = createLinkRenderer(config)
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  await scope.register(formbody, { bodyLimit: 16_384 })
  await scope.register(assetRoutes)
  await scope.register(signInRoutes, deps)
  if (config.oidc) await scope.register(oidcRoutes, { ...deps, access: config.oidc })
  await scope.register(modeFormRoutes, deps)
  await scope.register(actFormRoutes, deps)

  routes.get(
    '/',
    { config: PAGE, schema: { summary: 'The dashboard', tags: ['pages'], querystring: ListPageQuery } },
    async (request, reply) => {
      const { query } = request
      const banner = await readBanner(request)
      const { sections, snoozed } = await loadSections(query, { store, config })
      const page = { ...banner, sections, snoozed, channels: operations.slackStatus(), link }
      return sendPage(reply, renderListPage({ ...page, cluster: query.cluster ?? '', outcome: query.outcome ?? null }))
    },
  )

  routes.get(
    '/cases/:id',
    {
      config: PAGE,
      schema: { summary: 'The page of a case', tags: ['pages'], params: CaseParams, querystring: CasePageQuery },
    },
    async (request, reply) => {
      const banner = await readBanner(request)
      const subject = await store.caseById(request.params.id)
      if (!subject) throw new HttpError('not_found')
      const view = toCaseView(subject, { publicUrl: config.publicUrl, policy: config.policy.current() })
      return sendPage(
        reply,
        renderCasePage({ ...banner, view, outcome: request.query.outcome ?? null, link, notChecked }),
      )
    },
  )

  routes.get(
    '/figures',
    {
      config: PAGE,
      schema: { summary: 'How the cases of the last days went', tags: ['pages'], querystring: FiguresQuery },
    },
    async (request, reply) => {
      const { days } = request.query
      return sendPage(
        reply,
        renderFiguresPage({ figures: await figures.ofDays(days), days, viewer: viewerOf(request) }),
      )
    },
  )

  async function readBanner(request: FastifyRequest): Promise<Banner> {
    // First: what changes while the rest is read is told of again.
    const { position } = await store.changesSince(null)
    const [mode, storm] = await Promise.all([operations.mode(), operations.storm()])
    return {
      mode,
      storm,
      policy: config.policy.state(),
      viewer: viewerOf(request),
      nowMs: now(),
      position,
      snoozed: 0,
    }
  }
}

function viewerOf({ operatorName, session }: FastifyRequest): Viewer {
  return { name: operatorName, formToken: session?.formToken ?? null }
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}

import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CASE_STATES, type CaseState } from '../../model/case.ts'
import { isClusterId } from '../../model/cluster-id.ts'
import { CaseParams } from '../api/case-routes.ts'
import { toCaseView } from '../api/case-view.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import type { Sessions } from '../sessions.ts'
import { type Outcome, renderCasePage } from './case-page.ts'
import { formRoutes } from './form-routes.ts'
import type { Viewer } from './layout.ts'
import { createLinkRenderer } from './link.ts'
import { type ListSection, renderListPage } from './list-page.ts'

/** What the pages need besides what the API needs. */
export interface PageDeps extends ServerDeps {
  sessions: Sessions
  cookieSettings: { name: string; isSecure: boolean }
}

/** Open cases shown at once: more than a person reads. Ended ones by the page. */
const OPEN_LIMIT = 100
const ENDED_LIMIT = 25
const SECTIONS: readonly { title: string; states: readonly CaseState[] }[] = [
  { title: 'Needs a person', states: ['handed-over'] },
  { title: 'Being judged', states: ['gathering', 'waiting'] },
  { title: 'Snoozed', states: ['snoozed'] },
  { title: 'Ended', states: ['resolved'] },
]
const OUTCOMES = ['woken', 'rechecked', 'no-incident', 'ended'] as const satisfies readonly Outcome[]

const ListQuery = z.object({
  cluster: z.string().trim().max(100).optional(),
  state: z.enum(CASE_STATES).optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/)
    .optional(),
})

/** The dashboard: the list, one page for each case, and the forms on them. */
export async function pageRoutes(scope: FastifyInstance, deps: PageDeps): Promise<void> {
  const { store, operations, config, now } = deps
  const link = createLinkRenderer(config)
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  await scope.register(formbody, { bodyLimit: 16_384 })
  await scope.register(formRoutes, deps)

  routes.get(
    '/',
    {
      config: { auth: 'operator', isPage: true },
      schema: { summary: 'The dashboard', tags: ['pages'], querystring: ListQuery },
    },
    async (request, reply) => {
      const { query } = request
      const [mode, ...sections] = await Promise.all([
        operations.mode(),
        ...SECTIONS.map((section) => load(section, query)),
      ])
      return sendPage(
        reply,
        renderListPage({
          viewer: viewerOf(request),
          mode,
          channels: operations.slackStatus(),
          sections,
          cluster: query.cluster ?? '',
          nowMs: now(),
          link,
        }),
      )
    },
  )

  routes.get(
    '/cases/:id',
    {
      config: { auth: 'operator', isPage: true },
      schema: {
        summary: 'The page of a case',
        tags: ['pages'],
        params: CaseParams,
        querystring: z.object({ outcome: z.enum(OUTCOMES).optional().catch(undefined) }),
      },
    },
    async (request, reply) => {
      const subject = await store.caseById(request.params.id)
      if (!subject) throw new HttpError('not_found')
      const view = toCaseView(subject, config)
      const outcome = request.query.outcome ?? null
      return sendPage(reply, renderCasePage({ view, viewer: viewerOf(request), outcome, nowMs: now(), link }))
    },
  )

  async function load(section: (typeof SECTIONS)[number], query: z.infer<typeof ListQuery>): Promise<ListSection> {
    const { title } = section
    const states = query.state === undefined ? section.states : section.states.filter((state) => state === query.state)
    const cluster = query.cluster ?? ''
    if (cluster !== '' && !isClusterId(cluster)) return { title, cases: [], more: null }
    const lists = await Promise.all(
      states.map((state) =>
        store.listCases({
          state,
          limit: state === 'resolved' ? ENDED_LIMIT : OPEN_LIMIT,
          ...(cluster === '' ? {} : { clusterId: cluster }),
          ...(query.state === state && query.cursor !== undefined ? { cursor: query.cursor } : {}),
        }),
      ),
    )
    const cases = lists.flatMap((list) => list.cases).sort((a, b) => b.openedAtMs - a.openedAtMs)
    const rest = states.flatMap((state, index) => {
      const cursor = lists[index]?.nextCursor
      return cursor ? [new URLSearchParams({ state, cursor, ...(cluster === '' ? {} : { cluster }) })] : []
    })
    return {
      title,
      cases: cases.map((subject) => toCaseView(subject, config)),
      more: rest[0] ? `/?${rest[0].toString()}` : null,
    }
  }
}

function viewerOf({ operatorName, session }: FastifyRequest): Viewer {
  return { name: operatorName, formToken: session?.formToken ?? null }
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}

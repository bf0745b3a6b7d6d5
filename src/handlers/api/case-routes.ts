import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { CASE_STATES } from '../../model/case.ts'
import { isClusterId } from '../../model/cluster-id.ts'
import { REASONS } from '../../model/verdict.ts'
import type { CaseFilter } from '../../store/store.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import { CaseView } from './case-schema.ts'
import { toCaseView } from './case-view.ts'

/** Cases of one page. */
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100

const limit = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .refine((count) => count >= 1 && count <= MAX_LIMIT)

/** What a list of cases can be narrowed by. */
export const CaseQuery = z.object({
  state: z.enum(CASE_STATES).optional(),
  reason: z.enum(REASONS).optional(),
  cluster: z.string().refine(isClusterId).optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/)
    .optional(),
  limit: limit.prefault(String(DEFAULT_LIMIT)),
})

/** The store's filter of a query. */
export function toCaseFilter({ state, reason, cluster, cursor, limit }: z.infer<typeof CaseQuery>): CaseFilter {
  return {
    limit,
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(cluster === undefined ? {} : { clusterId: cluster }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

const CasePage = z.object({ cases: z.array(CaseView), nextCursor: z.string().nullable() })
export const CaseParams = z.object({ id: z.string() })

/** `GET /api/cases` and `GET /api/cases/:id`. */
export async function caseRoutes(scope: FastifyInstance, { store, config }: ServerDeps): Promise<void> {
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const described = { tags: ['cases'], security: [{ operator: [] }] }

  routes.get(
    '/api/cases',
    {
      config: { auth: 'operator' },
      schema: {
        ...described,
        summary: 'Cases, newest first',
        querystring: CaseQuery,
        response: { 200: CasePage, ...errorResponses(400, 401) },
      },
    },
    async ({ query }) => {
      const { cases, nextCursor } = await store.listCases(toCaseFilter(query))
      const shown = { publicUrl: config.publicUrl, policy: config.policy.current() }
      return { cases: cases.map((subject) => toCaseView(subject, shown)), nextCursor }
    },
  )

  routes.get(
    '/api/cases/:id',
    {
      config: { auth: 'operator' },
      schema: {
        ...described,
        summary: 'One case',
        params: CaseParams,
        response: { 200: CaseView, ...errorResponses(401, 404) },
      },
    },
    async ({ params }) => {
      const subject = await store.caseById(params.id)
      if (!subject) throw new HttpError('not_found')
      return toCaseView(subject, { publicUrl: config.publicUrl, policy: config.policy.current() })
    },
  )
}

import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { RESULTS } from '../../figures/case-figure.ts'
import type { FiguresReader } from '../../figures/figures-reader.ts'
import { REASONS } from '../../model/verdict.ts'
import { errorResponses } from '../error-schema.ts'

/** Spans that are shown, in days. */
export const SPANS = [7, 30, 90] as const
const DEFAULT_SPAN = 30

/** What figures can be asked for. */
export const FiguresQuery = z.object({
  days: z
    .enum(['7', '30', '90'])
    .prefault(String(DEFAULT_SPAN) as '30')
    .transform(Number),
})

const count = z.int().nonnegative()
const byResult = z.record(z.enum(RESULTS), count)
const byReason = z.partialRecord(z.enum(REASONS), count)
const seconds = z.number().describe('seconds')
const FiguresView = z.object({
  from: z.string(),
  until: z.string(),
  isComplete: z.boolean().describe('false where the oldest cases of the span were left out'),
  cases: count,
  byResult,
  byReason,
  toAction: z
    .object({ median: seconds, p90: seconds })
    .nullable()
    .describe('from the opening of a case to the first thing done'),
  days: z.array(z.object({ day: z.string(), cases: count, byResult, byReason, toActionMedian: seconds.nullable() })),
  unknownTexts: z.array(z.object({ shape: z.string(), cases: count, example: z.string() })),
  unusedReasons: z.array(z.enum(REASONS)),
})

/** `GET /api/figures`: how the cases of the last days went. */
export async function figuresRoute(scope: FastifyInstance, { figures }: { figures: FiguresReader }): Promise<void> {
  scope.withTypeProvider<ZodTypeProvider>().get(
    '/api/figures',
    {
      config: { auth: 'operator' },
      schema: {
        summary: 'How the cases of the last days went, today among them (UTC)',
        tags: ['figures'],
        security: [{ operator: [] }],
        querystring: FiguresQuery,
        response: { 200: FiguresView, ...errorResponses(400, 401) },
      },
    },
    ({ query }) => figures.ofDays(query.days),
  )
}

import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Readiness } from './operations.ts'
import type { ServerDeps } from './server-deps.ts'

const Ready = z.object({ status: z.enum(['ok', 'unavailable']), checks: z.record(z.string(), z.string()) })

/** The routes that anybody may read: alive, able to accept, metrics, and the description of all routes. */
export async function healthRoutes(scope: FastifyInstance, { operations, metrics, logger }: ServerDeps): Promise<void> {
  const routes = scope.withTypeProvider<ZodTypeProvider>()
  const config = { auth: 'none' } as const

  routes.get(
    '/healthz',
    {
      config,
      schema: {
        summary: 'The process is alive',
        tags: ['health'],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  )

  routes.get(
    '/readyz',
    {
      config,
      schema: { summary: 'Alerts can be accepted durably', tags: ['health'], response: { 200: Ready, 503: Ready } },
    },
    async (_request, reply) => {
      const { ready, checks } = await readinessOrNot()
      if (ready) return { status: 'ok' as const, checks }
      return reply.code(503).send({ status: 'unavailable' as const, checks })
    },
  )

  scope.get(
    '/metrics',
    { config, schema: { summary: 'Metrics in the text format of Prometheus', tags: ['health'] } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )

  scope.get(
    '/openapi.json',
    { config, schema: { summary: 'This description', tags: ['health'] } },
    async (_request, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(scope.swagger())),
  )

  async function readinessOrNot(): Promise<Readiness> {
    try {
      return await operations.readiness()
    } catch (err) {
      logger.error({ err }, 'readiness could not be checked')
      return { ready: false, checks: {} }
    }
  }
}

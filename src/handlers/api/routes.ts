import type { FastifyInstance } from 'fastify'
import type { FiguresReader } from '../../figures/figures-reader.ts'
import { parseStrictJson } from '../strict-json.ts'
import { actRoutes } from './act-routes.ts'
import { caseRoutes } from './case-routes.ts'
import { explainRoute } from './explain-route.ts'
import { figuresRoute } from './figures-route.ts'
import { modeRoutes } from './mode-routes.ts'
import { type StreamDeps, streamRoute } from './stream-route.ts'

/** Bytes of an operator's request. */
const BODY_LIMIT = 16_384

interface ApiDeps extends StreamDeps {
  figures: FiguresReader
}

/** The operators' API. */
export async function apiRoutes(scope: FastifyInstance, deps: ApiDeps): Promise<void> {
  scope.register(explainRoute, deps)
  scope.register(async (json) => {
    json.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
      async (_request: unknown, body: Buffer) => parseStrictJson(body),
    )
    json.register(caseRoutes, deps)
    json.register(actRoutes, deps)
    json.register(modeRoutes, deps)
    json.register(figuresRoute, deps)
    json.register(streamRoute, deps)
  })
}

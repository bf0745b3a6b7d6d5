import type { FastifyInstance } from 'fastify'
import { TerminalError } from '../../errors.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import { decodeUtf8, parseStrictJson } from '../strict-json.ts'
import { CaseView } from './case-schema.ts'

/** Bytes of the input, which may be a whole webhook body. */
const BODY_LIMIT = 16 * 1024 * 1024

/** `POST /api/explain`: an Alertmanager body or an incident's text in, the decision out, no effect anywhere. */
export async function explainRoute(scope: FastifyInstance, { operations }: ServerDeps): Promise<void> {
  scope.addContentTypeParser('text/plain', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    decodeUtf8(body),
  )
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    parseStrictJson(body) // What is no JSON, or too deep to read, is refused here.
    return decodeUtf8(body)
  })
  scope.post(
    '/api/explain',
    {
      config: { auth: 'operator', accepts: 'json-or-text' },
      bodyLimit: BODY_LIMIT,
      schema: {
        summary: 'The decision about an Alertmanager body or the text of an incident, with no effect anywhere',
        tags: ['cases'],
        security: [{ operator: [] }],
        consumes: ['application/json', 'text/plain'],
        response: { 200: CaseView, ...errorResponses(400, 401, 403, 413, 415) },
      },
    },
    async ({ body }) => {
      if (typeof body !== 'string' || body.trim() === '') throw new HttpError('bad_request')
      try {
        return await operations.explain(body)
      } catch (error) {
        if (error instanceof TerminalError && error.code === 'rejected') throw new HttpError('bad_request')
        throw error
      }
    },
  )
}

import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Door } from '../door.ts'
import { errorResponses } from '../error-schema.ts'
import { HttpError } from '../http-error.ts'
import type { ServerDeps } from '../server-deps.ts'
import { ChangeFeed } from './change-feed.ts'
import { EventStream } from './event-stream.ts'

/** Readers at once of one replica: each holds a connection. */
const READER_LIMIT = 100
const BEAT_MS = 15_000

const position = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)

export interface StreamDeps extends ServerDeps {
  checkAtDoor: Door
  /** Of every answer. */
  headers: Readonly<Record<string, string>>
}

/** `GET /api/stream`: which cases changed, and the mode, as server-sent events, until the reader leaves or may no more. */
export async function streamRoute(scope: FastifyInstance, deps: StreamDeps): Promise<void> {
  const { checkAtDoor, headers } = deps
  const feed = new ChangeFeed(deps)
  const readers = new Set<EventStream>()

  // The server waits for every answer when it closes, and this one has no end of its own.
  scope.addHook('preClose', async () => {
    for (const reader of readers) reader.end()
  })

  scope.withTypeProvider<ZodTypeProvider>().get(
    '/api/stream',
    {
      config: { auth: 'operator' },
      exposeHeadRoute: false,
      schema: {
        summary:
          'Server-sent events: `changed` {"cases": ids, or null for many}, `mode` {"mode", "paused", "frozen"}, `store` {"readable"} when it comes or goes, and `beat` each 15 s',
        tags: ['cases'],
        security: [{ operator: [] }],
        querystring: z.object({
          since: position.optional().describe('tells of all that changed since that position too'),
        }),
        response: {
          200: { description: 'events', content: { 'text/event-stream': { schema: z.string() } } },
          ...errorResponses(400, 401, 503),
        },
      },
    },
    async (request, reply) => {
      if (readers.size >= READER_LIMIT) throw new HttpError('unavailable')
      reply.hijack()
      const reader = new EventStream(reply.raw, headers)
      readers.add(reader)
      const stop = feed.listen((change) => reader.send(change), request.query.since ?? null)
      const beats = setInterval(async () => {
        try {
          await checkAtDoor(request) // Somebody who signed out, or whose token is gone, reads no further.
          reader.beat()
        } catch {
          reader.end()
        }
      }, BEAT_MS).unref()
      reply.raw.once('close', () => {
        clearInterval(beats)
        stop()
        readers.delete(reader)
      })
    },
  )
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

const anySpan = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z
    .array(z.object({ key: z.string(), value: z.looseObject({ stringValue: z.string().optional() }) }))
    .default([]),
})
const body = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(anySpan) })) })),
})

export type SeenSpan = z.infer<typeof anySpan>

/** A collector that takes OTLP traces over HTTP as JSON, and keeps what it was sent. */
export interface OtlpReceiver {
  url: string
  spans: () => SeenSpan[]
  /** Everything received, as it was written. */
  raw: () => string
  authorizations: () => (string | undefined)[]
  close: () => Promise<void>
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: string[] = []
  const authorizations: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    if (request.method === 'POST' && request.url === '/v1/traces') {
      bodies.push(Buffer.concat(chunks).toString('utf8'))
      authorizations.push(request.headers.authorization)
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () =>
      bodies.flatMap((one) =>
        body.parse(JSON.parse(one)).resourceSpans.flatMap((of) => of.scopeSpans.flatMap(({ spans }) => spans)),
      ),
    raw: () => bodies.join('\n'),
    authorizations: () => authorizations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

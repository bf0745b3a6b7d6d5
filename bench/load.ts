import autocannon from 'autocannon'

/** Webhooks under way at once. Source: PRODUCT.md, Budgets. */
export const IN_FLIGHT = 50

export interface Load {
  url: string
  path: string
  token: string
  /** One body a request, sent in this order, each once. */
  bodies: readonly string[]
  inFlight?: number
}

export interface LoadResult {
  perSecond: number
  /** Of each request, in ms. */
  latenciesMs: number[]
  /** Answers of another status than 200 and 202, and requests without an answer. */
  failed: number
  /** When the first request was sent, ms since the epoch. */
  startedAtMs: number
}

/** What it took to send every body, so many at a time. It ends by itself. */
export async function sendAll({ url, path, token, bodies, inFlight = IN_FLIGHT }: Load): Promise<LoadResult> {
  const latenciesMs: number[] = []
  let next = 0
  let good = 0
  const startedAtMs = Date.now()
  const started = performance.now()
  let endedMs = started
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(
      {
        url: `${url}${path}`,
        connections: Math.min(inFlight, bodies.length),
        amount: bodies.length,
        timeout: 30,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        requests: [
          {
            method: 'POST',
            path,
            setupRequest(request) {
              const body = bodies[next % bodies.length] ?? ''
              next += 1
              return { ...request, body }
            },
          },
        ],
      },
      (error: unknown) => (error ? reject(error) : resolve()),
    )
    run.on('response', (_client, statusCode, _bytes, responseTime) => {
      latenciesMs.push(responseTime)
      if (statusCode === 202 || statusCode === 200) good += 1
      endedMs = performance.now()
    })
  })
  return {
    perSecond: latenciesMs.length / ((endedMs - started) / 1_000),
    latenciesMs,
    failed: bodies.length - good,
    startedAtMs,
  }
}

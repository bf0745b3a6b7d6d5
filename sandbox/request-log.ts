import type { UpstreamName } from './upstream.ts'

/** How many requests are kept; the oldest are dropped first, so that a long load test does not fill the memory. */
const MAX_REQUESTS = 20_000

/** One request as it was received. Credentials are not kept. */
export interface RequestRecord {
  /** Sandbox time, UTC ISO 8601. */
  at: string
  upstream: UpstreamName
  method: string
  /** Path below the upstream's prefix. */
  path: string
  /** Query parameters in the order they came; a name given twice has both values. */
  query: Record<string, string[]>
  /** Parsed JSON or form body; the text itself if it is neither, `undefined` if there was none. */
  body: unknown
  /** Status answered, or `null` while there is no answer and after a hang or a reset. */
  status: number | null
}

/** The requests received, oldest first and bounded: what tests check against the published API descriptions. */
export class RequestLog {
  #records: RequestRecord[] = []

  add(record: RequestRecord): RequestRecord {
    this.#records.push(record)
    // Cut in one go and seldom: shifting at every request would cost more than the request itself.
    if (this.#records.length > MAX_REQUESTS * 1.2) this.#records = this.#records.slice(-MAX_REQUESTS)
    return record
  }

  entries(): readonly RequestRecord[] {
    return this.#records
  }

  /** The requests to this upstream, of this method and below this path if given. */
  of(upstream: UpstreamName, method?: string, pathPrefix = ''): RequestRecord[] {
    return this.#records.filter(
      (record) =>
        record.upstream === upstream &&
        (method === undefined || record.method === method) &&
        record.path.startsWith(pathPrefix),
    )
  }

  reset(): void {
    this.#records = []
  }
}

/** Returns the body as tests want to see it: JSON and forms parsed, anything else as text. */
export function toRequestBody(rawBody: string, contentType: string | undefined): unknown {
  if (rawBody === '') return undefined
  if (contentType?.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(rawBody))
  }
  try {
    return JSON.parse(rawBody)
  } catch {
    return rawBody
  }
}

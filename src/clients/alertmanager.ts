import { z } from 'zod'
import { TransientError } from '../errors.ts'
import { splitCredentials } from './base-address.ts'
import { toStatusError, toTransportError, toWaitMs } from './http-outcome.ts'
import { ALERTMANAGER_CALLS } from './reading-allowed.ts'

/** Longest a call may take, connection and body together. */
const CALL_TIMEOUT_MS = 10_000
/** Largest answer that is read: some ten thousand alerts. */
const ANSWER_LIMIT_BYTES = 33_554_432

const labels = z.record(z.string(), z.string())

/** An alert as `GET /api/v2/alerts` shows it, only the fields used. Its end is a real time in the future while it fires. */
export const listedAlertSchema = z.object({
  fingerprint: z.string(),
  labels,
  annotations: labels,
  startsAt: z.string(),
  generatorURL: z.string().nullish(),
  receivers: z.array(z.object({ name: z.string() })),
  status: z.object({ state: z.enum(['unprocessed', 'active', 'suppressed']) }),
})
export type ListedAlert = z.infer<typeof listedAlertSchema>

export interface AlertmanagerOptions {
  /** Base address, without a trailing slash; a user and password in it are sent as basic authentication. */
  url: string
  now: () => number
  observe?: (operation: string, outcome: string, seconds: number) => void
}

/** Alertmanager's API, the one question that is asked of it. */
export interface AlertmanagerClient {
  /**
   * Every alert of these names that Alertmanager has, silenced and inhibited ones too.
   * @throws TransientError, TerminalError when it does not answer: unavailable is not "no alerts".
   */
  alerts(alertnames: readonly string[]): Promise<ListedAlert[]>
}

/** Source: Alertmanager api/v2/openapi.yaml. */
export function createAlertmanagerClient({ url, now, observe }: AlertmanagerOptions): AlertmanagerClient {
  const { base, headers } = splitCredentials(url)
  const what = 'Alertmanager list alerts'

  async function call(path: string): Promise<ListedAlert[]> {
    ALERTMANAGER_CALLS({ method: 'GET', path })
    const response = await connect(`${base}${path}`)
    const failure = toStatusError(
      what,
      response.status,
      toWaitMs(response.headers.get('retry-after') ?? undefined, now()),
      null,
    )
    if (failure) {
      await response.body?.cancel()
      throw failure
    }
    const parsed = z.array(listedAlertSchema).safeParse(await readJson(response, what))
    if (!parsed.success) throw new TransientError('unknown', `${what}: answered in a shape that is not known`)
    return parsed.data
  }

  async function connect(address: string): Promise<Response> {
    try {
      return await fetch(address, { headers, redirect: 'error', signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })
    } catch (error) {
      throw toTransportError(what, error)
    }
  }

  return {
    async alerts(alertnames) {
      const startedMs = performance.now()
      let outcome = 'failed'
      try {
        const listed = await call(`/api/v2/alerts?${new URLSearchParams({ filter: toMatcher(alertnames) })}`)
        outcome = 'ok'
        return listed
      } catch (error) {
        if (error instanceof Error && 'code' in error) outcome = String(error.code)
        throw error
      } finally {
        observe?.('list alerts', outcome, (performance.now() - startedMs) / 1_000)
      }
    },
  }
}

/** Filters are joined by "and", so several names are one expression; Alertmanager anchors it. */
function toMatcher(alertnames: readonly string[]): string {
  const names = alertnames.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return `alertname=~${JSON.stringify(names.join('|'))}`
}

async function readJson(response: Response, what: string): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength
      if (size > ANSWER_LIMIT_BYTES) throw new TransientError('unknown', `${what}: answered more than is read`)
      chunks.push(chunk)
    }
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return parsed
  } catch (error) {
    throw error instanceof TransientError ? error : toTransportError(what, error)
  }
}

import type { SandboxClock } from '../clock.ts'
import type { SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'

/** Failures are counted over five minutes, as the alert's own query does. */
const WINDOW_MS = 300_000
/** The one question that it understands, for all clusters or for one. */
const QUERY =
  /^sum by ?\(CRN\) \(delta\(armada_kp_events_status\{status="failed"(?:,CRN="((?:[^"\\]|\\.)*)")?\}\[5m\]\)\)( > 0)?$/

/** Prometheus' query API over the failed events that a test counts. Any path prefix may stand before `/api/v1`. */
export class PrometheusSandbox implements Upstream {
  readonly name = 'prometheus'
  readonly prefix = '/prometheus'
  /** What it says beside its answers, where it does not have all. */
  warnings: string[] = []
  readonly #clock: SandboxClock
  readonly #failures: { crn: string; atMs: number; count: number }[] = []
  /** Clusters whose value is what a test says, in Prometheus' own words: `NaN`, `+Inf`. */
  readonly #words = new Map<string, string>()

  constructor({ clock }: { clock: SandboxClock }) {
    this.#clock = clock
  }

  /** Counts failed events of a cluster, now or so long ago. */
  addFailures(crn: string, count = 1, msAgo = 0): void {
    this.#failures.push({ crn, atMs: this.#clock.now().getTime() - msAgo, count })
  }

  /** The cluster's value from now on, as Prometheus would write it. */
  say(crn: string, value: string): void {
    this.#words.set(crn, value)
  }

  /** No event of the cluster has failed. */
  recover(crn: string): void {
    this.#words.delete(crn)
    const kept = this.#failures.filter((failure) => failure.crn !== crn)
    this.#failures.splice(0, this.#failures.length, ...kept)
  }

  async handle({ method, path, query, rawBody, headers }: SandboxRequest): Promise<SandboxResponse> {
    const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const parameters = method === 'POST' && form ? new URLSearchParams(rawBody) : query
    if (path.endsWith('/api/v1/query')) return this.#instant(parameters)
    if (path.endsWith('/api/v1/query_range')) return this.#range(parameters)
    if (path.endsWith('/-/ready')) return { status: 200, body: 'Prometheus Server is Ready.\n' }
    return { status: 404, body: '404 page not found\n' }
  }

  snapshot(): unknown {
    return { failing: Object.fromEntries(this.#valuesAt(this.#clock.now().getTime(), null)), warnings: this.warnings }
  }

  reset(): void {
    this.warnings = []
    this.#failures.length = 0
    this.#words.clear()
  }

  #instant(parameters: URLSearchParams): SandboxResponse {
    if (parameters.get('query') === 'count(armada_kp_events_status)') return this.#count()
    const asked = parse(parameters)
    if (!asked) return refused('bad_data', 'invalid parameter "query": parse error')
    const time = parameters.get('time')
    const atMs = time === null ? this.#clock.now().getTime() : Number(time) * 1_000
    const result = [...this.#valuesAt(atMs, asked.crn)]
      .filter(([, value]) => !asked.isAboveZero || value === 'NaN' || Number(value) > 0)
      .map(([CRN, value]) => ({ metric: { CRN }, value: [atMs / 1_000, value] }))
    return this.#succeeded({ resultType: 'vector', result })
  }

  /** No series is no answer, as ever. */
  #count(): SandboxResponse {
    const atMs = this.#clock.now().getTime()
    const { size } = this.#valuesAt(atMs, null)
    const result = size === 0 ? [] : [{ metric: {}, value: [atMs / 1_000, String(size)] }]
    return this.#succeeded({ resultType: 'vector', result })
  }

  #range(parameters: URLSearchParams): SandboxResponse {
    const asked = parse(parameters)
    if (!asked) return refused('bad_data', 'invalid parameter "query": parse error')
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(parameters.get(name) ?? Number.NaN))
    if (!start || !end || !step || end < start) return refused('bad_data', 'invalid parameter "start"')
    if ((end - start) / step > 11_000) return refused('bad_data', 'exceeded maximum resolution of 11,000 points')
    const series = new Map<string, [number, string][]>()
    for (let at = start; at <= end; at += step)
      for (const [crn, value] of this.#valuesAt(at * 1_000, asked.crn))
        series.set(crn, [...(series.get(crn) ?? []), [at, value]])
    return this.#succeeded({
      resultType: 'matrix',
      result: [...series].map(([CRN, values]) => ({ metric: { CRN }, values })),
    })
  }

  /** A cluster that has ever failed has a value; it is 0 when nothing failed of late. */
  #valuesAt(atMs: number, crn: string | null): Map<string, string> {
    const values = new Map<string, string>()
    for (const failure of this.#failures) {
      if (failure.atMs > atMs || (crn !== null && failure.crn !== crn)) continue
      const before = Number(values.get(failure.crn) ?? 0)
      values.set(failure.crn, String(before + (failure.atMs > atMs - WINDOW_MS ? failure.count : 0)))
    }
    for (const [named, word] of this.#words) if (crn === null || named === crn) values.set(named, word)
    return values
  }

  #succeeded(data: unknown): SandboxResponse {
    return {
      status: 200,
      body: { status: 'success', data, ...(this.warnings.length > 0 && { warnings: this.warnings }) },
    }
  }
}

function parse(parameters: URLSearchParams): { crn: string | null; isAboveZero: boolean } | null {
  const match = QUERY.exec((parameters.get('query') ?? '').replace('sum by(CRN)', 'sum by (CRN)'))
  if (!match) return null
  const crn = match[1] === undefined ? null : match[1].replace(/\\(.)/g, '$1')
  return { crn, isAboveZero: match[2] !== undefined }
}

function refused(errorType: string, error: string): SandboxResponse {
  return { status: 400, body: { status: 'error', errorType, error } }
}

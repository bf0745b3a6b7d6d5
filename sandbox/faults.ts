import type { UpstreamName } from './upstream.ts'

/**
 * What goes wrong with one request. "Commits" means that the upstream did what it was asked, and only the answer is wrong.
 *
 * - `status`: this answer instead, nothing is committed
 * - `commitThenStatus`: commits, then this answer
 * - `hang`: no answer ever; the socket stays open until the caller or the sandbox closes it
 * - `reset`: the socket is destroyed
 * - `html`: 200 with a page, as a proxy's sign-in gives; commits only if asked to
 * - `truncatedJson`: commits, and half of the JSON arrives as if it were all
 * - `slowBody`: commits, and the body comes byte by byte
 * - `delay`: commits and answers, `ms` milliseconds later
 * - `rateLimited`: the upstream's own 429, with its headers or (`headers: false`) without
 */
export type Fault =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown }
  | { kind: 'commitThenStatus'; status: number; headers?: Record<string, string>; body?: unknown }
  | { kind: 'hang'; when: 'before-commit' | 'after-commit' }
  | { kind: 'reset'; when: 'before-commit' | 'after-commit' }
  | { kind: 'html'; commits?: boolean }
  | { kind: 'truncatedJson' }
  | { kind: 'slowBody'; bytesPerSecond?: number }
  | { kind: 'delay'; ms: number }
  | { kind: 'rateLimited'; headers?: boolean; retryAfterSeconds?: number }

export interface RequestMatch {
  upstream: UpstreamName
  /** Upper-case method; any if absent. */
  method?: string
  /** Prefix of, or expression over, the path below the upstream's prefix; any if absent. */
  path?: string | RegExp
  /** How many matching requests pass untouched first. Default 0. */
  skip?: number
  /** How many matching requests are hit after that; `Infinity` for all. Default 1. */
  times?: number
}

export interface FaultRule extends RequestMatch {
  fault: Fault
}

/** One rule under way. */
export interface ArmedRule {
  /** How many requests it has hit so far. */
  readonly hits: number
  /** Takes the rule away. */
  remove(): void
}

/** The part of a request that rules look at. */
export interface MatchedRequest {
  upstream: UpstreamName
  method: string
  path: string
}

interface Armed<T> {
  match: RequestMatch
  effect: T
  seen: number
  hits: number
}

/** The faults on demand: rules that spoil requests, hooks that run before a commit, and upstreams that are down. */
export class Faults {
  #rules: Armed<Fault>[] = []
  #hooks: Armed<() => void | Promise<void>>[] = []
  readonly #down = new Set<UpstreamName>()
  readonly #onDown = new Set<(upstream: UpstreamName) => void>()

  /** Arms a rule. Of several that match one request the oldest with hits left is used. */
  add(rule: FaultRule): ArmedRule {
    const { fault, ...match } = rule
    const armed: Armed<Fault> = { match, effect: fault, seen: 0, hits: 0 }
    this.#rules.push(armed)
    return toArmedRule(armed, () => {
      this.#rules = this.#rules.filter((other) => other !== armed)
    })
  }

  /** Runs `hook` before a matching request is committed, so that a test can change the state between two calls. */
  before(match: RequestMatch, hook: () => void | Promise<void>): ArmedRule {
    const armed: Armed<() => void | Promise<void>> = { match, effect: hook, seen: 0, hits: 0 }
    this.#hooks.push(armed)
    return toArmedRule(armed, () => {
      this.#hooks = this.#hooks.filter((other) => other !== armed)
    })
  }

  /** Destroys every socket of this upstream now, and every new one at its first request, until `up`. */
  down(upstream: UpstreamName): void {
    this.#down.add(upstream)
    for (const listener of this.#onDown) listener(upstream)
  }

  up(upstream: UpstreamName): void {
    this.#down.delete(upstream)
  }

  isDown(upstream: UpstreamName): boolean {
    return this.#down.has(upstream)
  }

  onDown(listener: (upstream: UpstreamName) => void): void {
    this.#onDown.add(listener)
  }

  /** Removes all rules and hooks, and brings every upstream up. */
  clear(): void {
    this.#rules = []
    this.#hooks = []
    this.#down.clear()
  }

  /** Returns the fault that hits this request, and counts it. */
  take(request: MatchedRequest): Fault | undefined {
    return takeAll(this.#rules, request, 1)[0]
  }

  /** Returns the hooks due before this request is committed, and counts them. */
  takeHooks(request: MatchedRequest): (() => void | Promise<void>)[] {
    return takeAll(this.#hooks, request, Number.POSITIVE_INFINITY)
  }

  /** The rules as plain data, for the control routes. */
  snapshot(): unknown {
    return {
      down: [...this.#down],
      rules: this.#rules.map(({ match, effect, hits }) => ({
        ...match,
        path: match.path?.toString(),
        times: match.times === Number.POSITIVE_INFINITY ? 'always' : (match.times ?? 1),
        fault: effect,
        hits,
      })),
    }
  }
}

function takeAll<T>(rules: Armed<T>[], request: MatchedRequest, limit: number): T[] {
  const taken: T[] = []
  for (const rule of rules) {
    if (taken.length >= limit) break
    if (!isMatch(rule.match, request)) continue
    rule.seen += 1
    if (rule.seen <= (rule.match.skip ?? 0) || rule.hits >= (rule.match.times ?? 1)) continue
    rule.hits += 1
    taken.push(rule.effect)
  }
  return taken
}

function isMatch(match: RequestMatch, request: MatchedRequest): boolean {
  if (match.upstream !== request.upstream) return false
  if (match.method !== undefined && match.method !== request.method) return false
  if (match.path === undefined) return true
  // `search` ignores `lastIndex`, which would make a global expression miss every second request.
  return typeof match.path === 'string' ? request.path.startsWith(match.path) : request.path.search(match.path) >= 0
}

function toArmedRule(armed: Armed<unknown>, remove: () => void): ArmedRule {
  return {
    get hits() {
      return armed.hits
    },
    remove,
  }
}

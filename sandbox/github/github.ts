import type { Ledger } from '../ledger.ts'
import type { SandboxContext, SandboxRequest, SandboxResponse, Upstream } from '../upstream.ts'
import { createComment, getComment, listComments, updateComment } from './comment-routes.ts'
import { type Caller, Credentials } from './credentials.ts'
import { createIssue, getIssue, listIssues, updateIssue } from './issue-routes.ts'
import { addIssueLabels, createLabel, getLabel, listIssueLabels, listLabels, setIssueLabels } from './label-routes.ts'
import { type Flavour, GithubLimits, type SecondaryLimit } from './limits.ts'
import { GithubPeople } from './people.ts'
import { GithubRefusal, notFound } from './refusal.ts'
import type { LinkBase } from './render.ts'
import { getRepository } from './repository-route.ts'
import { parseBody, type RouteContext } from './route.ts'
import { searchIssues } from './search-route.ts'

export type { Flavour, SecondaryLimit } from './limits.ts'
export { DEFAULT_REPOSITORY, type IssueView } from './people.ts'

type RepositoryRoute = (context: RouteContext, parameter: string) => SandboxResponse

/** Below `/repos/{owner}/{repo}`; the first that matches method and path is taken. */
const REPOSITORY_ROUTES: readonly (readonly [method: string, path: RegExp, route: RepositoryRoute])[] = [
  ['GET', /^$/, getRepository],
  ['GET', /^\/issues$/, listIssues],
  ['POST', /^\/issues$/, createIssue],
  ['GET', /^\/issues\/comments\/(\d+)$/, getComment],
  ['PATCH', /^\/issues\/comments\/(\d+)$/, updateComment],
  ['GET', /^\/issues\/(\d+)$/, getIssue],
  ['PATCH', /^\/issues\/(\d+)$/, updateIssue],
  ['GET', /^\/issues\/(\d+)\/comments$/, listComments],
  ['POST', /^\/issues\/(\d+)\/comments$/, createComment],
  ['GET', /^\/issues\/(\d+)\/labels$/, listIssueLabels],
  ['POST', /^\/issues\/(\d+)\/labels$/, addIssueLabels],
  ['PUT', /^\/issues\/(\d+)\/labels$/, setIssueLabels],
  ['GET', /^\/labels$/, listLabels],
  ['POST', /^\/labels$/, createLabel],
  ['GET', /^\/labels\/([^/]+)$/, getLabel],
]

/** GitHub's issues, as Enterprise Server (the default) or as the cloud serves them. */
export class GithubSandbox extends GithubPeople implements Upstream {
  readonly name = 'github'
  readonly prefix = '/github/api/v3'
  /** `ghes` has no rate limit headers and no /rate_limit. */
  flavour: Flavour
  /** Site that `html_url` points to. */
  webBaseUrl = 'https://github.example.com'
  /** How long new issues and changes stay out of search, in milliseconds. Default 0. */
  searchLagMs = 0
  /** How long a new issue stays out of lists, in milliseconds: a replica that is behind. Default 0. */
  listLagMs = 0
  /** Search says that it gave up before the end. Default false. */
  isSearchIncomplete = false
  readonly credentials: Credentials
  readonly #limits: GithubLimits
  readonly #ledger: Ledger
  readonly #initialFlavour: Flavour

  constructor(context: SandboxContext, options: { flavour?: Flavour } = {}) {
    super(context.clock)
    this.#ledger = context.ledger
    this.#initialFlavour = options.flavour ?? 'ghes'
    this.flavour = this.#initialFlavour
    this.credentials = new Credentials(context.clock)
    this.#limits = new GithubLimits(context.clock)
  }

  async handle(request: SandboxRequest): Promise<SandboxResponse> {
    const response = this.#answer(request)
    return { ...response, headers: { ...this.#limits.headers(this.flavour), ...response.headers } }
  }

  /** The next requests meet a secondary limit; null ends it. */
  setSecondaryLimit(limit: SecondaryLimit | null): void {
    this.#limits.setSecondary(limit)
  }

  /** Content creations a minute of sandbox time (the cloud has about 80); null, the default, is no limit. */
  setCreationsPerMinute(count: number | null): void {
    this.#limits.setCreationsPerMinute(count)
  }

  /** Requests an hour, cloud only; counting starts again. Default 5,000. */
  setHourlyLimit(requests: number): void {
    this.#limits.setHourly(requests)
  }

  snapshot(): unknown {
    const repositories = [...this.repositories.values()].map(({ fullName, hasIssues, hasPushAccess, labels }) => ({
      fullName,
      hasIssues,
      hasPushAccess,
      labels: labels.map(({ name }) => name),
      issues: this.issues(fullName),
    }))
    return structuredClone({ flavour: this.flavour, repositories })
  }

  reset(): void {
    this.forgetRepositories()
    this.credentials.reset()
    this.#limits.reset()
    this.flavour = this.#initialFlavour
    this.searchLagMs = 0
    this.listLagMs = 0
    this.isSearchIncomplete = false
  }

  #answer(request: SandboxRequest): SandboxResponse {
    try {
      const installation = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(request.path)?.[1]
      if (installation && request.method === 'POST') {
        return { status: 201, body: this.credentials.issue(request, Number(installation), parseBody(request)) }
      }
      const caller = this.credentials.identify(request)
      if (request.path === '/rate_limit') return this.#rateLimit()
      this.#limits.take(this.flavour, request.method)
      return this.#route(request, caller)
    } catch (error) {
      if (!(error instanceof GithubRefusal)) throw error
      return error.response
    }
  }

  #route(request: SandboxRequest, caller: Caller): SandboxResponse {
    const base = this.#base(request)
    if (request.path === '/search/issues' && request.method === 'GET') {
      const repositories = [...this.repositories.values()].filter(({ fullName }) => isVisible(caller, fullName))
      const indexedUntilMs = this.clock.now().getTime() - this.searchLagMs
      return searchIssues({
        request,
        caller,
        repositories,
        base,
        indexedUntilMs,
        isIncomplete: this.isSearchIncomplete,
      })
    }
    const [, fullName = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(request.path) ?? []
    const repository = this.repository(fullName)
    if (!isVisible(caller, fullName)) throw notFound()
    const { clock, listLagMs } = this
    const context: RouteContext = { request, caller, repository, base, clock, ledger: this.#ledger, listLagMs }
    for (const [method, path, route] of REPOSITORY_ROUTES) {
      const match = method === request.method ? path.exec(rest) : null
      if (match) return route(context, match[1] ?? '')
    }
    throw notFound()
  }

  #rateLimit(): SandboxResponse {
    if (this.flavour === 'ghes') throw new GithubRefusal(404, 'Rate limiting is not enabled.')
    const core = this.#limits.core()
    const search = { limit: 30, remaining: 30, reset: core.reset, used: 0 }
    return { status: 200, body: { resources: { core, search }, rate: core } }
  }

  #base(request: SandboxRequest): LinkBase {
    return { api: `http://${request.headers.host ?? 'localhost'}${this.prefix}`, web: this.webBaseUrl }
  }
}

/** A token narrowed to repositories sees no other: they answer 404, not 403. */
function isVisible(caller: Caller, fullName: string): boolean {
  return caller.repositories === undefined || caller.repositories.includes(fullName.split('/')[1] ?? '')
}

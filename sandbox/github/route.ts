import { z } from 'zod'
import type { SandboxClock } from '../clock.ts'
import type { Ledger } from '../ledger.ts'
import type { SandboxRequest } from '../upstream.ts'
import type { Caller } from './credentials.ts'
import { GithubRefusal, notFound, notPermitted } from './refusal.ts'
import type { LinkBase } from './render.ts'
import type { Issue, Repository } from './repository.ts'

/** What a route below a repository works on. */
export interface RouteContext {
  request: SandboxRequest
  caller: Caller
  repository: Repository
  base: LinkBase
  clock: SandboxClock
  ledger: Ledger
  /** How long a new issue stays out of lists, in milliseconds: a read replica that is behind. */
  listLagMs: number
}

const anObject = z.record(z.string(), z.unknown())

/** @throws GithubRefusal 400 for what is no JSON, 422 for what is no object. */
export function parseBody(request: SandboxRequest): Record<string, unknown> {
  if (request.rawBody === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(request.rawBody)
  } catch {
    throw new GithubRefusal(400, 'Problems parsing JSON')
  }
  const object = anObject.safeParse(parsed)
  if (!object.success) throw new GithubRefusal(400, 'Body should be a JSON object')
  return object.data
}

/** @throws GithubRefusal 404, 410 if deleted, 301 if transferred. */
export function findIssue({ repository, base }: RouteContext, number: string): Issue {
  const issue = repository.find(Number(number))
  if (!issue) throw notFound()
  switch (issue.gone?.kind) {
    case undefined:
      return issue
    case 'deleted':
      throw new GithubRefusal(410, 'This issue was deleted')
    case 'transferred': {
      const url = `${base.api}/repos/${issue.gone.repository}/issues/${issue.gone.number}`
      throw new GithubRefusal(301, 'Moved Permanently', { headers: { location: url }, body: { url } })
    }
  }
}

/** @throws GithubRefusal 403 for an installation that may only read. */
export function checkMayWrite(caller: Caller): void {
  if (!caller.canWriteIssues) throw notPermitted()
}

export function recordEffect(
  context: RouteContext,
  effect: string,
  issue: Issue,
  detail: Record<string, unknown>,
): void {
  const { clock, ledger, repository } = context
  const target = String(issue.number)
  const known = { repository: repository.fullName, number: issue.number }
  ledger.record({
    at: clock.now().toISOString(),
    upstream: 'github',
    effect,
    target,
    actor: 'responder',
    detail: { ...known, ...detail },
  })
}

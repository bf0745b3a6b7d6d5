import type { SandboxRequest } from '../upstream.ts'
import type { Caller } from './credentials.ts'
import { toPage } from './pages.ts'
import { GithubRefusal, invalid } from './refusal.ts'
import { type LinkBase, toIssueJson } from './render.ts'
import { type Issue, type IssueVersion, type Repository, versionAt } from './repository.ts'

/** Search never shows more than this many results. Source: GitHub REST, search. */
const MAX_RESULTS = 1_000

export interface SearchContext {
  request: SandboxRequest
  caller: Caller
  repositories: readonly Repository[]
  base: LinkBase
  /** The index knows what was committed until then, milliseconds. */
  indexedUntilMs: number
  isIncomplete: boolean
}

interface Found {
  repository: Repository
  issue: Issue
  version: IssueVersion
}

/** GET search/issues: an index behind the database, with a query language of qualifiers, words and "phrases". */
export function searchIssues(context: SearchContext) {
  const { request, caller, base } = context
  const asked = request.query.get('q')?.trim()
  if (!asked) throw invalid({ resource: 'Search', field: 'q', code: 'missing_field' })
  const tokens = [...asked.matchAll(/(-?[\w-]+:)?(?:"([^"]*)"|(\S+))/g)].map(([, qualifier, quoted, word]) => ({
    qualifier: qualifier?.slice(0, -1),
    value: (quoted ?? word ?? '').toLowerCase(),
  }))
  const isTyped = tokens.some(({ qualifier, value }) => isTypeQualifier(qualifier, value))
  if (caller.kind === 'app-user' && !isTyped) {
    throw new GithubRefusal(422, "Query must include 'is:issue' or 'is:pull-request'")
  }
  const found = context.repositories
    .flatMap((repository) =>
      repository.issues.map((issue) => ({ repository, issue, version: versionAt(issue, context.indexedUntilMs) })),
    )
    .filter((one): one is Found => one.version !== undefined && one.issue.gone === undefined)
    .filter((one) => tokens.every((token) => isMatch(one, token)))
    .sort((a, b) => b.issue.createdAtMs - a.issue.createdAtMs || b.issue.number - a.issue.number)
  if (request.query.get('order') === 'asc') found.reverse()
  const { slice, headers } = toPage(request, found.slice(0, MAX_RESULTS), base)
  const items = slice.map(({ repository, issue, version }) => ({
    ...toIssueJson(repository, issue, base, version),
    score: 1,
  }))
  return { status: 200, headers, body: { total_count: found.length, incomplete_results: context.isIncomplete, items } }
}

function isTypeQualifier(qualifier: string | undefined, value: string): boolean {
  return (qualifier === 'is' || qualifier === 'type') && ['issue', 'pr', 'pull-request'].includes(value)
}

function isMatch(
  { repository, issue, version }: Found,
  token: { qualifier: string | undefined; value: string },
): boolean {
  const { qualifier, value } = token
  switch (qualifier) {
    case undefined: {
      const text = `${version.title}\n${version.body ?? ''}`.toLowerCase()
      return text.includes(value)
    }
    case 'repo':
      return repository.fullName.toLowerCase() === value
    case 'is':
    case 'type':
    case 'state':
      if (value === 'issue') return !issue.isPullRequest
      if (value === 'pr' || value === 'pull-request') return issue.isPullRequest
      return value === version.state
    case 'label':
      return version.labels.some((label) => label.toLowerCase() === value)
    case 'author':
      return issue.user.login.toLowerCase() === value.replace(/^app\//, '').replace(/^@/, '')
    case 'in':
    case 'sort':
      return true
    default:
      return false
  }
}

import type { z } from 'zod'
import type { GithubCredentials } from '../config/github-access.ts'
import { TerminalError } from '../errors.ts'
import { RawComment, RawCommentList, RawIssue, RawIssueList, RawRepository } from './github-schema.ts'
import { createGithubTokens } from './github-token.ts'
import { createGithubTransport, type GithubCall, type GithubTransportOptions } from './github-transport.ts'

/** Issues a page: 50 of the greatest length are below the bound of an answer. */
const PAGE_SIZE = 50
/** Pages that one question may read. */
const PAGE_LIMIT = 100

/** An issue in our words. */
export interface GithubIssue {
  number: number
  /** Where people see it. */
  url: string
  state: 'open' | 'closed'
  title: string
  body: string
  labels: string[]
  createdAtMs: number
}

export interface GithubComment {
  url: string
  body: string
}

export interface IssueQuery {
  /** All of them must be on the issue; none: any issue. */
  labels: readonly string[]
  state: 'open' | 'closed' | 'all'
  /** Changed since then (ms). */
  sinceMs?: number
}

/** The issues of one repository. Every call ends within 10 s and fails with a TransientError or TerminalError. */
export interface GithubRepository {
  hasIssues: boolean
  isArchived: boolean
  /** Null where GitHub does not say (an App's token). */
  mayLabel: boolean | null
  /** The token's user administers or maintains it. */
  manages: boolean
  /** Of a classic token; null for any other. Source: GitHub, "Scopes for OAuth apps", the header X-OAuth-Scopes. */
  scopes: readonly string[] | null
}

export interface GithubClient {
  /**
   * All issues that match, newest first, from the database and not from the search index; pull requests left out.
   * @throws TerminalError `rejected` where there are more than can be looked through: then none may be said to be absent.
   */
  listIssues(query: IssueQuery): Promise<GithubIssue[]>
  issue(number: number): Promise<GithubIssue>
  /** Opens an issue. Labels may be missing on it: GitHub drops them without a word where we may not set them. */
  createIssue(issue: { title: string; body: string; labels: readonly string[] }): Promise<GithubIssue>
  addComment(number: number, body: string): Promise<GithubComment>
  /** What the repository is, and what our token may do there. */
  repository(): Promise<GithubRepository>
  /** The comments written or edited since then (ms), oldest first. */
  listComments(number: number, sinceMs?: number): Promise<GithubComment[]>
}

export interface GithubOptions extends GithubTransportOptions {
  /** `owner/name` */
  repository: string
  credentials: GithubCredentials
}

/**
 * The only user of GitHub's library. Nothing is repeated here: the caller knows whether a call was a write.
 * Source: GitHub REST API, issues and comments; the same on Enterprise Server below `/api/v3`.
 */
export function createGithubClient(options: GithubOptions): GithubClient {
  const [owner = '', repo = ''] = options.repository.split('/')
  const transport = createGithubTransport(options)
  const tokens = createGithubTokens(options.credentials, { ...options, send: transport })

  async function send<S extends z.ZodType>(call: Omit<GithubCall<S>, 'bearer'>) {
    try {
      return await transport({ ...call, bearer: tokens.current })
    } catch (error) {
      if (error instanceof TerminalError && error.upstreamCode === '401') tokens.forget()
      throw error
    }
  }

  async function pages<S extends z.ZodType<unknown[]>>(
    operation: string,
    schema: S,
    ask: (page: number) => GithubCall<S>['send'],
  ): Promise<z.output<S>[number][]> {
    const items: z.output<S>[number][] = []
    for (let page = 1; page <= PAGE_LIMIT; page += 1) {
      const answer = await send({ operation, schema, send: ask(page) })
      items.push(...answer.data)
      if (!answer.hasNextPage) return items
    }
    throw new TerminalError('rejected', `GitHub ${operation}: more than ${PAGE_LIMIT * PAGE_SIZE} to look through`)
  }

  return {
    async listIssues({ labels, state, sinceMs }) {
      const found = await pages('list issues', RawIssueList, (page) => (octokit, wire) => {
        const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() }
        const named = labels.length > 0 ? { labels: labels.join(',') } : {}
        const order = { sort: 'created', direction: 'desc', per_page: PAGE_SIZE, page } as const
        return octokit.rest.issues.listForRepo({ owner, repo, state, ...named, ...since, ...order, request: wire })
      })
      return found.filter((issue) => issue.pull_request === undefined || issue.pull_request === null).map(toIssue)
    },
    async issue(number) {
      const { data } = await send({
        operation: 'get issue',
        schema: RawIssue,
        send: (octokit, wire) => octokit.rest.issues.get({ owner, repo, issue_number: number, request: wire }),
      })
      return toIssue(data)
    },
    async createIssue({ title, body, labels }) {
      const { data } = await send({
        operation: 'create issue',
        kind: 'content',
        schema: RawIssue,
        send: (octokit, wire) =>
          octokit.rest.issues.create({ owner, repo, title, body, labels: [...labels], request: wire }),
      })
      return toIssue(data)
    },
    async addComment(number, body) {
      const { data } = await send({
        operation: 'add comment',
        kind: 'content',
        schema: RawComment,
        send: (octokit, wire) =>
          octokit.rest.issues.createComment({ owner, repo, issue_number: number, body, request: wire }),
      })
      return toComment(data)
    },
    async repository() {
      const { data, scopes } = await send({
        operation: 'get repository',
        schema: RawRepository,
        send: (octokit, wire) => octokit.rest.repos.get({ owner, repo, request: wire }),
      })
      const { has_issues: hasIssues, archived: isArchived, permissions } = data
      return {
        hasIssues,
        isArchived,
        mayLabel: permissions ? permissions.push || permissions.triage : null,
        manages: permissions ? permissions.admin || permissions.maintain : false,
        scopes,
      }
    },
    async listComments(number, sinceMs) {
      const found = await pages('list comments', RawCommentList, (page) => (octokit, wire) => {
        const since = sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() }
        const place = { owner, repo, issue_number: number, per_page: PAGE_SIZE, page }
        return octokit.rest.issues.listComments({ ...place, ...since, request: wire })
      })
      return found.map(toComment)
    },
  }
}

function toIssue({ number, html_url, state, title, body, labels, created_at }: RawIssue): GithubIssue {
  return { number, url: html_url, state, title, body: body ?? '', labels, createdAtMs: created_at }
}

function toComment({ html_url, body }: RawComment): GithubComment {
  return { url: html_url, body: body ?? '' }
}

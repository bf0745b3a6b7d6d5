import { z } from 'zod'
import type { SandboxResponse } from '../upstream.ts'
import { pageResponse } from './pages.ts'
import { type FieldFault, GithubRefusal, invalid } from './refusal.ts'
import { toIssueJson } from './render.ts'
import { type Issue, present } from './repository.ts'
import { checkMayWrite, findIssue, parseBody, type RouteContext, recordEffect } from './route.ts'

/** Characters. Known from use, not in the OpenAPI description. */
export const MAX_TITLE_CHARACTERS = 256
export const MAX_BODY_CHARACTERS = 65_536

const labelNames = z.array(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]))
const titleSchema = z.union([z.string(), z.number().transform(String)])
const createSchema = z.object({ title: titleSchema, body: z.string().nullish(), labels: labelNames.optional() })
const updateSchema = z.object({
  title: titleSchema.optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).nullish(),
  labels: labelNames.optional(),
})

/** GET issues: from the database, so a new issue is there at once; pull requests are among them. */
export function listIssues(context: RouteContext): SandboxResponse {
  const { request, repository, base } = context
  const found = repository.issues.filter((issue) => isAsked(issue, context)).sort(toOrder(request.query))
  return pageResponse(request, found, { base, one: (issue) => toIssueJson(repository, issue, base) })
}

/** POST issues: no key makes it idempotent, two equal calls are two issues. */
export function createIssue(context: RouteContext): SandboxResponse {
  const { repository, clock, caller, base } = context
  checkMayWrite(caller)
  if (!repository.hasIssues) throw new GithubRefusal(410, 'Issues are disabled for this repo')
  const sent = createSchema.safeParse(parseBody(context.request))
  if (!sent.success) throw toRefusal(sent.error, 'Issue')
  const { title, body, labels } = sent.data
  checkLengths(title, body)
  const issue = repository.add(
    {
      title,
      body: body ?? null,
      state: 'open',
      stateReason: null,
      // Without push access the labels are dropped, and nothing but the answer tells.
      labels: repository.hasPushAccess ? (labels ?? []) : [],
      atMs: clock.now().getTime(),
    },
    { user: caller.user },
  )
  recordEffect(context, 'issue', issue, { title, body: body ?? null, labels: present(issue).labels })
  const json = toIssueJson(repository, issue, base)
  return { status: 201, headers: { location: json.url }, body: json }
}

export function getIssue(context: RouteContext, number: string): SandboxResponse {
  return { status: 200, body: toIssueJson(context.repository, findIssue(context, number), context.base) }
}

/** PATCH an issue: title, body, state, labels. */
export function updateIssue(context: RouteContext, number: string): SandboxResponse {
  const { repository, clock, caller, base } = context
  checkMayWrite(caller)
  const issue = findIssue(context, number)
  const sent = updateSchema.safeParse(parseBody(context.request))
  if (!sent.success) throw toRefusal(sent.error, 'Issue')
  const { title, body, state, state_reason: stateReason, labels } = sent.data
  if (title !== undefined || body) checkLengths(title ?? present(issue).title, body)
  const changes = {
    ...(title !== undefined && { title }),
    ...(body !== undefined && { body }),
    ...(state !== undefined &&
      state !== present(issue).state && { state, stateReason: toStateReason(state, stateReason) }),
    ...(labels && repository.hasPushAccess && { labels }),
  }
  repository.change(issue, changes, clock.now().getTime())
  const isClosing = changes.state === 'closed'
  const isReopening = changes.state === 'open'
  const isEdit = isReopening || 'title' in changes || 'body' in changes || 'labels' in changes
  if (isEdit) recordEffect(context, 'issue-edit', issue, changes)
  if (isClosing) recordEffect(context, 'issue-close', issue, { stateReason: present(issue).stateReason })
  return { status: 200, body: toIssueJson(repository, issue, base) }
}

/** @throws GithubRefusal 422 over the lengths that GitHub keeps. */
export function checkLengths(title: string, body: string | null | undefined): void {
  const faults: FieldFault[] = []
  const fault = (field: string, message: string) => faults.push({ resource: 'Issue', code: 'custom', field, message })
  if (title.trim() === '') faults.push({ resource: 'Issue', code: 'missing_field', field: 'title' })
  if ([...title].length > MAX_TITLE_CHARACTERS) fault('title', 'title is too long (maximum is 256 characters)')
  if ([...(body ?? '')].length > MAX_BODY_CHARACTERS) fault('body', 'body is too long (maximum is 65536 characters)')
  if (faults.length > 0) throw invalid(...faults)
}

/** The 422 of a body that has the wrong shape. */
export function toRefusal(error: z.ZodError, resource: string): GithubRefusal {
  return invalid(
    ...error.issues.map(({ path, code }): FieldFault => {
      const isMissing = code === 'invalid_type' || code === 'invalid_union'
      return { resource, field: path.join('.'), code: isMissing ? 'missing_field' : 'invalid' }
    }),
  )
}

function isAsked(issue: Issue, { request, clock, listLagMs }: RouteContext): boolean {
  const { query } = request
  if (issue.gone || issue.createdAtMs > clock.now().getTime() - listLagMs) return false
  const { state, labels } = present(issue)
  const wanted = query.get('state') ?? 'open'
  if (!['open', 'closed', 'all'].includes(wanted)) throw invalid({ resource: 'Issue', field: 'state', code: 'invalid' })
  const names = labels.map((name) => name.toLowerCase())
  const asked = (query.get('labels') ?? '').split(',').map((name) => name.trim().toLowerCase())
  const creator = query.get('creator')
  return (
    (wanted === 'all' || wanted === state) &&
    asked.every((name) => name === '' || names.includes(name)) &&
    (creator === null || creator.toLowerCase() === issue.user.login.toLowerCase()) &&
    isSince(issue.updatedAtMs, query)
  )
}

/** True unless the query's `since` is later; both are compared in whole seconds, as GitHub keeps them. */
export function isSince(updatedAtMs: number, query: URLSearchParams): boolean {
  const since = query.get('since')
  if (since === null) return true
  const sinceMs = Date.parse(since)
  if (Number.isNaN(sinceMs)) throw invalid({ resource: 'Issue', field: 'since', code: 'invalid' })
  return Math.floor(updatedAtMs / 1000) >= Math.floor(sinceMs / 1000)
}

function toOrder(query: URLSearchParams): (a: Issue, b: Issue) => number {
  const sign = query.get('direction') === 'asc' ? 1 : -1
  const sort = query.get('sort') ?? 'created'
  const key = (issue: Issue) =>
    sort === 'updated' ? issue.updatedAtMs : sort === 'comments' ? issue.comments.length : issue.createdAtMs
  return (a, b) => sign * (key(a) - key(b) || a.number - b.number)
}

function toStateReason(state: 'open' | 'closed', asked: string | null | undefined): string | null {
  return state === 'closed' ? (asked ?? 'completed') : 'reopened'
}

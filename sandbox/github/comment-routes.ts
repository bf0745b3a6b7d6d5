import { z } from 'zod'
import type { SandboxResponse } from '../upstream.ts'
import { isSince, MAX_BODY_CHARACTERS, toRefusal } from './issue-routes.ts'
import { pageResponse } from './pages.ts'
import { GithubRefusal, invalid, notFound } from './refusal.ts'
import { toCommentJson } from './render.ts'
import { checkMayWrite, findIssue, parseBody, type RouteContext, recordEffect } from './route.ts'

const commentSchema = z.object({ body: z.string() })

/** GET comments of an issue, oldest first. */
export function listComments(context: RouteContext, number: string): SandboxResponse {
  const { request, repository, base } = context
  const issue = findIssue(context, number)
  const found = issue.comments.filter(({ updatedAtMs }) => isSince(updatedAtMs, request.query))
  return pageResponse(request, found, { base, one: (comment) => toCommentJson(repository, issue, comment, base) })
}

export function createComment(context: RouteContext, number: string): SandboxResponse {
  const { repository, clock, caller, base } = context
  checkMayWrite(caller)
  const issue = findIssue(context, number)
  const body = parseComment(context)
  const comment = repository.comment(issue, body, { user: caller.user, atMs: clock.now().getTime() })
  recordEffect(context, 'issue-comment', issue, { id: comment.id, body })
  const json = toCommentJson(repository, issue, comment, base)
  return { status: 201, headers: { location: json.url }, body: json }
}

export function getComment(context: RouteContext, id: string): SandboxResponse {
  const { issue, comment } = findComment(context, id)
  return { status: 200, body: toCommentJson(context.repository, issue, comment, context.base) }
}

/** PATCH a comment: one's own, or any with push access. */
export function updateComment(context: RouteContext, id: string): SandboxResponse {
  const { repository, clock, caller, base } = context
  checkMayWrite(caller)
  const { issue, comment } = findComment(context, id)
  if (comment.user.login !== caller.user.login && !repository.hasPushAccess) {
    throw new GithubRefusal(403, 'Must have push access to edit the comments of others.')
  }
  comment.body = parseComment(context)
  comment.updatedAtMs = clock.now().getTime()
  recordEffect(context, 'issue-edit', issue, { comment: comment.id, body: comment.body })
  return { status: 200, body: toCommentJson(repository, issue, comment, base) }
}

function findComment({ repository }: RouteContext, id: string) {
  for (const issue of repository.issues) {
    const comment = issue.gone ? undefined : issue.comments.find((one) => one.id === Number(id))
    if (comment) return { issue, comment }
  }
  throw notFound()
}

function parseComment(context: RouteContext): string {
  const sent = commentSchema.safeParse(parseBody(context.request))
  if (!sent.success) throw toRefusal(sent.error, 'IssueComment')
  const { body } = sent.data
  if (body.trim() === '') throw invalid({ resource: 'IssueComment', code: 'missing_field', field: 'body' })
  if ([...body].length > MAX_BODY_CHARACTERS) {
    const message = 'body is too long (maximum is 65536 characters)'
    throw invalid({ resource: 'IssueComment', code: 'custom', field: 'body', message })
  }
  return body
}

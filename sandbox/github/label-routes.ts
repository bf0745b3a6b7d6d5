import { z } from 'zod'
import type { SandboxResponse } from '../upstream.ts'
import { toRefusal } from './issue-routes.ts'
import { pageResponse } from './pages.ts'
import { GithubRefusal, invalid, notFound } from './refusal.ts'
import { toLabelJson } from './render.ts'
import { type Issue, present } from './repository.ts'
import { checkMayWrite, findIssue, parseBody, type RouteContext, recordEffect } from './route.ts'

const namesSchema = z.object({ labels: z.array(z.string().min(1)) })
const labelSchema = z.object({
  name: z.string().min(1).max(50),
  color: z
    .string()
    .regex(/^[0-9a-fA-F]{6}$/)
    .optional(),
  description: z.string().max(100).nullish(),
})

export function listIssueLabels(context: RouteContext, number: string): SandboxResponse {
  return { status: 200, body: toJson(context, findIssue(context, number)) }
}

/** POST labels of an issue: adds to those it has. */
export function addIssueLabels(context: RouteContext, number: string): SandboxResponse {
  const issue = findIssue(context, number)
  return setLabels(context, issue, [...present(issue).labels, ...parseNames(context)])
}

/** PUT labels of an issue: replaces them. */
export function setIssueLabels(context: RouteContext, number: string): SandboxResponse {
  return setLabels(context, findIssue(context, number), parseNames(context))
}

export function listLabels(context: RouteContext): SandboxResponse {
  const { request, repository, base } = context
  return pageResponse(request, repository.labels, { base, one: (label) => toLabelJson(repository, label, base) })
}

export function createLabel(context: RouteContext): SandboxResponse {
  const { request, repository, base, clock, ledger } = context
  checkMayLabel(context)
  const sent = labelSchema.safeParse(parseBody(request))
  if (!sent.success) throw toRefusal(sent.error, 'Label')
  const { name, color, description } = sent.data
  if (repository.label(name)) throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' })
  const label = repository.addLabel(name, {
    description: description ?? null,
    ...(color && { color: color.toLowerCase() }),
  })
  const detail = { repository: repository.fullName, name }
  ledger.record({
    at: clock.now().toISOString(),
    upstream: 'github',
    effect: 'label',
    target: name,
    actor: 'responder',
    detail,
  })
  return { status: 201, body: toLabelJson(repository, label, base) }
}

export function getLabel({ repository, base }: RouteContext, name: string): SandboxResponse {
  const label = repository.label(decodeURIComponent(name))
  if (!label) throw notFound()
  return { status: 200, body: toLabelJson(repository, label, base) }
}

function setLabels(context: RouteContext, issue: Issue, labels: readonly string[]): SandboxResponse {
  checkMayLabel(context)
  context.repository.change(issue, { labels }, context.clock.now().getTime())
  recordEffect(context, 'issue-edit', issue, { labels: present(issue).labels })
  return { status: 200, body: toJson(context, issue) }
}

/** Here, unlike when an issue is made, the lack of push access is said. */
function checkMayLabel({ repository, caller }: RouteContext): void {
  checkMayWrite(caller)
  if (!repository.hasPushAccess) throw new GithubRefusal(403, 'Must have push access to the repository')
}

/** GitHub takes `{"labels": [...]}` and a bare array alike. */
function parseNames({ request }: RouteContext): string[] {
  const raw = request.rawBody.trimStart().startsWith('[') ? `{"labels":${request.rawBody}}` : request.rawBody
  const sent = namesSchema.safeParse(parseBody({ ...request, rawBody: raw }))
  if (!sent.success) throw toRefusal(sent.error, 'Label')
  return sent.data.labels
}

function toJson({ repository, base }: RouteContext, issue: Issue) {
  return present(issue).labels.map((name) => toLabelJson(repository, repository.label(name), base))
}

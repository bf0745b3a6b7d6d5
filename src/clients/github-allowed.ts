import { z } from 'zod'
import { type AssertAllowed, allowOnly } from './allowed-calls.ts'

const issueBody = z.strictObject({ title: z.string().min(1), body: z.string(), labels: z.array(z.string()) })
const commentBody = z.strictObject({ body: z.string().min(1) })

/** The calls to GitHub: one repository and its issues, read, opened and commented on; nothing is edited, closed or deleted. */
export function githubCalls(repository: string): AssertAllowed {
  const [, name = ''] = repository.split('/')
  const repo = `/repos/${repository.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`
  // No more than is needed, whatever the App was given.
  const tokenBody = z.strictObject({
    repositories: z.tuple([z.literal(name)]),
    permissions: z.strictObject({ issues: z.literal('write') }),
  })
  return allowOnly('GitHub', [
    { method: 'GET', path: new RegExp(`^${repo}$`) },
    { method: 'GET', path: new RegExp(`^${repo}/issues(?:/\\d+(?:/comments)?)?$`) },
    { method: 'POST', path: new RegExp(`^${repo}/issues$`), body: issueBody },
    { method: 'POST', path: new RegExp(`^${repo}/issues/\\d+/comments$`), body: commentBody },
    { method: 'POST', path: /^\/app\/installations\/\d+\/access_tokens$/, body: tokenBody },
  ])
}

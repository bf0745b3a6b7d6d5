import { createGithubClient } from '../../clients/github.ts'
import type { Config } from '../../config/config.ts'
import { attempt } from './attempt.ts'
import { checkGithubAccess } from './check-github-access.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Longest wait for one answer, in ms. */
const CALL_LIMIT_MS = 5_000

/** Whether issues can be found and opened. None is opened here: the doctor reads only. */
export async function* checkGithub(
  { github, policy }: Config,
  { now }: { now: () => number },
): AsyncGenerator<Finding> {
  if (!github) {
    yield warn(
      'github',
      'is not configured: an orphaned key registration is never snoozed, since its issue must exist first',
      'set GITHUB_REPOSITORY and GITHUB_TOKEN, or a GitHub App',
    )
    return
  }
  const name = `github ${github.repository}`
  const client = createGithubClient({ ...github, now, timeoutMs: CALL_LIMIT_MS })
  const [repository, failure] = await attempt(name, () => client.repository())
  if (!repository) {
    yield failure
    return
  }
  yield ok(name, 'can be read')
  if (!repository.hasIssues) yield fail(name, 'has issues switched off', 'switch them on in the repository settings')
  if (repository.isArchived)
    yield fail(name, 'is archived: no issue can be opened', 'name another in GITHUB_REPOSITORY')
  yield* checkGithubAccess(name, github, repository)
  if (!repository.hasIssues) return
  const { labels } = policy.current().issue
  const [issues, unread] = await attempt(name, () => client.listIssues({ labels, state: 'open' }))
  yield issues ? ok(name, `${issues.length} open issues carry the labels ${labels.join(', ')}`) : unread
}

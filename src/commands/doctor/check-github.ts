import { createGithubClient, type GithubClient } from '../../clients/github.ts'
import type { Config } from '../../config/config.ts'
import { attempt } from './attempt.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Whether issues can be found and opened. An issue is the only proof that nothing is written twice, so none is opened here. */
export async function checkGithub({ github, policy }: Config, { now }: { now: () => number }): Promise<Finding[]> {
  const check = 'github'
  if (!github) {
    return [
      warn(check, 'is not configured: an orphaned key registration is never snoozed, since its issue must exist first', 'set GITHUB_REPOSITORY and GITHUB_TOKEN, or a GitHub App'),
    ]
  }
  const client = createGithubClient({ ...github, now })
  return checkRepository(client, { name: `${check} ${github.repository}`, labels: policy.issue.labels })
}

async function checkRepository(
  client: Pick<GithubClient, 'listIssues' | 'repository'>,
  { name, labels }: { name: string; labels: readonly string[] },
): Promise<Finding[]> {
  const [repository, failure] = await attempt(name, () => client.repository())
  if (!repository) return [failure]
  const findings: Finding[] = [ok(name, 'can be read')]
  if (!repository.hasIssues) findings.push(fail(name, 'has issues switched off', 'switch them on in the settings of the repository'))
  if (repository.isArchived) findings.push(fail(name, 'is archived: no issue can be opened', 'name another in GITHUB_REPOSITORY'))
  if (repository.mayLabel === false)
    findings.push(
      fail(name, 'the credentials may not set labels: GitHub drops them without a word, and an issue without them is not found again', 'give them triage access, or an App with Issues: read and write'),
    )
  const [issues, unread] = await attempt(name, () => client.listIssues({ labels, state: 'open' }))
  findings.push(issues ? ok(name, `${issues.length} open issues carry the labels ${labels.join(', ')}`) : unread)
  return findings
}

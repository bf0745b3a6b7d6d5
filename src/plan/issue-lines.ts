import type { ClusterIssue } from '../model/issue.ts'
import { toInertText } from '../model/outside-text.ts'
import type { Refusal } from '../model/plan.ts'
import type { Situation } from './situation.ts'

/** How the issue of each deleted cluster stands, a line each for the note: its link, or why there is none. */
export function issueLines({ issues }: Pick<Situation, 'issues'>): string[] {
  return issues.clusters.map(
    (issue) => `GitHub issue of cluster ${issue.clusterId}: ${describe(issue, issues.repository)}`,
  )
}

/** What a refusal took away, in the words of the note and of Slack. */
export function describeRefusal({ action, rail, why }: Refusal): string {
  return `${action === 'issue' ? 'No issue' : 'Not snoozed'} (${rail}): ${toInertText(why, 250)}`
}

function describe({ state, url, why }: ClusterIssue, repository: string | null): string {
  if (repository === null) return 'none, GitHub is not configured (GITHUB_REPOSITORY)'
  switch (state) {
    case 'none':
      return 'none yet'
    case 'open':
      return url ?? 'open'
    case 'closed':
      return `${url}, closed`
    case 'gone':
      return `${url}, deleted or moved`
    case 'unknown':
      return `${url}, whether it is open could not be read`
    case 'refused':
      return `none, it could not be opened: ${toInertText(why ?? '', 250)}`
  }
}

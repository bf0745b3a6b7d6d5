import type { GithubRepository } from '../../clients/github.ts'
import type { GithubAccess } from '../../config/github-access.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Scopes of a classic token that let it open issues. Source: GitHub, "Scopes for OAuth apps": `public_repo` in public repositories. */
const ISSUE_SCOPES = ['repo', 'public_repo']

/** Whether the credentials may do what is done with them, and what they may do beside it. */
export function checkGithubAccess(
  name: string,
  { credentials }: Pick<GithubAccess, 'credentials'>,
  { mayLabel, manages, scopes }: Pick<GithubRepository, 'mayLabel' | 'manages' | 'scopes'>,
): Finding[] {
  const check = `${name} access`
  if (mayLabel === false)
    return [
      fail(
        name,
        'the credentials may not set labels: GitHub drops them without a word, and an issue without them is not found again',
        'give them triage access, or an App with Issues: read and write',
      ),
    ]
  // GitHub gives no token with a permission that the App lacks: that there is one tells that it has what is needed.
  if (credentials.kind === 'app') return [ok(check, "an App's token, narrowed to Issues: write of this repository")]
  return [...(scopes === null ? [] : checkScopes(check, scopes)), ...checkRole(check, manages)]
}

/** Only a classic token has scopes: one that is fine-grained, GitHub tells nothing of. */
function checkScopes(check: string, scopes: readonly string[]): Finding[] {
  const has = ISSUE_SCOPES.filter((scope) => scopes.includes(scope))
  const extra = scopes.filter((scope) => !ISSUE_SCOPES.includes(scope))
  return [
    has.length === 0
      ? fail(check, `a classic token without the scope repo: it has ${scopes.join(', ') || 'none'}`, LEAST)
      : warn(check, `a classic token: its scope ${has.join(', ')} opens every repository of its user`, LEAST),
    ...(extra.length > 0 ? [warn(check, `has more than is used: ${extra.join(', ')}`, LEAST)] : []),
  ]
}

function checkRole(check: string, manages: boolean): Finding[] {
  return manages
    ? [warn(check, 'the token’s user administers or maintains the repository: that is not used', LEAST)]
    : []
}

const LEAST =
  'use an App, or a fine-grained token of a user with triage access, with Issues: read and write and Metadata: read of this repository alone'

import type { SandboxResponse } from '../upstream.ts'
import type { RouteContext } from './route.ts'

/** GET of the repository itself: what it is and what the caller may do there. An App's token is told no permissions. */
export function getRepository({ repository, caller, base }: RouteContext): SandboxResponse {
  const { id, fullName, hasIssues, hasPushAccess, hasAdminAccess } = repository
  const mayPush = caller.canWriteIssues && hasPushAccess
  return {
    status: 200,
    ...(caller.scopes && { headers: { 'x-oauth-scopes': caller.scopes.join(', ') } }),
    body: {
      id,
      name: fullName.split('/')[1],
      full_name: fullName,
      html_url: `${base.web}/${fullName}`,
      url: `${base.api}/repos/${fullName}`,
      has_issues: hasIssues,
      archived: false,
      permissions: { admin: hasAdminAccess, maintain: hasAdminAccess, push: mayPush, triage: mayPush, pull: true },
    },
  }
}

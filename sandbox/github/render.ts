import {
  type Comment,
  type GithubUser,
  type Issue,
  type IssueVersion,
  type Label,
  present,
  type Repository,
} from './repository.ts'

/** Where links of an answer point to. */
export interface LinkBase {
  /** `http://HOST/github/api/v3` */
  api: string
  /** The site that people see. */
  web: string
}

/** GitHub's times have seconds, no fraction. */
export function toTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

export function toIssueJson(
  repository: Repository,
  issue: Issue,
  base: LinkBase,
  version: IssueVersion = present(issue),
) {
  const repositoryUrl = `${base.api}/repos/${repository.fullName}`
  const url = `${repositoryUrl}/issues/${issue.number}`
  const kind = issue.isPullRequest ? 'pull' : 'issues'
  const htmlUrl = `${base.web}/${repository.fullName}/${kind}/${issue.number}`
  return {
    id: issue.id,
    node_id: toNodeId('Issue', issue.id),
    url,
    repository_url: repositoryUrl,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: htmlUrl,
    number: issue.number,
    state: version.state,
    state_reason: version.stateReason,
    title: version.title,
    body: version.body,
    user: toUserJson(issue.user, base),
    labels: version.labels
      .map((name) => toLabelJson(repository, repository.label(name), base))
      .filter((one) => one !== null),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    closed_at: issue.closedAtMs === null ? null : toTime(issue.closedAtMs),
    created_at: toTime(issue.createdAtMs),
    updated_at: toTime(issue.updatedAtMs),
    author_association: issue.user.type === 'Bot' ? 'NONE' : 'MEMBER',
    ...(issue.isPullRequest && { pull_request: toPullRequestLinks(repositoryUrl, htmlUrl, issue.number) }),
  }
}

export function toCommentJson(repository: Repository, issue: Issue, comment: Comment, base: LinkBase) {
  const api = `${base.api}/repos/${repository.fullName}/issues`
  return {
    id: comment.id,
    node_id: toNodeId('IssueComment', comment.id),
    url: `${api}/comments/${comment.id}`,
    html_url: `${base.web}/${repository.fullName}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/${issue.number}`,
    body: comment.body,
    user: toUserJson(comment.user, base),
    created_at: toTime(comment.createdAtMs),
    updated_at: toTime(comment.updatedAtMs),
    author_association: comment.user.type === 'Bot' ? 'NONE' : 'MEMBER',
  }
}

export function toLabelJson(repository: Repository, label: Label | undefined, base: LinkBase) {
  if (!label) return null
  const url = `${base.api}/repos/${repository.fullName}/labels/${encodeURIComponent(label.name)}`
  return { ...label, node_id: toNodeId('Label', label.id), url, default: false }
}

function toUserJson(user: GithubUser, base: LinkBase) {
  const url = `${base.api}/users/${encodeURIComponent(user.login)}`
  return {
    login: user.login,
    id: user.id,
    node_id: toNodeId('User', user.id),
    avatar_url: `${base.web}/avatars/u/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${base.web}/${encodeURIComponent(user.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  }
}

function toPullRequestLinks(repositoryUrl: string, htmlUrl: string, number: number) {
  const links = { url: `${repositoryUrl}/pulls/${number}`, html_url: htmlUrl }
  return { ...links, diff_url: `${htmlUrl}.diff`, patch_url: `${htmlUrl}.patch`, merged_at: null }
}

function toNodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url')
}

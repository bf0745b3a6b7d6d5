import { createHash } from 'node:crypto'

/** What is known of the GitHub issue of one deleted cluster. Times in ms since the epoch. */
export interface ClusterIssue {
  clusterId: string
  /**
   * `none`: none that we know of; `gone`: it was deleted or moved; `unknown`: GitHub did not say how it stands;
   * `refused`: GitHub refused to open it.
   */
  state: 'none' | 'open' | 'closed' | 'gone' | 'unknown' | 'refused'
  number: number | null
  url: string | null
  /** Why it is unknown or refused; null otherwise. */
  why: string | null
  /** Key of the effect that opens it, or opens the next one where it is closed or gone. */
  key: string
  /** True when the present case opened it or has said on it that the cluster fires again. */
  isTold: boolean
  refusedAtMs: number | null
}

/** The issues of a case's deleted clusters, and whether any can be opened. */
export interface IssueFacts {
  /** `owner/name`; null where GitHub is not configured. */
  repository: string | null
  /** False where nothing is sent whatever the mode: an explanation. */
  canAct: boolean
  /** Issues opened in the last hour, over all clusters. */
  openedLastHour: number
  clusters: ClusterIssue[]
}

/** Of a case without deleted clusters. */
export const NO_ISSUES: IssueFacts = { repository: null, canAct: false, openedLastHour: 0, clusters: [] }

/** Beginning of the keys of effects that open an issue. */
export const ISSUE_KEY_PREFIX = 'issue/'

/** Key of the effect that opens the issue of a cluster; `after` is the earlier issue, closed by then. */
export function issueKey(clusterId: string, after: number | null = null): string {
  return `${ISSUE_KEY_PREFIX}${clusterId}${after === null ? '' : `/after-${after}`}`
}

/** Key of the effect by which a case says on the cluster's issue that it fires again. */
export function issueCommentKey(clusterId: string, caseId: string): string {
  return `issue-comment/${clusterId}/${caseId}`
}

/** Key of the effect by which a case adds to the cluster's issue which registrations there are, where that was not known before. */
export function issueRegistrationsKey(clusterId: string, caseId: string): string {
  return `issue-registrations/${clusterId}/${caseId}`
}

type IssueMark = 'issue' | 'issue-comment' | 'issue-registrations' | 'issue-resolved'

/** The hidden mark of what we write on GitHub: by it an earlier copy is found again. */
export function hiddenMark(kind: IssueMark, ...identity: readonly string[]): string {
  const hash = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 16)
  return `<!-- kp-responder:${kind}:${hash} -->`
}

import { firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { outcomeOf } from '../model/finding.ts'
import { identifyCluster } from '../model/identity.ts'
import { type ClusterIssue, hiddenMark, issueCommentKey, issueRegistrationsKey } from '../model/issue.ts'
import type { IssueAction, Refusal } from '../model/plan.ts'
import { countInSpan } from './budget.ts'
import { issueBody, issueComment, issueTitle, registrationsComment } from './issue-text.ts'
import { issueRefusals } from './rails.ts'
import type { Situation } from './situation.ts'

/** An issue that GitHub refused is asked for again after this, in ms: a person has to mend something first. */
const REFUSED_RETRY_MS = 600_000
/** Trouble with GitHub that lasts this long is told to people, in ms. */
const PATIENCE_MS = 60_000

/** What a plan does about the issues of a case's deleted clusters. */
export interface IssuePlan {
  /** One for each deleted cluster whose issue may be opened, or is open; first in any plan. */
  actions: IssueAction[]
  refusals: Refusal[]
  /** Why no snooze may rest on the issues, a sentence; null where nothing stands against it. */
  obstacle: string | null
  /** True when an issue has yet to be opened before a snooze: it is sent first, and the case is planned again. */
  isAwaited: boolean
  /** Where an obstacle may go away by itself: when to look again (ms). */
  lookAgainMs: number | null
}

const NOTHING: IssuePlan = { actions: [], refusals: [], obstacle: null, isAwaited: false, lookAgainMs: null }

/**
 * The issues that a case's deleted clusters need: one each, also where something else keeps the case with people. A snooze
 * rests on an issue that exists, a second one on an issue that is still open. Source: PRODUCT.md section 4, row 10.
 */
export function planIssues(situation: Situation): IssuePlan {
  const { issues, incident, isStillLooking, nowMs, mode, paused } = situation
  if (issues.clusters.length === 0 || (!incident && isStillLooking)) return NOTHING
  const { repository } = issues
  if (repository === null)
    return {
      ...NOTHING,
      obstacle: 'the GitHub issue could not be opened: GitHub is not configured (GITHUB_REPOSITORY)',
    }
  const budget = budgetRefusal(situation)
  const { substantial, byMode } = issueRefusals({ ...situation, firing: firingAlerts(situation.subject) })
  const held = [...substantial, ...budget]
  const obstacles = issues.clusters.map((issue) => ({ issue, obstacle: obstacleOf(issue, situation) }))
  const actions = obstacles.flatMap(({ issue, obstacle }) => {
    const mayTry = obstacle === null || (issue.state === 'refused' && isDue(issue, nowMs))
    return issue.state === 'open' || (mayTry && held.length === 0) ? actionsFor(issue, repository, situation) : []
  })
  const isWithheld = mode !== 'live' || paused || !issues.canAct
  const isMissing = obstacles.some(({ issue }) => issue.state !== 'open' && issue.state !== 'unknown')
  const refusals = isMissing ? [...held, ...byMode] : []
  const first = obstacles.find(({ obstacle }) => obstacle !== null)?.obstacle ?? null
  const rail = isMissing ? held[0] : undefined
  const trouble = isMissing && !isWithheld ? lastingTrouble(situation) : null
  return {
    actions,
    refusals,
    obstacle: first ?? (rail ? `the GitHub issue is not opened, ${rail.rail}: ${rail.why}` : trouble),
    isAwaited: isMissing && !isWithheld,
    lookAgainMs: lookAgainMs(situation),
  }
}

/** Why the state of one issue forbids a snooze, or null. */
function obstacleOf(issue: ClusterIssue, situation: Situation): string | null {
  const name = `issue ${issue.number ?? ''} of cluster ${issue.clusterId}`
  const isSecond = hadOrphanSnooze(issue, situation)
  switch (issue.state) {
    case 'none':
    case 'open':
      return null
    case 'closed':
    case 'gone': {
      const how = issue.state === 'closed' ? 'is closed' : 'was deleted or moved'
      return isLeftToPeople(issue, situation) ? `${name} ${how}, but the cluster still fails` : null
    }
    case 'unknown':
      return isSecond || !issue.isTold ? `whether ${name} is open could not be read: ${issue.why}` : null
    case 'refused':
      return `the GitHub issue could not be opened: ${issue.why}`
  }
}

/** Closed while its case still fires, or after a snooze already rested on it: what is to be done now is for people to say. */
function isLeftToPeople(issue: ClusterIssue, situation: Situation): boolean {
  if (issue.state !== 'closed' && issue.state !== 'gone') return false
  return issue.isTold || hadOrphanSnooze(issue, situation)
}

function hadOrphanSnooze({ clusterId }: ClusterIssue, { usage, policy, nowMs }: Situation): boolean {
  const own = usage.clusters.find((cluster) => cluster.clusterId === clusterId)
  return own !== undefined && countInSpan(own, 'orphanSnoozes', policy, nowMs) > 0
}

function budgetRefusal({ issues, policy }: Situation): Refusal[] {
  const most = policy.budgets.issuesPerHour
  if (issues.openedLastHour < most) return []
  const why = `${issues.openedLastHour} issues were opened in the last ${formatDuration(3_600_000)}, at most ${most}`
  // An issue that is there already needs no place in the budget.
  return issues.clusters.some(({ state }) => state !== 'open') ? [{ action: 'issue', rail: 'snooze-budget', why }] : []
}

/** When an issue that could not be read is read again, or one that was refused is asked for again. */
function lookAgainMs({ issues, nowMs }: Situation): number | null {
  const times = issues.clusters.flatMap(({ state, refusedAtMs }) => {
    if (state === 'unknown') return [nowMs + PATIENCE_MS]
    return state === 'refused' ? [Math.max(nowMs + PATIENCE_MS, (refusedAtMs ?? nowMs) + REFUSED_RETRY_MS)] : []
  })
  return times.length > 0 ? Math.min(...times) : null
}

function isDue({ refusedAtMs }: ClusterIssue, nowMs: number): boolean {
  return refusedAtMs === null || nowMs - refusedAtMs >= REFUSED_RETRY_MS
}

/** What has kept the issue from being opened for a while, by the receipts of the case; null while it is young or over. */
function lastingTrouble({ subject, nowMs }: Situation): string | null {
  const told = subject.receipts.filter(({ action, why }) => action === 'issue' && why !== 'paused')
  const lastWell = told.findLastIndex(({ result }) => result !== 'refused')
  const first = told[lastWell + 1]
  if (!first || nowMs - Date.parse(first.at) < PATIENCE_MS) return null
  return `the GitHub issue could not be opened yet: ${told.at(-1)?.why ?? 'GitHub did not answer'}`
}

function actionsFor(issue: ClusterIssue, repository: string, situation: Situation): IssueAction[] {
  const { clusterId } = issue
  const alert = firingAlerts(situation.subject).find((candidate) => {
    const identity = identifyCluster(candidate)
    return identity.kind === 'identified' && identity.clusterId === clusterId
  })
  if (!alert) return []
  const isOpen = issue.state === 'open'
  return [
    {
      action: 'issue',
      key: issue.key,
      why: isOpen
        ? `issue ${issue.number} of the deleted cluster ${clusterId} is open`
        : `the key registration of the deleted cluster ${clusterId} has to be removed`,
      repository,
      clusterId,
      title: issueTitle(clusterId),
      body: issueBody(alert, clusterId, situation),
      labels: [...situation.policy.issue.labels],
      marker: hiddenMark('issue', clusterId),
      number: isOpen ? issue.number : null,
      url: isOpen ? issue.url : null,
      comment: {
        key: issueCommentKey(clusterId, situation.subject.id),
        body: issueComment(alert, clusterId, situation),
        marker: hiddenMark('issue-comment', clusterId, situation.subject.id),
      },
      lacksRegistrations: outcomeOf(alert, 'key-protect') === 'unavailable',
      registrations: {
        key: issueRegistrationsKey(clusterId, situation.subject.id),
        body: registrationsComment(alert, clusterId, situation),
        marker: hiddenMark('issue-registrations', clusterId, situation.subject.id),
      },
    },
  ]
}

import type { GithubClient } from '../clients/github.ts'
import { isTransient, TerminalError } from '../errors.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import { identifyCluster } from '../model/identity.ts'
import {
  type ClusterIssue,
  ISSUE_KEY_PREFIX,
  type IssueFacts,
  issueCommentKey,
  issueKey,
  NO_ISSUES,
} from '../model/issue.ts'
import type { EffectRecord, EffectStore } from '../store/store.ts'

const HOUR_MS = 3_600_000
/** Issues that one cluster can have had, one after the other. */
const CHAIN_LIMIT = 50

interface IssueLookupDeps {
  store: Pick<EffectStore, 'effect' | 'countEffects'>
  github: { client: Pick<GithubClient, 'issue'>; repository: string } | null
  now: () => number
}

/** Distinct clusters of the firing alerts whose verdict asks for an issue. */
export function orphanedClusters(subject: Case): string[] {
  const ids = firingAlerts(subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    const isAsked = alert.judgement?.kind === 'verdict' && alert.judgement.verdict.remedy.kind === 'issue-then-snooze'
    return isAsked && identity.kind === 'identified' ? [identity.clusterId] : []
  })
  return [...new Set(ids)]
}

/**
 * How the issues of a case's deleted clusters stand: which there are, by the journal, and whether they are open, by GitHub.
 * Never rejects for GitHub's sake: what could not be read is `unknown`.
 */
export async function lookUpIssues(subject: Case, deps: IssueLookupDeps, canAct = true): Promise<IssueFacts> {
  const ids = orphanedClusters(subject)
  if (ids.length === 0) return NO_ISSUES
  const { store, github, now } = deps
  return {
    repository: github?.repository ?? null,
    canAct,
    openedLastHour: await store.countEffects(ISSUE_KEY_PREFIX, now() - HOUR_MS),
    clusters: await Promise.all(ids.map((clusterId) => lookUpIssue(clusterId, subject.id, deps))),
  }
}

async function lookUpIssue(clusterId: string, caseId: string, deps: IssueLookupDeps): Promise<ClusterIssue> {
  const { key, record } = await newestRecord(clusterId, deps.store)
  const none = { clusterId, key, number: null, url: null, why: null, isTold: false, refusedAtMs: null }
  if (record?.state === 'refused') {
    const refusedAtMs = record.receipt ? Date.parse(record.receipt.at) : record.intendedAtMs
    return { ...none, state: 'refused', why: record.receipt?.why ?? 'GitHub refused it', refusedAtMs }
  }
  const made = record && toMade(record)
  if (record?.state !== 'done' || !made) return { ...none, state: 'none' }
  const comment = await deps.store.effect(issueCommentKey(clusterId, caseId))
  const isTold = isOpenedBy(record, caseId) || (comment !== null && comment.state !== 'intent')
  const known = { ...none, ...made, isTold }
  const next = { ...known, key: issueKey(clusterId, made.number) }
  if (!deps.github) return { ...known, state: 'unknown', why: 'GitHub is not configured' }
  if (record.target !== deps.github.repository) return { ...next, state: 'gone' }
  try {
    const { state } = await deps.github.client.issue(made.number)
    return state === 'open' ? { ...known, state } : { ...next, state }
  } catch (error) {
    if (error instanceof TerminalError && isGone(error)) return { ...next, state: 'gone' }
    if (!isTransient(error) && !(error instanceof TerminalError)) throw error
    return { ...known, state: 'unknown', why: error.message }
  }
}

/** The issues in the repository that tell of this case, by the journal alone. */
export async function toldIssues(
  subject: Case,
  store: Pick<EffectStore, 'effect'>,
  repository: string,
): Promise<{ clusterId: string; number: number }[]> {
  const ids = subject.alerts.flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [identity.clusterId] : []
  })
  const told = await Promise.all(
    [...new Set(ids)].map(async (clusterId) => {
      const { record } = await newestRecord(clusterId, store)
      const made = record?.state === 'done' && record.target === repository ? toMade(record) : null
      if (!record || !made) return []
      const comment = await store.effect(issueCommentKey(clusterId, subject.id))
      const isTold = isOpenedBy(record, subject.id) || comment?.state === 'done'
      return isTold ? [{ clusterId, number: made.number }] : []
    }),
  )
  return told.flat()
}

/** The newest issue of the cluster: each later one was opened after the one before it was closed. */
async function newestRecord(clusterId: string, store: Pick<EffectStore, 'effect'>) {
  let key = issueKey(clusterId)
  let record = await store.effect(key)
  for (let count = 0; count < CHAIN_LIMIT; count += 1) {
    const number = record?.state === 'done' ? toMade(record)?.number : undefined
    if (number === undefined) break
    const nextKey = issueKey(clusterId, number)
    const next = await store.effect(nextKey)
    if (!next) break
    key = nextKey
    record = next
  }
  return { key, record }
}

function toMade({ parameters }: EffectRecord): { number: number; url: string } | null {
  const { number, url } = parameters
  return typeof number === 'number' && typeof url === 'string' ? { number, url } : null
}

/** True when the issue was opened for this case, so that its body tells of it already. */
export function isOpenedBy(record: EffectRecord, caseId: string): boolean {
  return record.parameters.openedFor === caseId
}

/** Deleted, moved to another repository, or no longer to be seen. */
function isGone({ code, upstreamCode }: TerminalError): boolean {
  return code === 'not-found' || upstreamCode === '410' || upstreamCode === '301'
}

import { classify } from '../classifiers/classify.ts'
import { completedDeletion } from '../classifiers/deletion.ts'
import type { Policy } from '../config/policy.ts'
import { type GatherContext, gatherFacts } from '../evidence/gather.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import type { EtcdFacts } from '../model/facts.ts'
import { slackTsToMs } from '../model/slack-message.ts'
import { type Joined, joinJudgements } from '../plan/join.ts'
import { authorizeSnooze } from '../plan/rails.ts'
import { type CaseThen, clustersOf } from './case-then.ts'
import type { Decision } from './compare.ts'
import { incidentAt } from './incident-then.ts'
import type { PastIncident } from './past-incident.ts'
import type { RecordOfDecisions } from './record-of-decisions.ts'
import { type ArchivedChannel, archiveAt } from './slack-archive.ts'

type EtcdOutcome = EtcdFacts['outcome']
const ETCD_OUTCOMES: readonly EtcdOutcome[] = ['absent', 'present', 'unavailable', 'not-trusted']

export interface DecideDeps {
  policy: Policy
  channels: readonly ArchivedChannel[]
  permalink: (channel: string, ts: string, threadTs: string | null) => string
  /** The cluster's record as etcd holds it now. */
  etcdNow: (cluster: { clusterId: string; accountId: string; region: string }) => Promise<EtcdFacts>
  authorRule: GatherContext['authorRule']
  /** The responder's own user in PagerDuty, or null where it is not known. */
  ownUserId: string | null
  record: RecordOfDecisions
}

/** A judged case at a moment: what its alerts ask for together, and what was doubtful. */
interface Verdicts {
  subject: Case
  joined: Joined
  /** Which reason rules. */
  reason: string
  doubts: readonly string[]
  asksEtcd: boolean
}

/**
 * What the responder would have done about the incident: judged at its making, at each message about its clusters that came
 * while it would have waited, and at the end of the wait; the first verdict counts. Nothing later than that moment is looked
 * at. Decided in the order of time, since budgets are used up.
 */
export async function decide(past: PastIncident, then: CaseThen, deps: DecideDeps): Promise<Decision> {
  const clusterIds = clustersOf(then.subject).map(({ clusterId }) => clusterId)
  deps.record.open(clusterIds, past.createdAtMs)
  for (const atMs of moments(then.subject, clusterIds, deps)) {
    const verdicts = await verdictsThen(then.subject, atMs, deps)
    if ('undecidable' in verdicts) return { kind: 'undecidable', why: verdicts.undecidable }
    if (verdicts.joined.kind === 'waiting') continue
    if (verdicts.doubts[0] !== undefined) return { kind: 'undecidable', why: verdicts.doubts[0] }
    return withRails({ past, then, verdicts, atMs }, deps)
  }
  return { kind: 'undecidable', why: 'its verdict would have been waited for beyond every limit' }
}

/** When the case would have been looked at, oldest first (ms). */
function moments(subject: Case, clusterIds: readonly string[], { policy, channels }: DecideDeps): number[] {
  const { waitForErrorText, evidenceRetry } = policy.windows
  const firstMs = subject.openedAtMs
  const lastMs =
    Math.max(firstMs, ...firingAlerts(subject).map(({ startsAtMs }) => startsAtMs)) +
    Math.max(waitForErrorText, evidenceRetry)
  const told = channels.flatMap(({ messages }) =>
    messages
      .filter(({ segments }) => clusterIds.some((id) => segments.some((segment) => segment.includes(id))))
      .map(({ ts }) => Math.ceil(slackTsToMs(ts))),
  )
  const between = told.filter((ms) => ms > firstMs && ms < lastMs)
  return [...new Set([firstMs, ...between, lastMs])].sort((a, b) => a - b)
}

/**
 * The verdicts at a moment. What etcd held then nobody knows: a verdict stands where it is the same whatever etcd had said,
 * or where the record is gone now and the cluster's deletion was told before the alert began.
 */
async function verdictsThen(
  subject: Case,
  atMs: number,
  deps: DecideDeps,
): Promise<Verdicts | { undecidable: string }> {
  const possible = await Promise.all(ETCD_OUTCOMES.map((outcome) => verdictsIf(outcome, { subject, atMs, deps })))
  const [ifAbsent] = possible
  if (!ifAbsent) throw new TypeError('etcd has an outcome')
  const isSame = possible.every((one) => toKey(one) === toKey(ifAbsent))
  if (isSame || !ifAbsent.asksEtcd) return ifAbsent
  const isDeletedBefore = firingAlerts(ifAbsent.subject).every(({ facts, startsAtMs }) => {
    const deletion = facts && completedDeletion(facts, deps.policy)
    return facts?.etcd == null || (deletion != null && deletion.atMs < startsAtMs)
  })
  const now = await Promise.all(clustersOf(subject).map((cluster) => deps.etcdNow(cluster)))
  if (isDeletedBefore && now.every(({ outcome }) => outcome === 'absent')) return ifAbsent
  return { undecidable: 'what etcd held at that time is not known' }
}

async function verdictsIf(
  outcome: EtcdOutcome,
  { subject, atMs, deps }: { subject: Case; atMs: number; deps: DecideDeps },
): Promise<Verdicts> {
  const { policy } = deps
  const archive = archiveAt(deps.channels, atMs)
  let asksEtcd = false
  const etcd = {
    async lookUp(): Promise<EtcdFacts> {
      asksEtcd = true
      return { outcome, why: 'as it is now', revision: null, observedAtMs: atMs }
    },
  }
  const gathering = { slack: archive, etcd, policy, permalink: deps.permalink, catchUpUntilMs: 0 }
  const context = { nowMs: atMs, authorRule: deps.authorRule }
  const alerts = await Promise.all(
    subject.alerts.map(async (alert) => {
      const facts = await gatherFacts(subject, alert, { deps: gathering, context })
      return { ...alert, facts, judgement: classify(facts, policy) }
    }),
  )
  const judged: Case = { ...subject, alerts }
  const joined = joinJudgements(firingAlerts(judged), atMs)
  const ruling = joined.kind === 'human' ? joined.because[0] : firingAlerts(judged)[0]
  const reason = ruling?.judgement?.verdict.reason ?? 'cluster-unidentified'
  return { subject: judged, joined, reason, doubts: archive.doubts, asksEtcd }
}

function toKey({ joined, reason }: Verdicts): string {
  return `${joined.kind} ${reason} ${joined.kind === 'snooze' ? joined.seconds : ''}`
}

async function withRails(
  { past, then, verdicts, atMs }: { past: PastIncident; then: CaseThen; verdicts: Verdicts; atMs: number },
  { policy, record, ownUserId }: DecideDeps,
): Promise<Decision> {
  const { subject, joined, reason } = verdicts
  if (joined.kind !== 'snooze') return { kind: 'page', reason, why: `judged ${reason}`, atMs }
  const found = await incidentAt(past, { dedupKey: subject.dedupKey, ownUserId, atMs })
  const clusterIds = clustersOf(subject).map(({ clusterId }) => clusterId)
  const authorization = authorizeSnooze({
    nowMs: atMs,
    seconds: joined.seconds,
    budget: joined.budget,
    firing: firingAlerts(subject),
    truncatedAlerts: subject.truncatedAlerts,
    incident: found && then.isWeaklyMatched ? { ...found, isWeaklyMatched: true } : found,
    lookupWhy: 'the incident was not open',
    evidenceAtMs: atMs,
    usage: record.usageOf(clusterIds, atMs),
    storm: record.stormAt(atMs),
    byHand: null,
    mode: 'live',
    paused: false,
    policy,
  })
  const [refusal] = authorization.refusals
  if (refusal)
    return { kind: 'page', reason, why: `judged ${reason}, not snoozed: ${refusal.rail}, ${refusal.why}`, atMs }
  const untilMs = atMs + joined.seconds * 1_000
  record.snooze({ clusterIds, budget: joined.budget, fromMs: atMs, untilMs })
  return { kind: 'snooze', reason, atMs, untilMs }
}

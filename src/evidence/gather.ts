import type { Policy } from '../config/policy.ts'
import { type Case, type CaseAlert, judgeAgainAtMs } from '../model/case.ts'
import { clusterIdTokens } from '../model/cluster-id.ts'
import type { ChannelFacts, FoundBySearch, MessageFact } from '../model/evidence.ts'
import type { AlertFacts, EtcdFacts } from '../model/facts.ts'
import { type AlertIdentity, identifyCluster } from '../model/identity.ts'
import { cut, maskSecrets } from '../model/outside-text.ts'
import type { Pattern } from '../model/pattern.ts'
import { type IndexedMessage, slackTsToMs } from '../model/slack-message.ts'
import { migrationAt } from './migration-window.ts'
import { searchedDeletion } from './searched-deletion.ts'
import { isListedAuthor } from './slack/listed-author.ts'
import type { SlackEvidence } from './slack/slack-evidence.ts'

/** Longest text of one message that a judge sees, in characters. */
const TEXT_LIMIT = 16_384
/** How far ahead of ours an honest clock may be, in ms. */
const CLOCK_MARGIN_MS = 60_000

export interface GatherDeps {
  /** Null where Slack is not configured: its channels are unavailable, never absent. */
  slack: (Pick<SlackEvidence, 'askChannel'> & Partial<Pick<SlackEvidence, 'deletionSearch'>>) | null
  permalink: (channel: string, ts: string, threadTs: string | null) => string
  /** Null where no etcd is configured at all. */
  etcd: EtcdEvidence | null
  policy: Policy
  /** Until then a channel that is being read whole after the start is waited for (ms since the epoch). */
  catchUpUntilMs: number
}

/** The cluster's record in the etcd of its region. Never rejects: what can't be known is an outcome. */
export interface EtcdEvidence {
  lookUp(cluster: { clusterId: string; accountId: string; region: string }): Promise<EtcdFacts>
}

export interface GatherContext {
  nowMs: number
  /** In live and approve an empty author list permits nothing; in shadow any bot counts. */
  authorRule: 'any-bot-when-empty' | 'none-when-empty'
}

/**
 * The facts about one alert of a case, every source asked at once. It costs no call of Slack, since the index answers; only
 * a deletion that the index does not show may be searched for.
 * Source: PRODUCT.md section 4, evidence windows.
 */
export async function gatherFacts(
  subject: Case,
  alert: CaseAlert,
  { deps, context }: { deps: GatherDeps; context: GatherContext },
): Promise<AlertFacts> {
  const identity = identifyCluster(alert)
  const { policy } = deps
  const { nowMs } = context
  const span = judgingSpan(subject, alert, { policy, nowMs })
  const ask = (channel: { id: string; authors: string[] }, fromMs: number) =>
    askChannel(identity, channel, { fromMs, deps, context })
  const [errorTexts, masterOperations] = await Promise.all([
    ask(policy.channels.kpEventsAlerts, span.fromMs),
    ask(policy.channels.deployFailure, Math.min(alert.startsAtMs, nowMs) - policy.windows.masterOperation),
  ])
  return {
    nowMs,
    identity,
    startsAtMs: alert.startsAtMs,
    waitFromMs: waitFrom(alert),
    waitUntilMs: span.waitUntilMs,
    catchUpUntilMs: deps.catchUpUntilMs,
    errorTexts,
    masterOperations,
    ...(await askAboutRecord(identity, errorTexts, {
      deps,
      context,
      startsAtMs: alert.startsAtMs,
      earlier: isSnoozeStanding(subject, span, nowMs) ? (alert.facts?.deletionBySearch ?? null) : null,
    })),
    migration: identity.kind === 'identified' ? migrationAt(identity, alert.startsAtMs, policy) : null,
  }
}

/** Etcd and the deletions are asked only where an error text makes them matter. */
async function askAboutRecord(
  identity: AlertIdentity,
  errorTexts: ChannelFacts,
  {
    deps,
    context,
    startsAtMs,
    earlier,
  }: { deps: GatherDeps; context: GatherContext; startsAtMs: number; earlier: FoundBySearch | null },
): Promise<Pick<AlertFacts, 'deletions' | 'deletionBySearch' | 'etcd'>> {
  const { policy } = deps
  const isAsked = errorTexts.messages.some(
    (message) => message.isListed && policy.patterns.etcdInfo.isIn(message.ownText),
  )
  if (!isAsked || identity.kind !== 'identified') return { deletions: null, etcd: null }
  const fromMs = Math.min(startsAtMs, context.nowMs) - policy.windows.deletion
  const unconfigured: EtcdFacts = {
    outcome: 'unavailable',
    why: 'no etcd is configured (ETCD_ENDPOINTS)',
    revision: null,
    observedAtMs: context.nowMs,
  }
  const [deletions, etcd] = await Promise.all([
    askChannel(identity, policy.channels.deployAlerts, { fromMs, deps, context }),
    deps.etcd ? deps.etcd.lookUp(identity) : unconfigured,
  ])
  const { clusterId } = identity
  const deletionBySearch = await searchedDeletion(
    { clusterId, deletions, fromMs, etcd, earlier },
    {
      search: deps.slack?.deletionSearch ?? null,
      policy,
      toFact: (message) => toFact(message, clusterId, { channel: policy.channels.deployAlerts, deps, context }),
    },
  )
  return { deletions, deletionBySearch, etcd }
}

/** The later of the alert's start and its first receipt; a start that lies ahead is a wrong clock, and no reason to wait. */
function waitFrom({ startsAtMs, firstReceivedAtMs }: CaseAlert): number {
  return startsAtMs > firstReceivedAtMs + CLOCK_MARGIN_MS ? firstReceivedAtMs : Math.max(startsAtMs, firstReceivedAtMs)
}

/** When the oldest answer of the facts was observed. A deletion that a search found does not age: it is told with its time. */
export function observedAtMs(facts: AlertFacts): number {
  const times = [facts.errorTexts, facts.masterOperations, facts.deletions, facts.etcd].flatMap((answer) =>
    answer ? [answer.observedAtMs] : [],
  )
  return Math.min(...times)
}

/**
 * From when error texts count, and until when a judgement may wait. From 15 min before the alert's start; after a snooze
 * ended, or while it is judged near its end, from 15 min before that end. While a case is snoozed the window stands still.
 */
function judgingSpan(
  subject: Case,
  alert: CaseAlert,
  { policy, nowMs }: { policy: Policy; nowMs: number },
): { fromMs: number; waitUntilMs: number | null } {
  const { snooze } = subject
  const early = alert.startsAtMs - policy.windows.errorText
  const isEnding =
    snooze !== null && nowMs < snooze.untilMs && nowMs >= judgeAgainAtMs(snooze, policy.snooze.judgeBeforeEnd)
  const endMs = isEnding || (snooze !== null && nowMs >= snooze.untilMs) ? snooze.untilMs : subject.lastSnoozeEndMs
  const fromMs = endMs === null ? early : Math.max(early, endMs - policy.windows.errorText)
  return { fromMs, waitUntilMs: isEnding ? snooze.untilMs : null }
}

/** The snooze was permitted and is not judged near its end: then only what is known to have changed may end it. */
function isSnoozeStanding({ snooze }: Case, { waitUntilMs }: { waitUntilMs: number | null }, nowMs: number): boolean {
  return snooze !== null && nowMs < snooze.untilMs && waitUntilMs === null
}

async function askChannel(
  identity: AlertIdentity,
  channel: { id: string; authors: string[] },
  { fromMs, deps, context }: { fromMs: number; deps: GatherDeps; context: GatherContext },
): Promise<ChannelFacts> {
  const { nowMs } = context
  const unasked = { isCatchingUp: false, completeToMs: null, observedAtMs: nowMs, messages: [] }
  if (identity.kind !== 'identified')
    return { ...unasked, outcome: 'unavailable', why: 'no cluster is known to search for' }
  if (!deps.slack) return { ...unasked, outcome: 'unavailable', why: 'Slack is not configured (SLACK_BOT_TOKEN)' }
  const { messages, ...answer } = await deps.slack.askChannel(channel.id, {
    clusterId: identity.clusterId,
    fromMs,
    toMs: nowMs,
  })
  return {
    ...answer,
    messages: messages.map((message) => toFact(message, identity.clusterId, { channel, deps, context })),
  }
}

function toFact(
  message: IndexedMessage,
  clusterId: string,
  { channel, deps, context }: { channel: { authors: string[] }; deps: GatherDeps; context: GatherContext },
): MessageFact {
  const { author } = message
  const { corrId } = deps.policy.patterns
  const isAboutMore = message.segments.some((segment) => namesAnother(segment, clusterId, corrId))
  return {
    atMs: slackTsToMs(message.ts),
    link: deps.permalink(message.channel, message.ts, message.threadTs),
    text: cut(maskSecrets(message.segments.join('\n')), TEXT_LIMIT),
    ownText: cut(
      maskSecrets(
        isAboutMore ? ownSegments(message.segments, clusterId, corrId).join('\n') : message.segments.join('\n'),
      ),
      TEXT_LIMIT,
    ),
    isAboutMore,
    isListed: message.threadTs === null && isListedAuthor(author, channel.authors, context.authorRule),
    author: author.name ?? author.botId ?? author.appId ?? author.userId ?? 'unknown',
  }
}

/**
 * The lines and fields of a message that name this cluster and no other. Where a message names several, only these say
 * something of one of them: the error of one must not quiet the page of another.
 */
function ownSegments(segments: readonly string[], clusterId: string, corrId: Pattern): string[] {
  return segments.filter(
    (segment) => clusterIdTokens(segment).includes(clusterId) && !namesAnother(segment, clusterId, corrId),
  )
}

/** A token of the shape of a cluster id that is not this cluster's, and not the correlation id of the error itself. */
function namesAnother(segment: string, clusterId: string, corrId: Pattern): boolean {
  const ownCorrId = corrId.match(segment)?.[1]
  return clusterIdTokens(segment).some((id) => id !== clusterId && id !== ownCorrId)
}

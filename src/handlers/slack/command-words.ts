import { type Case, type CaseAlert, firingAlerts } from '../../model/case.ts'
import { formatDuration } from '../../model/duration.ts'
import { identifyCluster } from '../../model/identity.ts'
import { toInertText } from '../../model/outside-text.ts'
import type { InteractionDeps } from './interaction-deps.ts'

/** Cases that one answer names. */
const CASES_TOLD = 10
/** Evidence that one answer quotes of each alert. */
const EVIDENCE_TOLD = 5

/** What the command understands. */
export const HELP = [
  '`/kp-events status`: mode, open cases, oldest pending alert, sources',
  '`/kp-events cases`: the newest open cases',
  '`/kp-events explain CLUSTER`: what is known of the cluster’s newest case, and why',
  '`/kp-events pause [reason]`, `/kp-events resume`: stop and start writing (operators)',
].join('\n')

/** How the service is: what it may do, what it holds, what it can read. */
export async function statusText({ operations, store, now, isStorm }: InteractionDeps): Promise<string> {
  const { mode, paused, frozenWhy } = await operations.mode()
  const states = await store.countByState()
  const { pending, oldestPendingMs } = await store.books()
  const open = Object.entries(states).filter(([state]) => state !== 'resolved')
  const oldest =
    oldestPendingMs === null ? '' : `, the oldest for ${formatDuration(wholeSeconds(now() - oldestPendingMs))}`
  const sources = operations
    .slackStatus()
    .map(({ name, state }) => `${toInertText(name, 80)} ${toInertText(state, 80)}`)
  return [
    `Mode: ${mode}${paused ? ', paused' : ''}${frozenWhy ? `, frozen: ${toInertText(frozenWhy, 300)}` : ''}`,
    `Open cases: ${open.map(([state, count]) => `${count} ${state}`).join(', ')}`,
    `Pending alerts: ${pending}${oldest}`,
    `Storm: ${(await isStorm()) ? 'on, nothing is snoozed' : 'none'}`,
    `Slack channels: ${sources.length > 0 ? sources.join(', ') : 'none is read'}`,
  ].join('\n')
}

/** The newest open cases, a line each. */
export async function casesText({ store, publicUrl }: InteractionDeps): Promise<string> {
  const open: Case[] = []
  for (const state of ['gathering', 'waiting', 'snoozed', 'handed-over'] as const)
    open.push(...(await store.listCases({ state, limit: CASES_TOLD })).cases)
  const newest = open.sort((a, b) => b.openedAtMs - a.openedAtMs).slice(0, CASES_TOLD)
  if (newest.length === 0) return 'No case is open.'
  return newest
    .map((subject) => {
      const headline = toInertText(subject.plan?.headline ?? 'not decided yet', 150)
      return `• ${nameOf(subject)}: ${subject.state}, ${escapeMarkup(headline)}${linkTo(subject, publicUrl)}`
    })
    .join('\n')
}

/** The newest open case of a cluster, or the last that ended: how it stands, and on what evidence. */
export async function explainText(
  clusterId: string,
  { store, publicUrl }: Pick<InteractionDeps, 'store' | 'publicUrl'>,
): Promise<string> {
  const found = await Promise.all((await store.openCasesOfCluster(clusterId)).map(({ id }) => store.caseById(id)))
  const open = found.filter((subject) => subject !== null).sort((a, b) => b.openedAtMs - a.openedAtMs)
  const newest = open[0] ?? (await store.listCases({ clusterId, limit: 1 })).cases[0]
  if (!newest) return `No case names cluster ${clusterId}.`
  const verdicts = alertsToTell(newest).flatMap(({ judgement }) => {
    if (!judgement) return ['not judged yet']
    const { verdict } = judgement
    return [
      `${judgement.kind === 'waiting' ? 'so far ' : ''}${verdict.reason}: ${verdict.message}`,
      ...verdict.evidence
        .slice(0, EVIDENCE_TOLD)
        .map(({ source, outcome, summary }) => `  ${source} ${outcome}: ${summary}`),
    ]
  })
  return [
    `${nameOf(newest)}: ${newest.state}${linkTo(newest, publicUrl)}`,
    ...[newest.plan?.headline ?? 'not decided yet', ...verdicts].map((line) => escapeMarkup(toInertText(line, 300))),
  ].join('\n')
}

/** Those that fire, or all of a case that is over. */
function alertsToTell(subject: Case): readonly CaseAlert[] {
  const firing = firingAlerts(subject)
  return firing.length > 0 ? firing : subject.alerts
}

function nameOf(subject: Case): string {
  const ids = alertsToTell(subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [identity.clusterId] : []
  })
  const [first = 'no cluster', ...others] = [...new Set(ids)]
  return others.length > 0 ? `${first} and ${others.length} more` : first
}

function linkTo({ id }: Case, publicUrl: string | null): string {
  return publicUrl === null ? '' : ` (<${publicUrl}/cases/${encodeURIComponent(id)}|case>)`
}

/** Slack's own three escapes: text from outside can mention nobody and link nowhere. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000)) * 1_000
}

import { createHash } from 'node:crypto'
import { firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { identifyCluster } from '../model/identity.ts'
import { toInertText } from '../model/outside-text.ts'
import type { Refusal } from '../model/plan.ts'
import { alertParagraph, toTime } from './alert-paragraph.ts'
import { describeRefusal, issueLines } from './issue-lines.ts'
import { fittingLines, linesOf, type NoteLine } from './note-line.ts'
import { casePage, type Situation } from './situation.ts'

/** Longest note that is written. PagerDuty states no limit; webhooks cut long ones. Source: PRODUCT.md section 5. */
export const NOTE_LIMIT = 2_000
/** Alerts that get a paragraph; the case page has all. */
const PARAGRAPH_LIMIT = 5
const NEIGHBOUR_LIMIT = 5
/** Stands before the tail where something did not fit. */
const CUT = '\n…'

/** The mark of a note: it names the incident and the outcome, so that an earlier copy is found on the incident itself. */
export function noteMarker(incidentId: string, outcomeKey: string): string {
  return `kp-responder:${createHash('sha256').update(`${incidentId}\n${outcomeKey}`).digest('hex').slice(0, 16)}`
}

/**
 * The note of an outcome: plain text of at most 2,000 characters, the outcome first, the most useful next, the mark last.
 * What does not fit is left to the case page. Source: PRODUCT.md section 5.
 */
export function noteText(
  situation: Situation,
  outcome: { headline: string; refusals: Refusal[]; marker: string; snooze: { untilMs: number } | null },
): string {
  const page = casePage(situation)
  const tail = [
    ...(page ? [`Case: ${page}`] : []),
    outcome.snooze
      ? `Undo: acknowledge, snooze, reassign or note it yourself and the responder leaves it to you${page ? '; or Wake now on the case page' : ''}.`
      : 'Acknowledge, reassign or note it, and the responder leaves it to you.',
    `Runbook: ${situation.policy.links.runbook}`,
    outcome.marker,
  ]
  const firing = firingAlerts(situation.subject)
  const paragraphs = firing
    .slice(0, PARAGRAPH_LIMIT)
    .map((alert) => alertParagraph(alert, situation, { headline: outcome.headline, isQuiet: outcome.snooze !== null }))
  const notChecked = [...new Set([...paragraphs.flatMap((paragraph) => paragraph.notChecked), ...situation.notChecked])]
  const lines: NoteLine[] = [
    ...linesOf('outcome', [
      // It may quote a label or a person's name.
      toInertText(outcome.headline, 250),
      ringLine(situation, outcome.snooze),
      ...outcome.refusals.map((refusal) => `${describeRefusal(refusal)}.`),
      ...issueLines(situation),
      ...impactLines(situation, outcome.refusals),
    ]),
    ...paragraphs.flatMap(({ main }) => main),
    ...linesOf(
      'outcome',
      firing.length > PARAGRAPH_LIMIT ? [`and ${firing.length - PARAGRAPH_LIMIT} more alerts, on the case page`] : [],
    ),
    ...linesOf('more', neighbourLines(situation)),
    ...linesOf('outcome', notChecked.length > 0 ? [`Not checked: ${notChecked.join('; ')}.`] : []),
    ...linesOf('known', outcome.snooze ? [] : [escalateLine(situation)]),
    ...paragraphs.flatMap(({ background }) => background),
    ...linesOf('more', historyLines(situation)),
  ]
  const end = tail.join('\n')
  const kept = fittingLines(lines, NOTE_LIMIT - CUT.length - 1 - [...end].length)
  return `${kept.join('\n')}${kept.length < lines.length ? CUT : ''}\n${end}`
}

function ringLine({ incident, nowMs }: Situation, snooze: { untilMs: number } | null): string {
  const policyName = incident?.escalationPolicy
    ? toInertText(incident.escalationPolicy.name, 80)
    : 'its escalation policy'
  if (snooze)
    return `Rings again: ${toTime(snooze.untilMs)} (in ${formatDuration(snooze.untilMs - nowMs)}), by ${policyName}, unless it is over or judged busy again before.`
  const who =
    incident && incident.assignees.length > 0
      ? incident.assignees.map((name) => toInertText(name, 60)).join(', ')
      : policyName
  const nextMs = incident?.escalateAtMs ?? incident?.unacknowledgeAtMs ?? null
  return `With: ${who}${nextMs === null ? '' : `; next ring ${toTime(nextMs)} (in ${formatDuration(nextMs - nowMs)})`}.`
}

function impactLines(situation: Situation, refusals: readonly Refusal[]): string[] {
  if (!refusals.some(({ rail }) => rail === 'customer-impacting')) return []
  const link = situation.policy.links.escalation || policyLink(situation)
  return [`Customer impacting: engage the squad by its escalation policy${link ? ` ${link}` : ''}.`]
}

/** Both ways to the squad. Source: runbook, Escalation Policy. */
function escalateLine(situation: Situation): string {
  const { links, channels } = situation.policy
  const cie = links.escalation || policyLink(situation) || "the squad's PagerDuty escalation policy"
  return `Escalate: with a CIE ${cie}; without, ${channels.notify.name}${links.squad ? ` ${links.squad}` : ''} or a GitHub issue.`
}

/** The address of the incident's own escalation policy, or null. */
function policyLink({ incident }: Situation): string | null {
  return incident?.escalationPolicy?.url ?? null
}

/** What our own cases and Prometheus know of other clusters of the same region or account. */
function neighbourLines({ neighbours, subject }: Situation): string[] {
  const near = firingAlerts(subject).flatMap((alert) => {
    const identity = identifyCluster(alert)
    return identity.kind === 'identified' ? [identity] : []
  })
  const failing = firingAlerts(subject).flatMap(({ findings }) =>
    (findings?.entries ?? []).flatMap(({ details }) => (details?.kind === 'failing-clusters' ? details.clusters : [])),
  )
  const own = new Set(near.map(({ clusterId }) => clusterId))
  const beside = failing.filter(
    ({ clusterId, accountId, region }) =>
      !own.has(clusterId) && near.some((one) => one.accountId === accountId || one.region === region),
  )
  const all = [...new Set([...neighbours, ...beside.map(({ clusterId }) => clusterId)])]
  if (all.length === 0) return []
  const more = all.length - NEIGHBOUR_LIMIT
  return [
    `Also failing in the same region or account: ${all.slice(0, NEIGHBOUR_LIMIT).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ]
}

function historyLines({ subject }: Situation): string[] {
  const last = subject.timeline.slice(-4).map((entry) => `${entry.at.slice(0, 16)}Z ${toInertText(entry.what, 100)}`)
  return last.length > 1 ? [`So far: ${last.join(' | ')}`] : []
}

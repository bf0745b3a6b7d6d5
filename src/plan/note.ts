import { createHash } from 'node:crypto'
import { type CaseAlert, firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { identifyCluster } from '../model/identity.ts'
import { toInertText } from '../model/outside-text.ts'
import type { Refusal } from '../model/plan.ts'
import { describeUsage } from './budget.ts'
import { nextSteps } from './next-steps.ts'
import { casePage, type Situation } from './situation.ts'

/** Longest note that is written. PagerDuty states no limit; webhooks cut long ones. Source: PRODUCT.md section 5. */
export const NOTE_LIMIT = 2_000
const QUOTE_LIMIT = 300
/** Alerts that get a paragraph; the case page has all. */
const PARAGRAPH_LIMIT = 5

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
    `Undo: acknowledge, snooze, reassign or note this incident yourself and the responder leaves it to you${page ? '; or Wake now on the case page' : ''}.`,
    `Runbook: ${situation.policy.links.runbook}`,
    outcome.marker,
  ]
  const firing = firingAlerts(situation.subject)
  const lines = [
    // It may quote a label or a person's name.
    toInertText(outcome.headline, 250),
    ringLine(situation, outcome.snooze),
    ...outcome.refusals.map((refusal) => `Not snoozed (${refusal.rail}): ${toInertText(refusal.why, 250)}.`),
    ...escalationLines(situation, outcome.refusals),
    ...firing.slice(0, PARAGRAPH_LIMIT).flatMap((alert) => paragraph(alert, situation)),
    ...(firing.length > PARAGRAPH_LIMIT
      ? [`and ${firing.length - PARAGRAPH_LIMIT} more alerts, on the case page`]
      : []),
    ...(situation.neighbours.length > 0
      ? [`Also failing in the same region or account: ${situation.neighbours.slice(0, 5).join(', ')}`]
      : []),
    ...(situation.notChecked.length > 0 ? [`Not checked: ${situation.notChecked.join('; ')}.`] : []),
    ...historyLines(situation),
  ]
  return fitLines(lines, tail)
}

/** As many of the lines as fit before the tail, in order. */
function fitLines(lines: readonly string[], tail: readonly string[]): string {
  const end = tail.join('\n')
  let text = ''
  let isCut = false
  for (const line of lines) {
    const next = text === '' ? line : `${text}\n${line}`
    if ([...next].length + [...end].length + 5 > NOTE_LIMIT) {
      isCut = true
      continue
    }
    text = next
  }
  return `${text}${isCut ? '\n…' : ''}\n${end}`
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

function escalationLines({ policy, incident }: Situation, refusals: readonly Refusal[]): string[] {
  if (!refusals.some(({ rail }) => rail === 'customer-impacting')) return []
  const link = policy.links.escalation || incident?.escalationPolicy?.url
  return [`Customer impacting: engage the squad by its escalation policy${link ? ` ${link}` : ''}.`]
}

function paragraph(alert: CaseAlert, situation: Situation): string[] {
  const identity = identifyCluster(alert)
  const verdict = alert.judgement?.verdict
  const { labels } = alert
  const carrier = labels.carrier_name ? `, carrier ${toInertText(labels.carrier_name, 60)}` : ''
  const impact = `customer impact: ${toInertText(labels.tip_customer_impacting ?? 'not stated', 20)}`
  const head =
    identity.kind === 'identified'
      ? `Cluster ${identity.clusterId}, account ${identity.accountId}, region ${identity.region}${carrier}, ${impact}`
      : `Alert ${alert.fingerprint}${carrier}, ${impact}`
  if (!verdict) return [head, 'Still being looked at.']
  const found = verdict.evidence.filter((item) => item.outcome === 'found' && item.source !== 'alert')
  const steps = nextSteps(verdict.reason, {
    clusterId: identity.kind === 'identified' ? identity.clusterId : null,
    links: situation.policy.links,
  })
  return [
    `${head}, since ${toTime(alert.startsAtMs)}`,
    `Verdict: ${verdict.reason}. ${toInertText(verdict.message, 300)}`,
    ...found.flatMap((item) => [
      `"${toInertText(item.quote ?? '', QUOTE_LIMIT)}" (${toInertText(item.summary, 120)})${item.link ? ` ${item.link}` : ''}`,
    ]),
    ...verdict.evidence
      .filter((item) => item.outcome === 'absent' && item.source !== 'alert')
      .map((item) => `Checked: ${toInertText(item.summary, 200)}`),
    ...verdict.evidence
      .filter((item) => item.outcome === 'unavailable')
      .map((item) => `NOT checked: ${toInertText(item.summary, 200)}`),
    ...steps.map((step) => `Next: ${step}`),
    ...usageLine(alert, situation),
  ]
}

function usageLine(alert: CaseAlert, { usage, policy, nowMs }: Situation): string[] {
  const remedy = alert.judgement?.verdict.remedy
  const identity = identifyCluster(alert)
  if (!remedy || remedy.kind === 'human' || identity.kind !== 'identified') return []
  const own = usage.clusters.find(({ clusterId }) => clusterId === identity.clusterId)
  return own ? [`Silence: ${describeUsage(own, remedy, { policy, nowMs })}`] : []
}

function historyLines({ subject }: Situation): string[] {
  const last = subject.timeline.slice(-4).map((entry) => `${entry.at.slice(0, 16)}Z ${toInertText(entry.what, 100)}`)
  return last.length > 1 ? [`So far: ${last.join(' | ')}`] : []
}

function toTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

import type { Policy } from '../../config/policy.ts'
import { type Case, type CaseAlert, newestIncident } from '../../model/case.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Finding } from '../../model/finding.ts'
import { type AlertIdentity, identifyCluster } from '../../model/identity.ts'
import type { Incident } from '../../model/incident.ts'
import type { Action, Plan } from '../../model/plan.ts'
import { traceOf } from '../../runbook/error-trace.ts'
import { migrationAdvice } from '../../runbook/migration-advice.ts'
import { stepsFor } from '../../runbook/next-steps.ts'
import type {
  ActionView,
  AlertView,
  CaseView,
  EvidenceView,
  FindingView,
  IncidentView,
  Step,
  VerdictView,
} from './case-schema.ts'

export type { CaseView } from './case-schema.ts'

/** The case as the API, the dashboard and the commands show it. `publicUrl` is where people reach the dashboard, or null. */
export function toCaseView(
  subject: Case,
  { publicUrl, policy }: { publicUrl: string | null; policy: Policy },
): CaseView {
  const newest = newestIncident(subject)
  return {
    id: subject.id,
    dedupKey: subject.dedupKey === '' ? null : subject.dedupKey,
    openedAt: toIso(subject.openedAtMs),
    updatedAt: toIso(subject.updatedAtMs),
    state: subject.state,
    nextLook: subject.nextLookMs === null ? null : toIso(subject.nextLookMs),
    snoozedUntil: subject.state === 'snoozed' && subject.snooze ? toIso(subject.snooze.untilMs) : null,
    isQuiet: subject.state === 'snoozed' && subject.snooze?.isReal === true,
    takenOver: subject.takenOver?.by ?? null,
    waiting: toWaiting(subject.alerts),
    incident: newest ? toIncidentView(newest) : null,
    incidents: subject.incidents.map(toIncidentView),
    alerts: subject.alerts.map((alert) => toAlertView(alert, policy)),
    plan: toPlanView(subject.plan),
    receipts: subject.receipts.map(({ action, result, why, link, at }) => ({ action, result, why, link, at })),
    timeline: subject.timeline.map(({ at, what, actor, link }) => ({ at, what, actor, link })),
    url: publicUrl === null ? null : `${publicUrl}/cases/${encodeURIComponent(subject.id)}`,
  }
}

/** The wait that ends last, since the case has no outcome before. */
function toWaiting(alerts: readonly CaseAlert[]): CaseView['waiting'] {
  const waits = alerts.flatMap(({ status, judgement }) =>
    status === 'firing' && judgement?.kind === 'waiting' ? [judgement] : [],
  )
  const last = waits.sort((a, b) => a.untilMs - b.untilMs).at(-1)
  return last ? { awaited: last.awaited, until: toIso(last.untilMs) } : null
}

function toIncidentView({ id, url, status }: Incident): IncidentView {
  return { id, url, status }
}

function toAlertView(alert: CaseAlert, policy: Policy): AlertView {
  const identity = identifyCluster(alert)
  const isIdentified = identity.kind === 'identified'
  return {
    fingerprint: alert.fingerprint,
    clusterId: isIdentified ? identity.clusterId : null,
    crn: isIdentified ? identity.crn : (alert.labels.CRN ?? alert.labels.crn ?? null),
    region: isIdentified ? identity.region : null,
    accountId: isIdentified ? identity.accountId : null,
    carrier: alert.labels.carrier_name ?? null,
    severity: alert.labels.severity ?? null,
    customerImpact: alert.labels.tip_customer_impacting ?? null,
    status: alert.status,
    startedAt: toIso(alert.startsAtMs),
    verdict: toVerdictView(alert),
    findings: entriesOf(alert).map(toFindingView),
    nextSteps: toSteps(alert, identity, policy),
    advice: migrationAdvice(alert, policy),
  }
}

function toSteps(alert: CaseAlert, identity: AlertIdentity, policy: Policy): Step[] {
  if (alert.status === 'resolved' || alert.judgement?.kind !== 'verdict') return []
  const place = identity.kind === 'identified' ? identity : { clusterId: null, accountId: null, region: null }
  const { corrId } = traceOf(alert, policy)
  const steps = stepsFor(alert.judgement.verdict.reason, { ...place, corrId, policy })
  return steps.map(({ text, commands }) => ({ text, commands: [...commands] }))
}

/** A wait shows no verdict: what it would be now may be another one when the wait is over. */
function toVerdictView({ judgement, findings }: CaseAlert): VerdictView | null {
  if (judgement?.kind !== 'verdict') return null
  const { classification, reason, message, evidence, ruledOut } = judgement.verdict
  return {
    classification,
    reason,
    message,
    evidence: [...evidence.map(toEvidenceView), ...(findings?.entries ?? []).map(toBeside)],
    ruledOut: ruledOut.map((other) => ({ reason: other.reason, why: other.why })),
  }
}

function toEvidenceView({ source, outcome, summary, observedAt, link, quote }: Evidence): EvidenceView {
  return { source, outcome, summary, observedAt, link, quote }
}

/** A finding among the evidence. What proves little is no answer there. */
function toBeside({ source, outcome, summary, observedAt, link, quotes }: Finding): EvidenceView {
  return {
    source,
    outcome: outcome === 'weak' ? 'unavailable' : outcome,
    summary,
    observedAt,
    link,
    quote: quotes.length === 0 ? null : quotes.join('\n'),
  }
}

function entriesOf({ judgement, findings }: CaseAlert): readonly Finding[] {
  return judgement?.kind === 'verdict' ? (findings?.entries ?? []) : []
}

function toFindingView({ lines, quotes, steps, details, ...finding }: Finding): FindingView {
  return {
    ...finding,
    lines: [...lines],
    quotes: [...quotes],
    steps: steps.map(({ text, commands }) => ({ text, commands: [...commands] })),
    details: details && { ...details },
  }
}

function toPlanView(plan: Plan | null): CaseView['plan'] {
  if (!plan) return { headline: null, offeredUntil: null, actions: [], refusals: [] }
  return {
    headline: plan.headline,
    offeredUntil: plan.offer ? toIso(plan.offer.untilMs) : null,
    actions: plan.actions.map(toActionView),
    refusals: plan.refusals.map(({ action, rail, why }) => ({ action, rail, why })),
  }
}

function toActionView(action: Action): ActionView {
  const { why } = action
  switch (action.action) {
    case 'acknowledge':
    case 'wake':
      return { action: action.action, why, incidentId: action.incidentId }
    case 'snooze': {
      const { incidentId, seconds, untilMs, budget, clusterIds } = action
      return { action: 'snooze', why, incidentId, seconds, until: toIso(untilMs), budget, clusterIds }
    }
    case 'note':
      return { action: 'note', why, incidentId: action.incidentId, content: action.content }
    case 'issue': {
      const { repository, clusterId, title, labels, body, number, url } = action
      return { action: 'issue', why, repository, clusterId, title, labels, body, number, url }
    }
    case 'slack':
      return { action: 'slack', why, text: action.text }
    default: {
      const never: never = action
      throw new Error(`unknown action ${String(never)}`)
    }
  }
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

import { mergeUpdate } from './cases/merge-update.ts'
import { classify } from './classifiers/classify.ts'
import type { JudgingPolicy } from './classifiers/facts.ts'
import { TerminalError } from './errors.ts'
import { lookUpIssues } from './evidence/issue-lookup.ts'
import { AlertmanagerWebhook } from './handlers/alertmanager/schema.ts'
import { toIntake } from './handlers/alertmanager/to-group-update.ts'
import { type CaseView, toCaseView } from './handlers/api/case-view.ts'
import { judge } from './judge.ts'
import type { GroupUpdate } from './model/alert.ts'
import type { Case } from './model/case.ts'
import { alertsInText } from './model/pagerduty-text.ts'
import { planCase } from './plan/plan-case.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { lookUp, situate } from './situate.ts'
import { supplement } from './supplement.ts'

/** What an explanation needs of the service: the ways to evidence, none to an effect. */
export type ExplainDeps = Pick<
  ReconcileDeps,
  | 'store'
  | 'policy'
  | 'publicUrl'
  | 'pagerduty'
  | 'gathering'
  | 'findings'
  | 'modeSwitch'
  | 'ownUser'
  | 'now'
  | 'notChecked'
  | 'storms'
  | 'github'
>

/**
 * The decision about an Alertmanager webhook body, or about a PagerDuty incident's text: every configured source is asked
 * once, nothing is waited for and nothing is written.
 * @throws TerminalError with code `rejected` when the input holds no firing alert that can be read.
 */
export async function explain(input: string, deps: ExplainDeps): Promise<CaseView> {
  const nowMs = deps.now()
  const subject = mergeUpdate(null, parseInput(input, deps), { receivedAtMs: nowMs, mergeWindowMs: 0 })
  if (!subject) throw new TerminalError('rejected', 'no alert of the input is firing: there is nothing to decide')
  const unhurried = { ...deps, gathering: { ...deps.gathering, catchUpUntilMs: 0 } }
  const { subject: withVerdicts, evidenceAtMs } = await judge(subject, unhurried, (facts) => ({
    ...facts,
    waitUntilMs: 0,
  }))
  // A name of its own: what a running case of the same group did is not this explanation's.
  const judged: Case = { ...withVerdicts, id: 'explain', dedupKey: subject.groupKey === '' ? '' : subject.dedupKey }
  const lookup =
    subject.groupKey === ''
      ? { incident: null, why: 'the text does not tell the group key', isStillLooking: false }
      : await lookUp(judged, deps)
  const issues = await lookUpIssues(judged, deps, false)
  const situated = await situate({ subject: judged, evidenceAtMs, issues }, { ...lookup, isStillLooking: false }, deps)
  const { situation, decision } = await supplement(situated.situation, planCase(situated.situation), {
    ...deps,
    decide: planCase,
  })
  return toCaseView({ ...situation.subject, plan: decision.plan, state: decision.state, snooze: decision.snooze }, deps)
}

function parseInput(input: string, { policy, now }: ExplainDeps): GroupUpdate {
  const json = parseJson(input)
  if (json !== undefined) {
    const body = AlertmanagerWebhook.safeParse(json)
    if (!body.success) throw new TerminalError('rejected', 'the JSON is not an Alertmanager webhook of version 4')
    const { update } = toIntake(body.data, policy.alertnames)
    if (!update) throw new TerminalError('rejected', `no alert of the input is named ${policy.alertnames.join(' or ')}`)
    return update
  }
  const alerts = alertsInText(input, now()).filter((alert) => policy.alertnames.includes(alert.labels.alertname ?? ''))
  if (alerts.length === 0)
    throw new TerminalError(
      'rejected',
      `the text holds no alert named ${policy.alertnames.join(' or ')}: give a webhook body, or the incident's text with its "Labels:" list`,
    )
  return { groupKey: '', receiver: '', groupLabels: {}, commonLabels: {}, externalUrl: '', truncatedAlerts: 0, alerts }
}

function parseJson(input: string): unknown {
  if (!input.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(input)
  } catch {
    throw new TerminalError('rejected', 'the input looks like JSON and is none')
  }
}

/** A case's stored judgements, each judged again from what it was judged on. */
export interface Replay {
  caseId: string
  alerts: { fingerprint: string; stored: string | null; replayed: string | null; isSame: boolean }[]
  isSame: boolean
}

/** Judges a case's alerts again from their stored facts. The same facts and policy give the same verdicts. */
export function replay(subject: Case, policy: JudgingPolicy): Replay {
  const alerts = subject.alerts.map((alert) => {
    const stored = alert.judgement
    const replayed = alert.facts ? classify(alert.facts, policy) : null
    const isSame = JSON.stringify(stored) === JSON.stringify(replayed)
    return {
      fingerprint: alert.fingerprint,
      stored: stored?.verdict.reason ?? null,
      replayed: replayed?.verdict.reason ?? null,
      isSame,
    }
  })
  return { caseId: subject.id, alerts, isSame: alerts.every(({ isSame }) => isSame) }
}

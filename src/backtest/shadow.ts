import { CHAIN } from '../classifiers/chain.ts'
import { classify } from '../classifiers/classify.ts'
import type { JudgingPolicy } from '../classifiers/facts.ts'
import { type Case, firingAlerts, newestIncident } from '../model/case.ts'
import type { AlertFacts } from '../model/facts.ts'
import type { Decision } from './compare.ts'

/** A decision that shadow mode took, and the incident that it was about. */
export interface ShadowDecision {
  incidentId: string
  decision: Decision
}

/** A verdict that a person called wrong: what was given, what is right, and what the present policy gives on the same facts. */
export interface ScoredExample {
  caseId: string
  given: string
  right: string
  now: string | null
  /** The present policy would still snooze what a person says needs one. */
  isStillHarmful: boolean
}

/** What shadow mode decided in a case, or null where it decided nothing, or acted for real. */
export function shadowDecision(subject: Case): ShadowDecision | null {
  const incident = newestIncident(subject)
  const would = subject.receipts.filter(({ result }) => result === 'would')
  const [first] = would
  if (!incident || !first || subject.receipts.some(isDone)) return null
  const verdict = rulingVerdict(subject)
  const reason = verdict?.reason ?? 'cluster-unidentified'
  const snooze = would.find(({ action }) => action === 'snooze')
  if (!snooze) {
    const why = subject.plan?.headline ?? `judged ${reason}`
    return { incidentId: incident.id, decision: { kind: 'page', reason, why, atMs: Date.parse(first.at) } }
  }
  const atMs = Date.parse(snooze.at)
  const standing = subject.snooze?.incidentId === incident.id ? subject.snooze : null
  const seconds = standing?.seconds ?? (verdict && verdict.remedy.kind !== 'human' ? verdict.remedy.seconds : null)
  if (seconds === null)
    return { incidentId: incident.id, decision: { kind: 'undecidable', why: 'its case no longer tells how long' } }
  return { incidentId: incident.id, decision: { kind: 'snooze', reason, atMs, untilMs: atMs + seconds * 1_000 } }
}

function isDone({ action, result }: Case['receipts'][number]): boolean {
  return (action === 'snooze' || action === 'acknowledge') && (result === 'created' || result === 'updated')
}

/** The verdict of the alert that rules the case: one for a person before any other. */
function rulingVerdict(subject: Case) {
  const alerts = firingAlerts(subject).length > 0 ? firingAlerts(subject) : subject.alerts
  const verdicts = alerts.flatMap(({ judgement }) => (judgement ? [judgement.verdict] : []))
  return verdicts.find(({ remedy }) => remedy.kind === 'human') ?? verdicts[0] ?? null
}

/** A labelled example as the store keeps it, as far as it is scored. */
export interface Example {
  caseId: string
  right: string
  alerts: readonly { given: string | null; facts?: unknown }[]
}

/** Reasons whose row of the table asks for a snooze. */
const QUIETING: ReadonlySet<string> = new Set(CHAIN.filter(({ quiets }) => quiets).map(({ reason }) => reason))

/** Each example beside what the present policy says on the same facts. */
export function scoreExamples(examples: readonly Example[], policy: JudgingPolicy): ScoredExample[] {
  return examples.map(({ caseId, right, alerts }) => {
    const [alert] = alerts
    const now = alert ? judgedNow(alert.facts, policy) : null
    const isStillHarmful = now !== null && QUIETING.has(now) && !QUIETING.has(right)
    return { caseId, right, given: alert?.given ?? 'nothing', now, isStillHarmful }
  })
}

/** Facts come from our own store; those of another version may lack what is asked of them now. */
function judgedNow(facts: unknown, policy: JudgingPolicy): string | null {
  if (typeof facts !== 'object' || facts === null) return null
  try {
    return classify(facts as AlertFacts, policy).verdict.reason
  } catch {
    return null
  }
}

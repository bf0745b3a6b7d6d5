import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import type { Incident } from '../model/incident.ts'
import type { Rail, Refusal, SnoozePermit } from '../model/plan.ts'
import type { SnoozeBudget } from '../model/verdict.ts'
import { budgetObjection, type Usage } from './budget.ts'
import type { Storm } from './storm.ts'

/** Evidence older than this at a write is gathered again, in ms. Source: PRODUCT.md section 4, Rails. */
export const STALE_AFTER_MS = 120_000

/** Everything that a rail may ask about a wished snooze. */
export interface SnoozeRequest {
  nowMs: number
  seconds: number
  budget: SnoozeBudget
  firing: readonly CaseAlert[]
  truncatedAlerts: number
  /** The open incident of the case, just read; null while none is known. */
  incident: Incident | null
  /** Why no incident is known, a sentence. */
  lookupWhy: string
  /** When the oldest evidence of the verdicts was observed. */
  evidenceAtMs: number
  usage: Usage
  storm: Storm | null
  /** The operator who asks by hand: rails of policy stand back, and what they themselves did is no objection. */
  byHand: string | null
  /** Further names of that operator. */
  byHandNames?: readonly string[]
  mode: 'shadow' | 'approve' | 'live'
  paused: boolean
  policy: Policy
}

type AlertRequest = Pick<SnoozeRequest, 'firing' | 'truncatedAlerts'>
type RailCheck<R> = { rail: Rail; objection: (request: R) => string | null }

/** Rails about the alerts alone: they also end a snooze that already stands. */
const ALERT_RAILS: readonly RailCheck<AlertRequest>[] = [
  {
    rail: 'customer-impacting',
    objection: ({ firing }) => {
      const alert = firing.find(({ labels }) => labels.tip_customer_impacting !== 'false')
      return alert
        ? `tip_customer_impacting is "${alert.labels.tip_customer_impacting ?? '(missing)'}", only "false" may be quieted`
        : null
    },
  },
  {
    rail: 'severity',
    objection: ({ firing }) => {
      const alert = firing.find(({ labels }) => labels.severity !== 'warning')
      return alert ? `severity is "${alert.labels.severity ?? '(missing)'}", only "warning" may be quieted` : null
    },
  },
  {
    rail: 'truncated-group',
    objection: ({ truncatedAlerts }) =>
      truncatedAlerts > 0
        ? `Alertmanager left ${truncatedAlerts} alerts out of its message: nobody knows what they are`
        : null,
  },
]

const INCIDENT_RAILS: readonly RailCheck<SnoozeRequest>[] = [
  { rail: 'incident-not-found', objection: ({ incident, lookupWhy }) => (incident ? null : lookupWhy) },
  {
    rail: 'incident-resolved',
    objection: ({ incident }) => (incident?.status === 'resolved' ? 'the incident is resolved in PagerDuty' : null),
  },
  {
    rail: 'severity',
    objection: ({ incident }) => {
      const priority = incident?.priority ?? null
      return priority !== null && /^P[12]\b/i.test(priority) ? `the incident has priority ${priority}` : null
    },
  },
  {
    rail: 'human-engaged',
    objection: ({ incident, byHand, byHandNames = [] }) => {
      if (!incident) return null
      if (incident.humanActs === null) return 'what people did to the incident could not be read'
      const own = byHand === null ? [] : [byHand, ...byHandNames].map((name) => name.toLowerCase())
      const last = incident.humanActs.findLast(({ who }) => !own.includes(who.toLowerCase()))
      return last ? `${last.who} acted on the incident (${last.what}, ${new Date(last.atMs).toISOString()})` : null
    },
  },
  { rail: 'shared-incident', objection: ({ incident }) => incident?.sharedWhy ?? null },
  {
    rail: 'incident-weakly-matched',
    objection: ({ incident }) =>
      incident?.isWeaklyMatched ? 'the incident was found by its text, not by the key of this group' : null,
  },
]

const EVIDENCE_RAILS: readonly RailCheck<SnoozeRequest>[] = [
  {
    rail: 'stale-evidence',
    objection: ({ firing }) =>
      firing.length === 0 ? 'no alert of the case is firing: there is nothing to judge' : null,
  },
  {
    rail: 'stale-evidence',
    objection: ({ nowMs, evidenceAtMs }) =>
      nowMs - evidenceAtMs > STALE_AFTER_MS ? 'the evidence is older than 2 min and has to be gathered again' : null,
  },
]

const POLICY_RAILS: readonly RailCheck<SnoozeRequest>[] = [
  {
    rail: 'storm',
    objection: ({ storm }) =>
      storm
        ? `${storm.clusters} clusters began to fail since ${new Date(storm.sinceMs).toISOString()}: many at once is an incident, not noise`
        : null,
  },
  { rail: 'snooze-budget', objection: (request) => budgetObjection(request.usage, request, request) },
  {
    rail: 'flapping',
    objection: ({ usage, policy }) => {
      const { count } = policy.budgets.cases
      const cluster = usage.clusters.find(({ cases }) => cases > count)
      return cluster
        ? `cluster ${cluster.clusterId} opened ${cluster.cases} cases, more than ${count}: it keeps coming back`
        : null
    },
  },
]

const MODE_RAILS: readonly RailCheck<SnoozeRequest>[] = [
  { rail: 'shadow', objection: ({ mode }) => (mode === 'shadow' ? 'shadow mode decides and writes nothing' : null) },
  {
    rail: 'awaiting-approval',
    objection: ({ mode, byHand }) => (mode === 'approve' && byHand === null ? 'nobody has approved this plan' : null),
  },
  { rail: 'paused', objection: ({ paused }) => (paused ? 'the responder is paused' : null) },
]

/** A permit, or what stands against it. `isModeOnly`: nothing but shadow, approval or pause does. */
export type Authorization =
  | { permit: SnoozePermit; refusals: [] }
  | { permit: null; refusals: Refusal[]; isModeOnly: boolean }

/**
 * The only maker of a snooze permit: it asks every rail, and every refusal is kept. Source: PRODUCT.md section 4, Rails.
 */
export function authorizeSnooze(request: SnoozeRequest): Authorization {
  const substantial = [
    ...refusalsOf(ALERT_RAILS, request),
    ...refusalsOf([...INCIDENT_RAILS, ...EVIDENCE_RAILS, ...(request.byHand === null ? POLICY_RAILS : [])], request),
  ]
  const byMode = refusalsOf(MODE_RAILS, request)
  if (substantial.length === 0 && byMode.length === 0) return { permit: {} as SnoozePermit, refusals: [] }
  return { permit: null, refusals: [...substantial, ...byMode], isModeOnly: substantial.length === 0 }
}

/** The rails that a standing snooze breaks by what its alerts have become: reason to wake it. */
export function alertObjections(request: AlertRequest): Refusal[] {
  return refusalsOf(ALERT_RAILS, request)
}

/** Rails that keep an issue from being opened. */
const ISSUE_RAILS: readonly Rail[] = [
  'incident-not-found',
  'incident-resolved',
  'shared-incident',
  'incident-weakly-matched',
  'stale-evidence',
  'storm',
]

/** What stands against opening an issue, and what the mode alone does. Source: PRODUCT.md section 4, Rails. */
export function issueRefusals(request: Omit<SnoozeRequest, 'seconds' | 'budget' | 'truncatedAlerts' | 'byHand'>) {
  const whole: SnoozeRequest = {
    ...request,
    seconds: 0,
    budget: 'orphanSnoozes',
    truncatedAlerts: 0,
    byHand: null,
  }
  const rails = [...INCIDENT_RAILS, ...EVIDENCE_RAILS, ...POLICY_RAILS].filter(({ rail }) => ISSUE_RAILS.includes(rail))
  const forIssue = (refusals: Refusal[]) => refusals.map((refusal) => ({ ...refusal, action: 'issue' as const }))
  return { substantial: forIssue(refusalsOf(rails, whole)), byMode: forIssue(refusalsOf(MODE_RAILS, whole)) }
}

function refusalsOf<R>(rails: readonly RailCheck<R>[], request: R): Refusal[] {
  return rails.flatMap(({ rail, objection }) => {
    const why = objection(request)
    return why === null ? [] : [{ action: 'snooze' as const, rail, why }]
  })
}

import { judge } from './judge.ts'
import type { Case, CaseAlert } from './model/case.ts'
import { HEARTBEAT_CRN } from './model/heartbeat-update.ts'
import { planCase } from './plan/plan-case.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { situate } from './situate.ts'

/** Why the steps do not count as proven: the one that does not, and what it said. */
export interface Doubt {
  step: 'evidence' | 'plan' | 'failed'
  why: string
}

/**
 * Takes a synthetic case through gather, classify and plan, in shadow. Nothing of it is stored, nobody is called, no storm
 * counts it. Proven means the verdict that complete evidence gives to a cluster that nobody ever spoke of; then it returns null.
 */
export async function lookSynthetically(subject: Case, deps: ReconcileDeps): Promise<Doubt | null> {
  const apart = toApart(deps)
  const judged = await judge({ ...subject, alerts: subject.alerts.map((alert) => overdue(alert, deps)) }, apart)
  const unexpected = judged.subject.alerts.find((alert) => !isExpected(alert, deps))
  if (unexpected) return { step: 'evidence', why: unexpected.judgement?.verdict.message ?? 'no judgement' }
  const { situation } = await situate(
    judged,
    { incident: null, why: 'a synthetic case has no incident', isStillLooking: false },
    apart,
  )
  const { plan, state } = planCase(situation)
  const isQuiet = plan.actions.some(({ action }) => action === 'snooze' || action === 'acknowledge')
  return state === 'handed-over' && !isQuiet ? null : { step: 'plan', why: plan.headline }
}

/** So old that every wait is over, and of a cluster that does not exist. */
function overdue(alert: CaseAlert, { policy, now }: ReconcileDeps): CaseAlert {
  const { waitForErrorText, evidenceRetry } = policy.windows
  const startsAtMs = now() - Math.max(waitForErrorText, evidenceRetry) - 1_000
  return {
    ...alert,
    labels: { ...alert.labels, CRN: HEARTBEAT_CRN, severity: 'warning', tip_customer_impacting: 'false' },
    startsAtMs,
    firstReceivedAtMs: startsAtMs,
    lastReceivedAtMs: startsAtMs,
  }
}

function isExpected({ judgement }: CaseAlert, { gathering }: ReconcileDeps): boolean {
  if (judgement?.kind !== 'verdict') return false
  // Without Slack nothing is ever absent: then the evidence that there is says so, and the pipeline is as it was set up.
  return judgement.verdict.reason === (gathering.slack ? 'no-error-text' : 'evidence-unavailable')
}

function toApart(deps: ReconcileDeps): ReconcileDeps {
  const { findings: _, completeGroup: __, heldPages: ___, ...kept } = deps
  return {
    ...kept,
    pagerduty: null,
    github: null,
    storms: { read: () => deps.storms.read() },
    modeSwitch: {
      read: async () => ({ ...(await deps.modeSwitch.read()), mode: 'shadow' }),
      write: () => Promise.reject(new TypeError('a synthetic case sets no mode')),
    },
  }
}

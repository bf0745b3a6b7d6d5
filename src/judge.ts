import { classify } from './classifiers/classify.ts'
import { gatherFacts, observedAtMs } from './evidence/gather.ts'
import type { Case } from './model/case.ts'
import type { AlertFacts } from './model/facts.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import { NO_TRACING } from './telemetry/tracing.ts'

type JudgeDeps = Pick<ReconcileDeps, 'gathering' | 'modeSwitch' | 'policy' | 'now' | 'tracing'>

/**
 * The case with a judgement of each firing alert, on evidence gathered now. `withFacts` may change what is judged on: an
 * explanation waits for nothing.
 */
export async function judge(
  subject: Case,
  deps: JudgeDeps,
  withFacts: (facts: AlertFacts) => AlertFacts = (facts) => facts,
): Promise<{ subject: Case; evidenceAtMs: number }> {
  const { tracing = NO_TRACING } = deps
  const nowMs = deps.now()
  const { mode } = await deps.modeSwitch.read()
  const context = {
    nowMs,
    authorRule: mode === 'shadow' ? ('any-bot-when-empty' as const) : ('none-when-empty' as const),
  }
  let evidenceAtMs = nowMs
  const alerts = await Promise.all(
    subject.alerts.map(async (alert) => {
      if (alert.status !== 'firing') return alert
      const facts = withFacts(await gatherFacts(subject, alert, { deps: deps.gathering, context }))
      evidenceAtMs = Math.min(evidenceAtMs, observedAtMs(facts))
      const judgement = tracing.within('classify', {}, () => {
        const judged = classify(facts, deps.policy)
        const { classification, reason } = judged.verdict
        tracing.tell({ 'verdict.classification': classification, 'verdict.reason': reason })
        return judged
      })
      return { ...alert, judgement, facts }
    }),
  )
  return { subject: { ...subject, alerts }, evidenceAtMs }
}

import { type CaseAlert, firingAlerts } from '../model/case.ts'
import type { SnoozeBudget } from '../model/verdict.ts'
import type { Situation } from './situation.ts'

/** What the alerts of a case ask for together. */
export type Joined =
  | { kind: 'waiting'; untilMs: number }
  | { kind: 'human'; because: CaseAlert[] }
  | { kind: 'snooze'; seconds: number; budget: SnoozeBudget }

/** What a case comes to: its own alerts, and for a snooze those of the other open cases of its clusters too. */
export function joinCase({ subject, kin, nowMs }: Pick<Situation, 'subject' | 'kin' | 'nowMs'>): Joined {
  const own = firingAlerts(subject)
  const joined = joinJudgements(own, nowMs)
  return joined.kind === 'snooze' && kin.length > 0 ? joinJudgements([...own, ...kin], nowMs) : joined
}

/**
 * The join of a case's firing alerts: one that needs a person forbids the snooze of all, and the shortest snooze rules.
 * An alert without a judgement counts as waiting. Source: PRODUCT.md section 4, Case join.
 */
export function joinJudgements(firing: readonly CaseAlert[], nowMs: number): Joined {
  const forHumans = firing.filter(
    ({ judgement }) => judgement?.kind === 'verdict' && judgement.verdict.remedy.kind === 'human',
  )
  if (forHumans.length > 0) return { kind: 'human', because: forHumans }
  const waits = firing.flatMap(({ judgement }) => {
    if (judgement === null) return [nowMs]
    return judgement.kind === 'waiting' ? [judgement.untilMs] : []
  })
  if (waits.length > 0) return { kind: 'waiting', untilMs: Math.max(...waits) }
  const snoozes = firing.flatMap(({ judgement }) => {
    const remedy = judgement?.verdict.remedy
    return remedy && remedy.kind !== 'human' ? [remedy] : []
  })
  const [first, ...others] = snoozes
  if (!first) return { kind: 'human', because: [] }
  const shortest = others.reduce((least, remedy) => (remedy.seconds < least.seconds ? remedy : least), first)
  return { kind: 'snooze', seconds: shortest.seconds, budget: shortest.budget }
}

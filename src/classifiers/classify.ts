import type { Judgement, RuledOut, Verdict } from '../model/verdict.ts'
import { CHAIN } from './chain.ts'
import { citedEvidence } from './cited-evidence.ts'
import { type AlertFacts, type ErrorText, errorTextsOf, type JudgingPolicy } from './facts.ts'

/**
 * The judgement of one alert: the table is run once for each error text of the window (once without, where there is
 * none) and the strictest result rules. Pure and total. Source: PRODUCT.md section 4.
 */
export function classify(facts: AlertFacts, policy: JudgingPolicy): Judgement {
  const texts: (ErrorText | null)[] = errorTextsOf(facts)
  const judgements = (texts.length > 0 ? texts : [null]).map((text) => judgeText(facts, text, policy))
  return judgements.reduce((strictest, judgement) =>
    strictness(judgement) > strictness(strictest) ? judgement : strictest,
  )
}

function judgeText(facts: AlertFacts, text: ErrorText | null, policy: JudgingPolicy): Judgement {
  const excluded: RuledOut[] = []
  for (const rule of CHAIN) {
    const finding = rule.judge(facts, text, policy)
    if (finding.kind === 'ruled-out') {
      excluded.push({ reason: rule.reason, why: finding.why })
      continue
    }
    const verdict: Verdict = {
      classification: rule.classification,
      reason: finding.reason,
      message: finding.message,
      remedy: finding.kind === 'verdict' ? finding.remedy : { kind: 'human' },
      evidence: citedEvidence(facts),
      ruledOut: excluded,
    }
    return finding.kind === 'verdict'
      ? { kind: 'verdict', verdict }
      : { kind: 'waiting', awaited: finding.awaited, untilMs: finding.untilMs, verdict }
  }
  // The last two rows hold for every text and for none; a table that lacks them is a defect of the program.
  throw new TypeError('the decision table has no row for these facts')
}

/** A verdict for a person before a wait, a wait before a snooze, a shorter snooze before a longer one. */
export function strictness(judgement: Judgement): number {
  if (judgement.kind === 'waiting') return 2
  const { remedy } = judgement.verdict
  return remedy.kind === 'human' ? 3 : 1 / (1 + remedy.seconds)
}

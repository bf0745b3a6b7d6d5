import type { PagerdutyClient } from '../clients/pagerduty.ts'
import type { AcknowledgeAction } from '../model/plan.ts'
import { type EffectOutcome, type Journal, sendOnce } from './effect.ts'
import type { PagerdutyAccess } from './pagerduty-access.ts'

export interface PagerdutyActing extends Journal {
  pagerduty: PagerdutyClient
  caseId: string
  /** E-mail address of our own user. */
  ownEmail: string
  /** Called with our own user's id when an answer tells it. */
  learnOwnId: (id: string) => Promise<void>
}

/**
 * Ensures that we have acknowledged a triggered incident. Acknowledging is a state: repeating it changes nothing. Where
 * somebody else has it by now the plan no longer holds, and the case is looked at again.
 */
export async function ensureAcknowledged(
  acting: PagerdutyActing & Pick<PagerdutyAccess, 'acknowledge'>,
  action: AcknowledgeAction,
): Promise<EffectOutcome> {
  let isOthers = false
  const outcome = await sendOnce(
    acting,
    { key: action.key, caseId: acting.caseId, action: 'acknowledge', target: action.incidentId, parameters: {} },
    async () => {
      const raw = await acting.acknowledge(action.incidentId)
      const [only, ...others] = raw.acknowledgements?.map(({ acknowledger }) => acknowledger) ?? []
      if (only && others.length === 0) await acting.learnOwnId(only.id)
      isOthers = others.length > 0
      return { result: 'updated', link: raw.html_url ?? null }
    },
  )
  // 1001 resolved, 1002 acknowledged already: somebody was quicker.
  if (outcome.kind === 'refused' || (outcome.kind === 'done' && isOthers))
    return { kind: 'changed', receipt: outcome.receipt }
  return outcome
}

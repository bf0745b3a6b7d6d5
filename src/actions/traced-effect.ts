import type { ActionKind } from '../model/plan.ts'
import { NO_TRACING, type Tracing } from '../telemetry/tracing.ts'
import type { EffectOutcome } from './effect.ts'

/** Ensures an effect within a span that tells what it did. */
export function tracedEffect(
  action: ActionKind,
  tracing: Tracing = NO_TRACING,
  ensure: () => Promise<EffectOutcome>,
): Promise<EffectOutcome> {
  return tracing.span('effect', { 'effect.action': action }, async () => {
    const outcome = await ensure()
    tracing.tell({ 'effect.result': outcome.receipt?.result ?? outcome.kind })
    return outcome
  })
}

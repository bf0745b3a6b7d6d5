import type { Case } from '../model/case.ts'
import type { EffectRecord, StoreHistory } from '../store/store.ts'

/** What has to come before an effect is sent. Times in ms since the epoch. */
export type LookFirst =
  /** It was certainly never sent. */
  | { kind: 'nothing' }
  /** It may have been sent so shortly ago that it does not show yet. */
  | { kind: 'wait'; untilMs: number }
  /** A look upstream for its mark: it was not sent before this. */
  | { kind: 'look'; sinceMs: number }

/** Who asks: the time, and what may have been lost. */
export interface Looking {
  store: { history: Pick<StoreHistory, 'doubtBeforeMs'> }
  /** When what the effect is about began (ms): it can't have been sent before. */
  beganAtMs: number
  /** How long what was sent may take to show, in ms. */
  probeAfterMs: number
  now: () => number
}

/**
 * What has to come before an effect is sent: a look upstream, where it may have been sent without a receipt that is still
 * there. Either its intent stands alone, or there is no record and the store may have lost one. The look comes only once
 * what was sent must have shown up. Source: PRODUCT.md section 6, promise 2.
 */
export function lookFirst(record: EffectRecord | null, looking: Looking): LookFirst {
  const span = unknownSpan(record, looking)
  if (span === null) return { kind: 'nothing' }
  const untilMs = span.toMs + looking.probeAfterMs
  return looking.now() < untilMs ? { kind: 'wait', untilMs } : { kind: 'look', sinceMs: span.fromMs }
}

/** From when to when it may have been sent without our knowing (ms), or null. */
function unknownSpan(
  record: EffectRecord | null,
  { store, beganAtMs }: Looking,
): { fromMs: number; toMs: number } | null {
  if (record?.state === 'intent') return { fromMs: record.intendedAtMs, toMs: record.intendedAtMs }
  const doubtBeforeMs = store.history.doubtBeforeMs()
  // No record is no proof where one may have been lost.
  return record === null && beganAtMs < doubtBeforeMs ? { fromMs: beganAtMs, toMs: doubtBeforeMs } : null
}

/** When a case began (ms): its incident may be older than what the store remembers of it. */
export function beginOf({ openedAtMs, incidents }: Pick<Case, 'openedAtMs' | 'incidents'>): number {
  return Math.min(openedAtMs, ...incidents.map(({ createdAtMs }) => createdAtMs ?? openedAtMs))
}

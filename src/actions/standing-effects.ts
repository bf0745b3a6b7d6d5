import { type Case, type CaseSnooze, withReceipts } from '../model/case.ts'
import type { Incident } from '../model/incident.ts'
import type { EffectRecord, EffectStore } from '../store/store.ts'
import { receiptOf } from './effect.ts'
import { endsAt } from './snooze.ts'

/** What the journal says of one incident: numbers for the next effects, and what stands. */
export interface StandingEffects {
  acknowledgesDone: number
  snoozesDone: number
  wakesDone: number
  notesDone: number
  /** When we acknowledged it with neither snooze nor wake after that (ms), or null. */
  heldSinceMs: number | null
  /** We acknowledged it, its snooze never came to stand, and it was woken again: it is not acknowledged a second time. */
  isGivenBack: boolean
  /** The newest snooze, unless it was woken since. */
  snooze: CaseSnooze | null
}

/**
 * Ends intents whose effect the incident, as just read, shows to be there: they were committed and the answer was lost.
 * Acknowledge, snooze and wake are states, so no wait is needed. An intent that does not show is left to be sent again.
 */
export async function adoptStates(
  incident: Incident,
  effects: readonly EffectRecord[],
  {
    store,
    ownIds,
    now,
  }: { store: Pick<EffectStore, 'conclude'>; ownIds: { id: string | null; email: string }; now: () => number },
): Promise<void> {
  for (const effect of effects) {
    if (effect.state !== 'intent' || effect.target !== incident.id || !isShown(effect, incident, ownIds)) continue
    // How long we have held a page counts from when that was sent, not from when it was found out.
    const doneAtMs = effect.action === 'acknowledge' ? Math.min(effect.intendedAtMs, now()) : now()
    const receipt = receiptOf(effect.action, 'adopted', { nowMs: doneAtMs, link: incident.url })
    await store.conclude(effect.key, 'done', receipt, now())
  }
}

function isShown(effect: EffectRecord, incident: Incident, own: { id: string | null; email: string }): boolean {
  switch (effect.action) {
    case 'acknowledge':
      return (
        incident.status === 'acknowledged' &&
        incident.acknowledgers.some(
          ({ id, email }) => id === own.id || email?.toLowerCase() === own.email.toLowerCase(),
        )
      )
    case 'snooze':
      return typeof effect.parameters.untilMs === 'number' && endsAt(incident, effect.parameters.untilMs)
    case 'wake':
      return incident.status === 'triggered' || isHeldByOther(incident, own)
    case 'note':
    case 'issue':
    case 'slack':
      return false
  }
}

/** Somebody else has it, so nothing is left to ring. Whom we can't tell from ourselves does not count. */
function isHeldByOther({ acknowledgers }: Incident, own: { id: string | null; email: string }): boolean {
  if (own.id === null) return false
  return acknowledgers.some(({ id, email }) => id !== own.id && email?.toLowerCase() !== own.email.toLowerCase())
}

/** What stands on an incident by the journal. The case document may be older than the journal; the journal rules. */
export function standingEffects(incidentId: string, effects: readonly EffectRecord[]): StandingEffects {
  const done = effects.filter((effect) => effect.state === 'done' && effect.target === incidentId)
  const of = (action: EffectRecord['action']) => done.filter((effect) => effect.action === action)
  const endedAtMs = (effect: EffectRecord | undefined) => (effect?.receipt ? Date.parse(effect.receipt.at) : 0)
  const last = (action: EffectRecord['action']) =>
    of(action).reduce<EffectRecord | undefined>(
      (newest, effect) => (endedAtMs(effect) >= endedAtMs(newest) ? effect : newest),
      undefined,
    )
  const [acknowledged, snoozed, woken] = [last('acknowledge'), last('snooze'), last('wake')]
  const settledMs = Math.max(endedAtMs(snoozed), endedAtMs(woken))
  return {
    acknowledgesDone: of('acknowledge').length,
    snoozesDone: of('snooze').length,
    wakesDone: of('wake').length,
    notesDone: of('note').length,
    heldSinceMs: acknowledged && endedAtMs(acknowledged) > settledMs ? endedAtMs(acknowledged) : null,
    isGivenBack:
      woken !== undefined &&
      acknowledged !== undefined &&
      endedAtMs(acknowledged) > endedAtMs(snoozed) &&
      endedAtMs(woken) >= endedAtMs(acknowledged),
    snooze:
      snoozed && endedAtMs(snoozed) >= endedAtMs(woken) ? toSnooze(incidentId, snoozed, of('snooze').length) : null,
  }
}

function toSnooze(incidentId: string, { parameters }: EffectRecord, number: number): CaseSnooze | null {
  const { untilMs, fromMs, seconds, budget, headline, fingerprints } = parameters
  if (typeof untilMs !== 'number' || typeof fromMs !== 'number' || typeof seconds !== 'number') return null
  return {
    incidentId,
    number,
    fromMs,
    untilMs,
    seconds,
    budget: String(budget),
    isReal: true,
    fingerprints: Array.isArray(fingerprints) ? fingerprints.map(String) : [],
    headline: String(headline),
  }
}

/** The case with the snooze that the journal knows, where its document missed it. */
export function withStandingSnooze(subject: Case, standing: StandingEffects): Case {
  if (!standing.snooze || subject.snooze?.untilMs === standing.snooze.untilMs) return subject
  if (subject.snooze && subject.snooze.untilMs >= standing.snooze.untilMs) return subject
  return { ...subject, snooze: standing.snooze }
}

/** The case with the receipts that the journal has and its document missed: effects adopted, or made by a look that died. */
export function withJournalReceipts(subject: Case, effects: readonly EffectRecord[]): Case {
  const missing = effects.flatMap(({ state, receipt }) => {
    if (state !== 'done' || !receipt || receipt.result === 'would') return []
    return subject.receipts.some(({ action, at }) => action === receipt.action && at === receipt.at) ? [] : [receipt]
  })
  return withReceipts(subject, missing)
}

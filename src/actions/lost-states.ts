import { type Case, firingAlerts } from '../model/case.ts'
import { formatDuration } from '../model/duration.ts'
import { identifyCluster } from '../model/identity.ts'
import type { Incident } from '../model/incident.ts'
import { joinJudgements } from '../plan/join.ts'
import type { EffectIntent, EffectRecord, SnoozeEntry, Store } from '../store/store.ts'
import { receiptOf } from './effect.ts'
import { beginOf } from './look-first.ts'
import { endsAt } from './snooze.ts'
import { standingEffects } from './standing-effects.ts'

/** PagerDuty's clock and ours may differ by this much, in ms. */
const CLOCK_TOLERANCE_MS = 60_000

interface LostStatesDeps {
  store: Pick<Store, 'effectsOf' | 'intend' | 'conclude' | 'history'>
  ownIds: { id: string | null; email: string }
  now: () => number
}

/**
 * Writes down anew the acknowledgement and the snooze of ours that stand on the incident, as just read, where the store may
 * have lost their records: a snooze is not made twice, its time counts, and what we hold can be given back. To be asked
 * after `adoptStates`, which ends the intents that are still there.
 */
export async function adoptLostStates(incident: Incident, subject: Case, deps: LostStatesDeps): Promise<void> {
  const { store, ownIds } = deps
  const beganAtMs = beginOf({ ...subject, incidents: [...subject.incidents, incident] })
  if (beganAtMs >= store.history.doubtBeforeMs() || incident.status !== 'acknowledged') return
  const own = incident.acknowledgers.find(
    ({ id, email }) => id === ownIds.id || email?.toLowerCase() === ownIds.email.toLowerCase(),
  )
  if (!own) return
  const effects = (await store.effectsOf(subject.id)).filter(({ target }) => target === incident.id)
  const standing = standingEffects(incident.id, effects)
  if (!effects.some((effect) => isOf('acknowledge', effect) && endedAtMs(effect) >= own.atMs - CLOCK_TOLERANCE_MS)) {
    const key = `acknowledge/${incident.id}/${standing.acknowledgesDone + 1}`
    await adopt({ key, action: 'acknowledge', parameters: {} }, { incident, subject, atMs: own.atMs }, deps)
  }
  const { ownSnoozedAtMs: fromMs, unacknowledgeAtMs: untilMs } = incident
  if (fromMs == null || untilMs === null || untilMs <= deps.now()) return
  // The shortest snooze is how a page is woken.
  if (untilMs - fromMs <= CLOCK_TOLERANCE_MS) return
  if (effects.some((effect) => isOf('snooze', effect) && endsAt(incident, Number(effect.parameters.untilMs)))) return
  const intent = lostSnooze(subject, { incidentId: incident.id, number: standing.snoozesDone + 1, fromMs, untilMs })
  await adopt(intent, { incident, subject, atMs: fromMs }, deps)
}

type LostEffect = Pick<EffectIntent, 'key' | 'action' | 'parameters'> & { snoozes?: SnoozeEntry[] }

/** The snooze as the journal would know it; what it was made for is what the case comes to now. */
function lostSnooze(
  subject: Case,
  lost: { incidentId: string; number: number; fromMs: number; untilMs: number },
): LostEffect {
  const { fromMs, untilMs } = lost
  // Alerts that began later joined it: they are judged on their own.
  const covered = firingAlerts(subject).filter(({ startsAtMs }) => startsAtMs <= fromMs + CLOCK_TOLERANCE_MS)
  const joined = joinJudgements(covered, fromMs)
  const budget = joined.kind === 'snooze' ? joined.budget : 'busySnoozes'
  const clusterIds = new Set(
    covered.flatMap((alert) => {
      const identity = identifyCluster(alert)
      return identity.kind === 'identified' ? [identity.clusterId] : []
    }),
  )
  return {
    key: `snooze/${lost.incidentId}/${lost.number}`,
    action: 'snooze',
    parameters: {
      fromMs,
      untilMs,
      budget,
      seconds: Math.round((untilMs - fromMs) / 1_000),
      headline: `Snoozed ${formatDuration(untilMs - fromMs)}: found standing in PagerDuty`,
      fingerprints: covered.map(({ fingerprint }) => fingerprint),
    },
    snoozes: [...clusterIds].map((clusterId) => ({
      clusterId,
      caseId: subject.id,
      budget,
      isReal: true,
      fromMs,
      untilMs,
    })),
  }
}

async function adopt(
  { snoozes, ...effect }: LostEffect,
  { incident, subject, atMs }: { incident: Incident; subject: Case; atMs: number },
  { store, now }: LostStatesDeps,
): Promise<void> {
  await store.intend({ ...effect, caseId: subject.id, target: incident.id }, atMs, snoozes)
  // Dated as it was done: how long we have held the page counts from there.
  const receipt = receiptOf(effect.action, 'adopted', { nowMs: atMs, link: incident.url })
  await store.conclude(effect.key, 'done', receipt, now())
}

function isOf(action: EffectRecord['action'], effect: EffectRecord): boolean {
  return effect.action === action && effect.state === 'done'
}

function endedAtMs({ receipt }: EffectRecord): number {
  return receipt ? Date.parse(receipt.at) : 0
}

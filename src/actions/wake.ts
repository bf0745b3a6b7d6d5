import { setTimeout as sleep } from 'node:timers/promises'
import type { RawIncident } from '../clients/pagerduty-schema.ts'
import { isTransient, TerminalError } from '../errors.ts'
import type { WakeAction } from '../model/plan.ts'
import type { PagerdutyActing } from './acknowledge.ts'
import { type EffectOutcome, receiptOf } from './effect.ts'

/** The shortest snooze that PagerDuty takes: after it the incident triggers by itself. */
const SHORTEST_SNOOZE_SECONDS = 1
/** When the incident is read back after that, ms after the call. */
const READ_BACK_MS = [1_300, 1_500, 2_000]
/** A snooze with no more than this left is one of ours that an earlier life of the process began, or ends by itself anyway, in ms. */
const ABOUT_TO_RING_MS = 2_000
const RETRY_MS = 10_000
/** Climbs of the ladder between two cries in Slack: at once, then some five minutes apart. */
const SAY_EVERY = 20

/**
 * Ensures that an incident rings again: the safety line. Each rung of the ladder is read back before the next is tried:
 * snooze for 1 s, set triggered, assign to its own escalation policy. When all fail `sayInSlack` mentions everybody in
 * the channel, and the ladder is climbed again 10 s later. Source: PRODUCT.md section 4, Wake.
 */
export async function ensureAwake(
  acting: Ringing &
    Pick<PagerdutyActing, 'store' | 'caseId'> & {
      sayInSlack: (text: string) => Promise<void>
      countFailure: () => void
    },
  action: WakeAction,
): Promise<EffectOutcome> {
  const { store, now } = acting
  const record = await store.effect(action.key)
  if (record?.state === 'done') return { kind: 'done', receipt: receiptOf('wake', 'unchanged', { nowMs: now() }) }
  await store.intend(
    {
      key: action.key,
      caseId: acting.caseId,
      action: 'wake',
      target: action.incidentId,
      parameters: { why: action.why },
    },
    now(),
  )
  const { isAwake, wasAwake } = await ringAgain(acting, action.incidentId)
  if (isAwake) {
    const receipt = receiptOf('wake', wasAwake ? 'adopted' : 'updated', {
      nowMs: now(),
      why: action.why,
    })
    await store.conclude(action.key, 'done', receipt, now())
    return { kind: 'done', receipt }
  }
  acting.countFailure()
  if ((record?.attempts ?? 0) % SAY_EVERY === 0)
    await acting.sayInSlack(
      `An incident could not be woken and rings nobody: ${action.incidentId}. Somebody has to look at it now.`,
    )
  return {
    kind: 'later',
    atMs: now() + RETRY_MS,
    receipt: receiptOf('wake', 'refused', { nowMs: now(), why: 'PagerDuty did not ring it; trying again' }),
  }
}

/** With what an incident is made to ring. */
export type Ringing = Pick<PagerdutyActing, 'pagerduty' | 'ownEmail' | 'now'> & { ownId: string | null }

/** Climbs the ladder once, without the journal: ringing an incident that rings already changes nothing. Never rejects for a call that failed. */
export async function ringAgain(acting: Ringing, incidentId: string): Promise<{ isAwake: boolean; wasAwake: boolean }> {
  const pagerduty = acting.pagerduty.spending('wake')
  const rungs: (() => Promise<unknown>)[] = [
    async () => {
      await pagerduty.snooze(incidentId, SHORTEST_SNOOZE_SECONDS)
    },
    () => pagerduty.trigger(incidentId),
    async () => {
      const policyId = (await pagerduty.incident(incidentId)).escalation_policy?.id
      if (!policyId) throw new TerminalError('rejected', 'the incident has no escalation policy')
      await pagerduty.assignToOwnPolicy(incidentId, policyId)
      return 'rings-by-assignment'
    },
  ]
  const before = await readQuietly(acting, incidentId)
  const wasAwake =
    before !== null &&
    (!isHeldByUsAlone(before, acting) ||
      (isAboutToRing(before, acting) && (await isReadBackAwake(acting, incidentId, READ_BACK_MS))))
  let isAwake = wasAwake
  for (const [number, rung] of rungs.entries()) {
    if (isAwake) break
    const answer = await tryRung(rung)
    // Read back after a failed call too: its answer may be all that was lost.
    const delaysMs = number > 0 ? [0] : answer === 'failed' ? READ_BACK_MS.slice(0, 1) : READ_BACK_MS
    isAwake = answer === 'rings-by-assignment' || (await isReadBackAwake(acting, incidentId, delaysMs))
  }
  return { isAwake, wasAwake }
}

/** Acknowledged, and by nobody but us: it rings nobody. Triggered, resolved, or a person's: nothing to wake. */
function isHeldByUsAlone(incident: RawIncident, own: { ownId: string | null; ownEmail: string }): boolean {
  if (incident.status !== 'acknowledged') return false
  const others = incident.acknowledgements?.filter(
    ({ acknowledger }) =>
      acknowledger.id !== own.ownId && acknowledger.email?.toLowerCase() !== own.ownEmail.toLowerCase(),
  )
  // Somebody whom we can't tell from ourselves does not count as a person who has it.
  return own.ownId === null || (others?.length ?? 0) === 0
}

/** Its end is so near that another snooze could only put the ring off. */
function isAboutToRing({ pending_actions }: RawIncident, { now }: Pick<Ringing, 'now'>): boolean {
  const endsAtMs = pending_actions?.find(({ type }) => type === 'unacknowledge')?.at ?? null
  return endsAtMs !== null && endsAtMs - now() <= ABOUT_TO_RING_MS
}

async function isReadBackAwake(acting: Ringing, incidentId: string, delaysMs: readonly number[]): Promise<boolean> {
  for (const delayMs of delaysMs) {
    await sleep(delayMs)
    const incident = await readQuietly(acting, incidentId)
    if (incident && incident.status !== 'acknowledged') return true
  }
  return false
}

async function readQuietly(acting: Ringing, incidentId: string): Promise<RawIncident | null> {
  try {
    return await acting.pagerduty.spending('wake').incident(incidentId)
  } catch (error) {
    if (isTransient(error) || error instanceof TerminalError) return null
    throw error
  }
}

async function tryRung(rung: () => Promise<unknown>): Promise<unknown> {
  try {
    return await rung()
  } catch (error) {
    if (isTransient(error) || error instanceof TerminalError) return 'failed'
    throw error
  }
}

import { isTransient, TerminalError, TransientError } from '../errors.ts'
import type { ActionKind, Receipt, ReceiptResult } from '../model/plan.ts'
import type { EffectIntent, EffectRecord, SnoozeEntry, Store } from '../store/store.ts'

/** How an ensured effect ended. */
export type EffectOutcome =
  /** It stands: by this call, by an earlier one, or found upstream. */
  | { kind: 'done'; receipt: Receipt }
  /** Not yet: try again then. What was sent may still be committed, so a look comes first. */
  | { kind: 'later'; atMs: number; receipt: Receipt | null }
  /** The upstream's state is not what the plan rests on: look at the case again at once. */
  | { kind: 'changed'; receipt: Receipt | null }
  /** The upstream refuses for good. */
  | { kind: 'refused'; receipt: Receipt }

/** Wait before a failed call is made again, in ms. */
const RETRY_MS = 5_000
/** Wait where the upstream refuses us altogether (revoked token): a person has to mend it, in ms. */
const REFUSED_RETRY_MS = 60_000
/**
 * What was not sent so long after its intent was asked for is not sent any more, in ms. A process that stood still (stopped,
 * or its event loop blocked) may have lost its turn meanwhile, and another replica may have sent it. Well below a lease.
 */
const SEND_WITHIN_MS = 3_000

export interface Journal {
  store: Pick<Store, 'effect' | 'intend' | 'conclude' | 'withdraw'>
  now: () => number
  /** A clock in ms that is never set, for the time between an intent and its call. Default: `performance.now`. */
  elapsed?: () => number
}

export function receiptOf(
  action: ActionKind,
  result: ReceiptResult,
  at: { nowMs: number; why?: string | null; link?: string | null },
): Receipt {
  return { action, result, why: at.why ?? null, link: at.link ?? null, at: new Date(at.nowMs).toISOString() }
}

/**
 * Makes the intent durable, sends, and makes the receipt durable. A call that certainly was not committed takes its intent
 * back; one that may have been leaves it, to be probed before anything is sent again. Nothing is sent where the process stood
 * still between the two: that counts as not sent. A call that waits for an upstream's pace calls `renew` when its turn has
 * come: an intent from long ago is made anew, so that it says when it was sent, and that this replica still may send it.
 *
 * @throws LeaseLostError where another replica has taken the work over, StoppingError where the process stops.
 */
export async function sendOnce(
  journal: Journal,
  intent: EffectIntent,
  send: (renew: () => Promise<void>) => Promise<{
    result: ReceiptResult
    link: string | null
    found?: Record<string, unknown>
    /** What people should know of it, though it was done. */
    why?: string | null
  }>,
  snoozes: readonly SnoozeEntry[] = [],
): Promise<EffectOutcome> {
  const { store, now, elapsed = () => performance.now() } = journal
  const askedAtMs = elapsed()
  await store.intend(intent, now(), snoozes)
  try {
    if (elapsed() - askedAtMs > SEND_WITHIN_MS)
      throw new TransientError('not-sent', 'the process stood still between an intent and its call')
    const { result, link, found, why } = await send(async () => {
      if (elapsed() - askedAtMs > SEND_WITHIN_MS) await store.intend(intent, now(), snoozes)
    })
    const receipt = receiptOf(intent.action, result, { nowMs: now(), link, why: why ?? null })
    await store.conclude(intent.key, 'done', receipt, now(), found)
    return { kind: 'done', receipt }
  } catch (error) {
    return failed(journal, intent, error)
  }
}

/**
 * Makes durable that an effect stands which was found upstream. Its record is made anew where that was lost. `found` joins
 * its parameters.
 */
export async function adoptFound(
  { store, now }: Journal,
  intent: EffectIntent,
  seen: { record: EffectRecord | null; link?: string | null; found?: Record<string, unknown> },
): Promise<{ kind: 'done'; receipt: Receipt }> {
  if (seen.record === null) await store.intend(intent, now())
  const receipt = receiptOf(intent.action, 'adopted', { nowMs: now(), link: seen.link ?? null })
  await store.conclude(intent.key, 'done', receipt, now(), seen.found)
  return { kind: 'done', receipt }
}

async function failed({ store, now }: Journal, intent: EffectIntent, error: unknown): Promise<EffectOutcome> {
  if (isTransient(error)) {
    const isCertainlyNotDone = error.code === 'not-sent' || error.code === 'rate-limited'
    if (isCertainlyNotDone) await store.withdraw(intent.key)
    return { kind: 'later', atMs: now() + Math.max(RETRY_MS, error.retryAfterMs ?? 0), receipt: null }
  }
  if (!(error instanceof TerminalError)) throw error
  const receipt = receiptOf(intent.action, 'refused', { nowMs: now(), why: error.message })
  // A refusal leaves nothing behind upstream. 401 and 403 may be mended while we wait; the rest calls for another look.
  await store.conclude(intent.key, 'refused', receipt, now())
  if (error.code === 'unauthorized') return { kind: 'later', atMs: now() + REFUSED_RETRY_MS, receipt }
  return { kind: 'refused', receipt }
}

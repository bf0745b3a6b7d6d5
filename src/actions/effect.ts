import { isTransient, TerminalError } from '../errors.ts'
import type { ActionKind, Receipt, ReceiptResult } from '../model/plan.ts'
import type { EffectIntent, SnoozeEntry, Store } from '../store/store.ts'

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

export interface Journal {
  store: Pick<Store, 'effect' | 'intend' | 'conclude' | 'withdraw'>
  now: () => number
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
 * back; one that may have been leaves it, to be probed before anything is sent again.
 */
export async function sendOnce(
  journal: Journal,
  intent: EffectIntent,
  send: () => Promise<{
    result: ReceiptResult
    link: string | null
    found?: Record<string, unknown>
    /** What people should know of it, though it was done. */
    why?: string | null
  }>,
  snoozes: readonly SnoozeEntry[] = [],
): Promise<EffectOutcome> {
  const { store, now } = journal
  await store.intend(intent, now(), snoozes)
  try {
    const { result, link, found, why } = await send()
    const receipt = receiptOf(intent.action, result, { nowMs: now(), link, why: why ?? null })
    await store.conclude(intent.key, 'done', receipt, now(), found)
    return { kind: 'done', receipt }
  } catch (error) {
    return failed(journal, intent, error)
  }
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

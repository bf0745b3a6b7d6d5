import { setTimeout as delay } from 'node:timers/promises'
import PQueue from 'p-queue'
import { CONCURRENCY, type LookEngine, type LookEngineDeps } from './look-engine.ts'

const LONGEST_SLEEP_MS = 30_000
/** Looks under way at once while none takes long: what many ask of an upstream together goes out in few calls. */
const MANY = 150
/** Looks at pages that may have to ring under way at once, beside all others: they wait for none of them. */
const URGENT = 10
/** While looks make way for webhooks: what has begun ends, and nothing starves. */
const FEW = 5
/** Each of them keeps its place so long after its end, in ms: many have nothing to wait for and would follow at once. */
const BETWEEN_FEW_MS = 20
/** A look that took longer than this waited for calls or for a slow upstream, in ms: more looks would only wait too. */
const LONG_MS = 3_000
/** So long (ms) after the last such look there are no more than otherwise. */
const CALM_MS = 10_000

/** Looks within this process alone, for a store that one process owns. */
export function openProcessEngine({
  run,
  ended,
  isRush,
  elapsed = () => performance.now(),
  pause = () => delay(BETWEEN_FEW_MS),
}: LookEngineDeps & { elapsed?: () => number; pause?: () => Promise<void> }): LookEngine {
  const queue = new PQueue({ concurrency: MANY })
  const urgentQueue = new PQueue({ concurrency: URGENT })
  const taken = new Set<string>()
  let calmAtMs = Number.NEGATIVE_INFINITY

  async function lookAt(groupKey: string): Promise<void> {
    const beganMs = elapsed()
    try {
      await run(groupKey)
    } finally {
      taken.delete(groupKey)
      if (elapsed() - beganMs > LONG_MS) calmAtMs = elapsed() + CALM_MS
      makeRoom()
      ended()
    }
    if (isRush()) await pause()
  }

  function makeRoom(): void {
    const usual = elapsed() < calmAtMs ? CONCURRENCY : MANY
    const room = isRush() ? FEW : usual
    if (queue.concurrency !== room) queue.concurrency = room
  }
  return {
    longestSleepMs: LONGEST_SLEEP_MS,
    isFull: () => queue.size > 0,
    async offer(groupKeys, urgency) {
      makeRoom()
      for (const groupKey of groupKeys) {
        if (taken.has(groupKey)) continue
        taken.add(groupKey)
        void (urgency === 'urgent' ? urgentQueue : queue).add(() => lookAt(groupKey))
      }
    },
    async stop() {
      for (const each of [urgentQueue, queue]) each.clear()
      await Promise.all([urgentQueue.onIdle(), queue.onIdle()])
    },
  }
}

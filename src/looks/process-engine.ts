import PQueue from 'p-queue'
import { CONCURRENCY, FEW, type LookEngine, type LookEngineDeps } from './look-engine.ts'

const LONGEST_SLEEP_MS = 30_000

/** Looks within this process alone, for a store that one process owns. */
export function openProcessEngine({ run, ended, isRush }: LookEngineDeps): LookEngine {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const taken = new Set<string>()

  async function lookAt(groupKey: string): Promise<void> {
    try {
      await run(groupKey)
    } finally {
      taken.delete(groupKey)
      makeRoom()
      ended()
    }
  }

  function makeRoom(): void {
    const room = isRush() ? FEW : CONCURRENCY
    if (queue.concurrency !== room) queue.concurrency = room
  }
  return {
    longestSleepMs: LONGEST_SLEEP_MS,
    isFull: () => queue.size > 0,
    async offer(groupKeys) {
      makeRoom()
      for (const groupKey of groupKeys) {
        if (taken.has(groupKey)) continue
        taken.add(groupKey)
        void queue.add(() => lookAt(groupKey))
      }
    },
    async stop() {
      queue.clear()
      await queue.onIdle()
    },
  }
}

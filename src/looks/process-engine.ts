import PQueue from 'p-queue'
import { CONCURRENCY, type LookEngine, type LookEngineDeps } from './look-engine.ts'

const LONGEST_SLEEP_MS = 30_000

/** Looks within this process alone, for a store that one process owns. */
export function openProcessEngine({ run, ended }: LookEngineDeps): LookEngine {
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const taken = new Set<string>()

  async function lookAt(groupKey: string): Promise<void> {
    try {
      await run(groupKey)
    } finally {
      taken.delete(groupKey)
      ended()
    }
  }
  return {
    longestSleepMs: LONGEST_SLEEP_MS,
    async offer(groupKeys) {
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

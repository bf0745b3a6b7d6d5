import { StoppingError } from '../errors.ts'
import type { Store } from '../store/store.ts'

/**
 * The store, which takes no new intent once the process is stopping: whatever is under way ends before its next effect,
 * and a call that has left gets its receipt.
 */
export function stoppable(store: Store, isStopping: () => boolean): Store {
  return {
    ...store,
    async intend(intent, nowMs, snoozes) {
      if (isStopping()) throw new StoppingError()
      return store.intend(intent, nowMs, snoozes)
    },
  }
}

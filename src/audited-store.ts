import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** The store, which counts what could not be written into the audit chain; whoever wrote is told as before. */
export function audited(store: Store, metrics: Pick<Metrics, 'countAuditFailure'>): Store {
  async function counted(write: Promise<void>): Promise<void> {
    try {
      await write
    } catch (error) {
      metrics.countAuditFailure()
      throw error
    }
  }
  return {
    ...store,
    appendAudit: (entry) => counted(store.appendAudit(entry)),
    conclude: (key, state, receipt, nowMs, found) => counted(store.conclude(key, state, receipt, nowMs, found)),
    putMode: (mode, by, nowMs) => counted(store.putMode(mode, by, nowMs)),
  }
}

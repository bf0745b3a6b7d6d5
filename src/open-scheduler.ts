import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import type { Heartbeat } from './heartbeat.ts'
import { lookEngineOf } from './looks/look-engine-of.ts'
import { HEARTBEAT_GROUP_KEY } from './model/heartbeat-update.ts'
import { type ReconcileDeps, reconcile } from './reconcile.ts'
import { Scheduler } from './scheduler.ts'
import { setAside } from './set-aside.ts'
import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'

export interface OpenSchedulerDeps {
  store: Store
  /** What a look works with, at its beginning. */
  reconciling: () => ReconcileDeps
  heartbeat: Pick<Heartbeat, 'look' | 'giveUp'>
  tracing: Tracing
  metrics: Metrics
  now: () => number
  logger: Logger
}

/** What has each group looked at when it is due, each look a trace of its own. */
export async function openScheduler(
  config: Pick<Config, 'redisUrl'>,
  { store, reconciling, heartbeat, tracing, metrics, now, logger }: OpenSchedulerDeps,
): Promise<Scheduler> {
  const look = (groupKey: string) =>
    groupKey === HEARTBEAT_GROUP_KEY ? heartbeat.look() : reconcile(groupKey, reconciling())
  return new Scheduler({
    store,
    lock: store.exclusive,
    look: (groupKey) => tracing.span('look', {}, () => look(groupKey)),
    async giveUp(groupKey, error) {
      if (groupKey === HEARTBEAT_GROUP_KEY) return heartbeat.giveUp()
      logger.error({ groupKey, err: error }, 'case set aside')
      await setAside(groupKey, reconciling())
    },
    metrics,
    now,
    logger,
    openEngine: await lookEngineOf(config, logger),
  })
}

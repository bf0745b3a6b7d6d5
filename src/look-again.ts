import type { Logger } from 'pino'
import type { EtcdReader } from './evidence/etcd.ts'
import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import { OutageWatch } from './outage-watch.ts'
import type { Scheduler } from './scheduler.ts'
import type { Store } from './store/store.ts'

export interface LookAgainDeps {
  store: Store
  scheduler: Pick<Scheduler, 'wake'>
  slackEvidence: SlackEvidence | null
  etcdEvidence: EtcdReader | null
  /** The channel whose silence could hide a failed master operation. */
  failureChannel: string
  now: () => number
  logger: Logger
}

/**
 * Has cases looked at again when a source has news of their clusters. Returns the watch over a channel that can't be read,
 * which ends snoozes; null where Slack is not configured.
 */
export function lookAgainOnNews(deps: LookAgainDeps): OutageWatch | null {
  const { store, scheduler, slackEvidence, etcdEvidence, failureChannel, now, logger } = deps
  function lookAtClustersAgain(clusterIds: readonly string[]): void {
    for (const clusterId of clusterIds) void lookAtClusterAgain(clusterId)
  }
  async function lookAtClusterAgain(clusterId: string): Promise<void> {
    try {
      for (const { groupKey } of await store.openCasesOfCluster(clusterId)) await scheduler.wake(groupKey)
    } catch (error) {
      // The case's own timer looks again; losing the hint loses time, not the case.
      logger.warn({ err: error }, 'case could not be made due')
    }
  }
  slackEvidence?.onMessage(lookAtClustersAgain)
  etcdEvidence?.onRecovered(lookAtClustersAgain)
  if (!slackEvidence) return null
  return new OutageWatch({
    store,
    slackEvidence,
    channel: failureChannel,
    async wake(caseId, why) {
      const found = await store.caseById(caseId)
      if (!found) return
      await store.exclusive.run(found.groupKey, async () => {
        const subject = await store.caseById(caseId)
        if (subject) await store.saveCase({ ...subject, wakeWhy: why }, { mergedUpTo: null, isSettled: false })
      })
      await scheduler.wake(found.groupKey)
    },
    now,
    logger,
  })
}

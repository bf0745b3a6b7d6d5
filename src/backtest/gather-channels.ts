import type { SlackClient } from '../clients/slack.ts'
import type { Policy } from '../config/policy.ts'
import { firingAlerts } from '../model/case.ts'
import type { Replayed } from './backtest.ts'
import { clustersOf } from './case-then.ts'
import { type ChannelSpan, readChannel } from './read-slack.ts'
import type { ArchivedChannel } from './slack-archive.ts'

/** What the evidence channels say of the incidents' clusters, each read back to the start of the longest window asked. */
export async function gatherChannels(
  client: Pick<SlackClient, 'authTest' | 'info' | 'history' | 'replies'>,
  replayed: readonly Replayed[],
  { policy, onProgress }: { policy: Policy; onProgress: (channel: string, reachedMs: number) => void },
): Promise<ArchivedChannel[]> {
  const { channels, windows, patterns } = policy
  const clusterIds = new Set(replayed.flatMap(({ then }) => clustersOf(then.subject).map(({ clusterId }) => clusterId)))
  if (clusterIds.size === 0) return []
  const starts = replayed.flatMap(({ past, then }) => [
    past.createdAtMs,
    ...firingAlerts(then.subject).map(({ startsAtMs }) => startsAtMs),
  ])
  const firstMs = starts.reduce((least, ms) => Math.min(least, ms))
  const lastMs = starts.reduce((most, ms) => Math.max(most, ms))
  const toMs = lastMs + Math.max(windows.waitForErrorText, windows.evidenceRetry) + 1_000
  const read = (span: Omit<ChannelSpan, 'toMs'>) =>
    readChannel(client, { ...span, toMs }, { clusterIds, onProgress: (ms) => onProgress(span.name, ms) })

  const errorTexts = await read({
    name: '#armada-kp-events-alerts',
    channel: channels.kpEventsAlerts,
    fromMs: firstMs - windows.errorText,
    isWithThreads: false,
  })
  const failures = await read({
    name: '#armada-deploy-failure',
    channel: channels.deployFailure,
    fromMs: firstMs - windows.masterOperation,
    isWithThreads: true,
  })
  // The longest read by far, and of use only where an error text asks for it.
  const isDeletionAsked = errorTexts.messages.some(({ segments }) => patterns.etcdInfo.isIn(segments.join('\n')))
  if (!isDeletionAsked) return [errorTexts, failures]
  const deletions = await read({
    name: '#armada-deploy-alerts',
    channel: channels.deployAlerts,
    fromMs: firstMs - windows.deletion,
    isWithThreads: false,
  })
  return [errorTexts, failures, deletions]
}

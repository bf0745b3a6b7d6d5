import type { Logger } from 'pino'
import { toPagerdutyAccess } from './actions/pagerduty-access.ts'
import { type CallCounts, memoryCounts } from './clients/call-budget-counts.ts'
import { createEtcdClient } from './clients/etcd.ts'
import { createGithubClient } from './clients/github.ts'
import { PagerdutyClient } from './clients/pagerduty.ts'
import { PagerdutyGate } from './clients/pagerduty-gate.ts'
import { createSlackClient, type SlackClient } from './clients/slack.ts'
import { createSlackSearch } from './clients/slack-search.ts'
import type { Config } from './config/config.ts'
import type { EtcdAccess } from './config/etcd-access.ts'
import type { Policy } from './config/policy.ts'
import { furtherNotConfigured } from './connect-further.ts'
import { createEtcdEvidence, type EtcdReader } from './evidence/etcd.ts'
import type { GatherDeps } from './evidence/gather.ts'
import { createDeletionSearch, type DeletionSearch } from './evidence/slack/deletion-search.ts'
import { createSlackEvidence, type SlackEvidence } from './evidence/slack/slack-evidence.ts'
import { READING_PLANS, type WatchedChannel } from './evidence/slack/watched-channel.ts'
import { OWN_USER_SETTING } from './model/own-user.ts'
import type { OwnUserMemory } from './reconcile-deps.ts'
import type { Store } from './store/store.ts'
import type { Metrics, Upstream } from './telemetry/metrics.ts'

/** Sources that are not asked, as the service is configured; the note says so. */
export function notChecked(config: Pick<Config, 'etcd' | 'further' | 'ibmCloud' | 'kubernetes'>): string[] {
  const away = [...(config.etcd ? [] : ['etcd']), ...furtherNotConfigured(config)]
  return away.length === 0 ? [] : [`${away.join(', ')} (not configured)`]
}

interface UpstreamDeps {
  store: Store
  logger: Logger
  metrics: Metrics | null
  /** Where calls are counted. Default: in this process. */
  counts?: CallCounts
  now: () => number
}

/** The clients of what is configured, and the readers on them; null for each that is not. Nothing is called yet. */
export function connectUpstreams(
  config: Config,
  { store, logger, metrics, counts = memoryCounts(), now }: UpstreamDeps,
) {
  const { pagerduty, slack, github } = config
  const told = (upstream: Upstream) => (metrics ? { onCircuit: metrics.circuitObserver(upstream) } : {})
  const slackClient =
    slack &&
    createSlackClient({ apiUrl: slack.apiUrl, botToken: slack.botToken, counts, now, logger, ...told('slack') })
  return {
    pagerduty:
      pagerduty &&
      toPagerdutyAccess(
        new PagerdutyClient({
          apiUrl: pagerduty.apiUrl,
          token: () => pagerduty.token.read(),
          from: pagerduty.from,
          now,
          gate: new PagerdutyGate({ counts, now, ...told('pagerduty') }),
          ...(metrics ? { observe: metrics.callObserver('pagerduty') } : {}),
        }),
        pagerduty.from,
      ),
    github: github && {
      repository: github.repository,
      lock: store.exclusive,
      client: createGithubClient({
        ...github,
        counts,
        now,
        ...told('github'),
        ...(metrics ? { observe: metrics.callObserver('github') } : {}),
      }),
    },
    slackClient,
    slackEvidence:
      slackClient &&
      createSlackEvidence({
        client: slackClient,
        index: store.messages,
        leadership: store.leadership,
        history: store.history,
        channels: watchedChannels(config),
        deletionSearch: openDeletionSearch(config, { client: slackClient, counts, now, logger }),
        now,
        logger,
      }),
    etcdEvidence: openEtcdEvidence(config, { store, metrics, now }),
  }
}

function openDeletionSearch(
  { slack }: Pick<Config, 'slack'>,
  deps: { client: SlackClient; counts: CallCounts; now: () => number; logger: Logger },
): DeletionSearch | null {
  if (!slack?.userToken) return null
  const search = createSlackSearch({
    apiUrl: slack.apiUrl,
    userToken: slack.userToken,
    counts: deps.counts,
    now: deps.now,
  })
  return createDeletionSearch({ ...deps, search })
}

function openEtcdEvidence(
  { etcd, policy }: Config,
  { store, metrics, now }: Pick<UpstreamDeps, 'store' | 'metrics' | 'now'>,
): EtcdReader | null {
  if (!etcd) return null
  const observing = metrics ? { observe: metrics.callObserver('etcd') } : {}
  const connect = (access: EtcdAccess) => createEtcdClient(access, observing)
  return createEtcdEvidence({
    clients: {
      fallback: etcd.fallback && connect(etcd.fallback),
      regions: new Map([...etcd.regions].map(([region, access]) => [region, connect(access)])),
    },
    policy: () => policy.current().etcd,
    store,
    now,
  })
}

/** The memory of our own user, kept over restarts and shared by all replicas. */
export async function openOwnUser(store: Pick<Store, 'setting' | 'putSetting'>): Promise<OwnUserMemory> {
  let known = await store.setting(OWN_USER_SETTING)
  return {
    id: () => known,
    async recall() {
      known ??= await store.setting(OWN_USER_SETTING)
    },
    async learn(id) {
      if (id === known) return
      known = id
      await store.putSetting(OWN_USER_SETTING, id)
    },
  }
}

/** Where evidence is gathered from, of what is connected. */
export function toGathering(
  policy: Policy,
  from: {
    slackClient: SlackClient | null
    slackEvidence: SlackEvidence | null
    etcdEvidence: EtcdReader | null
    catchUpUntilMs: number
  },
): GatherDeps {
  return {
    slack: from.slackEvidence,
    etcd: from.etcdEvidence,
    permalink: (channel, ts, threadTs) => from.slackClient?.permalink(channel, ts, threadTs) ?? '',
    policy,
    catchUpUntilMs: from.catchUpUntilMs,
  }
}

function watchedChannels({ policy }: Config): WatchedChannel[] {
  const named = [
    { key: 'kpEventsAlerts', name: '#armada-kp-events-alerts' },
    { key: 'deployFailure', name: '#armada-deploy-failure' },
    { key: 'deployAlerts', name: '#armada-deploy-alerts' },
  ] as const
  return named.map(({ key, name }) => ({
    ...READING_PLANS[key],
    id: policy.current().channels[key].id,
    name,
    poster() {
      const { authors, maxSilence } = policy.current().channels[key]
      return { authors, maxSilenceMs: maxSilence }
    },
  }))
}

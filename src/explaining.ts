import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { openFindings } from './connect-further.ts'
import type { ExplainDeps } from './explain.ts'
import { openModeSwitch } from './mode-switch.ts'
import { openSqliteStore } from './store/sqlite/open.ts'
import { StormWatch } from './storm-watch.ts'
import { connectUpstreams, notChecked, openOwnUser, toGathering } from './upstreams.ts'

/** What one explanation needs: the sources, on a store of its own that is thrown away, and nothing that acts. */
export async function createExplaining(
  config: Config,
  { logger, now = Date.now }: { logger: Logger; now?: () => number },
) {
  const store = await openSqliteStore(config.dataDir, now())
  const { pagerduty, github, slackClient, slackEvidence, etcdEvidence } = connectUpstreams(config, {
    store,
    logger,
    metrics: null,
    now,
  })
  const policy = config.policy.current()
  const deps: ExplainDeps = {
    store,
    policy,
    publicUrl: config.publicUrl,
    pagerduty,
    github,
    gathering: toGathering(policy, { slackClient, slackEvidence, etcdEvidence, catchUpUntilMs: 0 }),
    findings: openFindings(config, { metrics: null, now }),
    modeSwitch: await openModeSwitch(store, { mode: config.seedMode, paused: false }, now),
    ownUser: await openOwnUser(store),
    now,
    storms: new StormWatch({ store, policy: config.policy, now, onChange: () => undefined }),
    notChecked: notChecked(config),
  }
  slackEvidence?.start()
  return {
    deps,
    /** How many channels have been read whole, or have failed. */
    progress() {
      const channels = slackEvidence?.status() ?? []
      return {
        done: channels.filter(({ fullReadAtMs, lastErrorCode }) => fullReadAtMs !== null || lastErrorCode !== null)
          .length,
        all: channels.length,
      }
    },
    async close() {
      await slackEvidence?.stop()
      etcdEvidence?.close()
      await store.close()
    },
  }
}

import type { Config } from './config/config.ts'
import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { ModeSwitch } from './mode-switch.ts'
import type { Store } from './store/store.ts'
import type { GaugeSources } from './telemetry/metrics.ts'

export interface GaugeSourceDeps {
  store: Pick<Store, 'books' | 'countByState' | 'nextDueMs'>
  modeSwitch: Pick<ModeSwitch, 'read'>
  slackEvidence: Pick<SlackEvidence, 'status'> | null
  heartbeat: Pick<Heartbeat, 'pingedAtMs'>
  now: () => number
}

/** Where the gauges read from. */
export function gaugeSources(
  { policy, heartbeatUrl }: Pick<Config, 'policy' | 'heartbeatUrl'>,
  { store, modeSwitch, slackEvidence, heartbeat, now }: GaugeSourceDeps,
): GaugeSources {
  return {
    books: () => store.books(),
    casesByState: () => store.countByState(),
    mode: () => modeSwitch.read(),
    slackChannels: () => slackEvidence?.status().map(({ name, watermarkMs }) => ({ name, watermarkMs })) ?? [],
    nextDueMs: () => store.nextDueMs(),
    ...(heartbeatUrl ? { heartbeatMs: heartbeat.pingedAtMs } : {}),
    policy: () => policy.state(),
    now,
  }
}

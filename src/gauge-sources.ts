import type { SlackEvidence } from './evidence/slack/slack-evidence.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { ModeSwitch } from './mode-switch.ts'
import type { Store } from './store/store.ts'
import type { GaugeSources } from './telemetry/metrics.ts'

/** Where the gauges read from. `heartbeat` is null where nobody is pinged. */
export function gaugeSources({
  store,
  modeSwitch,
  slackEvidence,
  heartbeat,
  now,
}: {
  store: Pick<Store, 'books' | 'countByState' | 'nextDueMs'>
  modeSwitch: Pick<ModeSwitch, 'read'>
  slackEvidence: Pick<SlackEvidence, 'status'> | null
  heartbeat: Pick<Heartbeat, 'pingedAtMs'> | null
  now: () => number
}): GaugeSources {
  return {
    books: () => store.books(),
    casesByState: () => store.countByState(),
    mode: () => modeSwitch.read(),
    slackChannels: () => slackEvidence?.status().map(({ name, watermarkMs }) => ({ name, watermarkMs })) ?? [],
    nextDueMs: () => store.nextDueMs(),
    ...(heartbeat ? { heartbeatMs: heartbeat.pingedAtMs } : {}),
    now,
  }
}

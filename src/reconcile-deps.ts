import type { SlackOutbox } from './actions/slack-outbox.ts'
import type { PagerdutyClient } from './clients/pagerduty.ts'
import type { Policy } from './config/policy.ts'
import type { GatherDeps } from './evidence/gather.ts'
import type { ModeSwitch } from './mode-switch.ts'
import type { Store } from './store/store.ts'
import type { StormWatch } from './storm-watch.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** What one look at a case works with. */
export interface ReconcileDeps {
  store: Store
  policy: Policy
  publicUrl: string | null
  pagerduty: { client: PagerdutyClient; from: string } | null
  gathering: GatherDeps
  outbox: SlackOutbox
  modeSwitch: ModeSwitch
  ownUser: { id: () => string | null; learn: (id: string) => Promise<void> }
  metrics: Metrics
  now: () => number
  storms: Pick<StormWatch, 'read'>
  notChecked: readonly string[]
}

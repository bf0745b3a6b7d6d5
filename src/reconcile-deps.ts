import type { HeldPages } from './actions/held-pages.ts'
import type { PagerdutyAccess } from './actions/pagerduty-access.ts'
import type { SlackOutbox } from './actions/slack-outbox.ts'
import type { GithubClient } from './clients/github.ts'
import type { Policy } from './config/policy.ts'
import type { FindingsDesk } from './evidence/findings/findings-desk.ts'
import type { GatherDeps } from './evidence/gather.ts'
import type { ModeSwitch } from './mode-switch.ts'
import type { GroupUpdate } from './model/alert.ts'
import type { Case } from './model/case.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'
import type { StormWatch } from './storm-watch.ts'
import type { Metrics } from './telemetry/metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'

/** Our own user of PagerDuty, as answers to our own calls tell it. */
export interface OwnUserMemory {
  /** Null before it was learnt. */
  id: () => string | null
  learn: (id: string) => Promise<void>
  /** Takes in what another replica has learnt: else what that did would look like a person's doing. Left out where there is none. */
  recall?: () => Promise<void>
}

/** What one look at a case works with. */
export interface ReconcileDeps {
  store: Store
  policy: Policy
  publicUrl: string | null
  /** True where presses on buttons of Slack's messages reach us. */
  isInteractive?: boolean
  pagerduty: PagerdutyAccess | null
  /** Where issues are opened; its lock lets the cases of one cluster wait for each other. Null: not configured. */
  github: { client: GithubClient; repository: string; lock: Exclusive } | null
  /** The whole of a group that came truncated; null where Alertmanager can't tell. Absent: not configured. */
  completeGroup?: (subject: Case) => Promise<GroupUpdate | null>
  gathering: GatherDeps
  /** Who asks the sources beside the evidence; left out where none is configured. */
  findings?: FindingsDesk
  outbox: SlackOutbox
  modeSwitch: ModeSwitch
  ownUser: OwnUserMemory
  metrics: Metrics
  now: () => number
  storms: Pick<StormWatch, 'read'>
  notChecked: readonly string[]
  /** Left out where nothing is traced. */
  tracing?: Tracing
  /** Rings what is held quiet when the store goes away; left out where nothing acts. */
  heldPages?: Pick<HeldPages, 'storeWentAway'>
}

/** The same with this policy, to its end. */
export function withPolicy(deps: ReconcileDeps, policy: Policy): ReconcileDeps {
  return { ...deps, policy, gathering: { ...deps.gathering, policy } }
}

import { stringify } from 'yaml'

/** Who posts the error texts in the sandbox's Slack. */
export const KP_EVENTS_BOT = 'B0KPEVENTS'
const DEPLOY_BOT = 'B0DEPLOYX'

const CHANNELS = {
  kpEventsAlerts: { authors: [KP_EVENTS_BOT] },
  // Nobody posts failures here, and their absence has to count.
  deployFailure: { authors: [DEPLOY_BOT], maxSilence: 0 },
  deployAlerts: { authors: [DEPLOY_BOT] },
}

/** `raised`: so many clusters at once are no storm and no hour's budget ends. `default`: the runbook's own limits. */
export type PolicyKind = 'raised' | 'default'

/** The policy of a bench row as YAML. */
export function benchPolicy(kind: PolicyKind): string {
  if (kind === 'default') return stringify({ channels: CHANNELS })
  return stringify({
    channels: CHANNELS,
    budgets: { snoozesPerHour: 1_000_000, issuesPerHour: 1_000_000 },
    storm: { clusters: 1_000_000, perRegion: 1_000_000 },
  })
}

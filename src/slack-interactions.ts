import type { Logger } from 'pino'
import type { CallCounts } from './clients/call-budget-counts.ts'
import type { SlackClient } from './clients/slack.ts'
import { createSlackPeople } from './clients/slack-people.ts'
import type { Config } from './config/config.ts'
import type { Operations } from './handlers/operations.ts'
import type { InteractionDeps } from './handlers/slack/interaction-deps.ts'
import { createOperators } from './handlers/slack/operators.ts'
import { createPeopleActs } from './people-acts.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Scheduler } from './scheduler.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'

/** True where presses on buttons reach us: by HTTP, or through a socket that we open. */
export function isInteractive({ slack }: Pick<Config, 'slack'>): boolean {
  return slack !== null && (slack.signingSecret !== null || slack.appToken !== null)
}

/** What buttons and the slash command work with; null where Slack is not configured. */
export function createInteractions(
  { slack, policy, publicUrl }: Config,
  deps: {
    operations: Operations
    store: Store
    lock: Exclusive
    scheduler: Scheduler
    reconciling: ReconcileDeps
    slackClient: SlackClient | null
    counts: CallCounts
    logger: Logger
  },
): InteractionDeps | null {
  const { slackClient, store, logger, reconciling, operations } = deps
  if (!slack || !slackClient) return null
  const { now } = reconciling
  const people = createSlackPeople({ apiUrl: slack.apiUrl, botToken: slack.botToken, now, counts: deps.counts })
  return {
    operations,
    acts: createPeopleActs(deps),
    operators: createOperators({ operators: policy.operators, people, now, logger }),
    people,
    store,
    policy,
    publicUrl,
    identity: slackClient.authTest,
    isStorm: async () => (await reconciling.storms.read([])) !== null,
    now,
    logger,
  }
}

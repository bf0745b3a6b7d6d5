import type { FastifyPluginAsync } from 'fastify'
import type { Logger } from 'pino'
import type { CallCounts } from './clients/call-budget-counts.ts'
import type { SlackClient } from './clients/slack.ts'
import { createSlackPeople } from './clients/slack-people.ts'
import type { Config } from './config/config.ts'
import type { Operations } from './handlers/operations.ts'
import type { SlackEventSink } from './handlers/slack/event-sink.ts'
import { interactionListeners } from './handlers/slack/listeners.ts'
import { createOperators } from './handlers/slack/operators.ts'
import { slackPluginOf } from './handlers/slack/plugin.ts'
import { createSeenRequests } from './handlers/slack/seen-requests.ts'
import { SlackSocket } from './handlers/slack/socket.ts'
import { createPeopleActs } from './people-acts.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Scheduler } from './scheduler.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** True where presses on buttons reach us: by HTTP, or through a socket that we open. */
export function isInteractive({ slack }: Pick<Config, 'slack'>): boolean {
  return slack !== null && (slack.signingSecret !== null || slack.appToken !== null)
}

export interface SlackDoorDeps {
  operations: Operations
  store: Store
  lock: Exclusive
  scheduler: Scheduler
  reconciling: () => ReconcileDeps
  slackClient: SlackClient | null
  sink: SlackEventSink | null
  counts: CallCounts
  metrics: Metrics
  logger: Logger
}

/** The ways by which Slack reaches us: its HTTP route, or the socket in its place. Null where it is not configured. */
export interface SlackDoor {
  plugin: FastifyPluginAsync | null
  socket: SlackSocket | null
}

/** Lets Slack's events in, and people's presses and commands. */
export function createSlackDoor(config: Config, deps: SlackDoorDeps): SlackDoor {
  const { slack, policy, publicUrl } = config
  const { slackClient, sink, store, logger, reconciling, operations, metrics } = deps
  if (!slack || !slackClient || !sink) return { plugin: null, socket: null }
  const { now, storms } = reconciling()
  const people = createSlackPeople({ apiUrl: slack.apiUrl, botToken: slack.botToken, now, counts: deps.counts })
  const register = interactionListeners({
    operations,
    acts: createPeopleActs(deps),
    operators: createOperators({ operators: () => policy.current().operators, people, now, logger }),
    people,
    store,
    publicUrl,
    identity: slackClient.authTest,
    isStorm: async () => (await storms.read([])) !== null,
    now,
    logger,
  })
  const listeners = [register]
  const { appToken } = slack
  return {
    plugin: slackPluginOf(config, { sink, logger, now, listeners, metrics, seen: createSeenRequests(store, now) }),
    socket: appToken ? new SlackSocket({ ...slack, appToken, sink, logger, listeners, metrics }) : null,
  }
}

import type { FastifyPluginAsync } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Store } from '../store/store.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Operations } from './operations.ts'

/** What the HTTP surface is built from. */
export interface ServerDeps {
  config: Config
  store: Store
  logger: Logger
  metrics: Metrics
  /** Milliseconds since the epoch. */
  now: () => number
  operations: Operations
  /** Sources that nobody asks, as the service is configured, for people to know. */
  notChecked: readonly string[]
  /** Slack's route, or null where it is not configured. Each of its routes declares `config: { auth: 'slack' }`. */
  slackPlugin: FastifyPluginAsync | null
}

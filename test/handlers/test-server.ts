import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { type Config, readConfig } from '../../src/config/config.ts'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { toCaseView } from '../../src/handlers/api/case-view.ts'
import type { ModePatch, Operations, StormInForce } from '../../src/handlers/operations.ts'
import { createServer } from '../../src/handlers/server.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { ModeInForce, Store } from '../../src/store/store.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { aCase } from './a-case.ts'

export const WEBHOOK_TOKEN = 'webhook-token-0123456789abcdef'
export const SECOND_WEBHOOK_TOKEN = 'webhook-token-rotated-in-4567'
export const OPERATOR_TOKEN = 'operator-token-0123456789abcdef'
export const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

/** What the fake operations were asked, and what they will answer. */
export class FakeOperations implements Operations {
  readonly asked: unknown[][] = []
  nudges = 0
  setting: ModeInForce = { mode: 'shadow', paused: false }
  hasPagerduty = true
  isReady = true
  wakeOutcome: 'done' | 'not-found' | 'no-incident' | 'ended' = 'done'
  recheckOutcome: 'done' | 'not-found' = 'done'
  handOverOutcome: 'done' | 'not-found' | 'ended' = 'done'
  snoozeOutcome: Awaited<ReturnType<Operations['snooze']>> = 'done'
  stormInForce: StormInForce | null = null
  explainError: Error | null = null

  async explain(input: string) {
    this.asked.push(['explain', input])
    if (this.explainError) throw this.explainError
    return toCaseView(aCase(), { publicUrl: null, policy: DEFAULT_POLICY })
  }
  async wake(caseId: string, by: string, reason: string) {
    this.asked.push(['wake', caseId, by, reason])
    return this.wakeOutcome
  }
  async handOver(caseId: string, by: string, reason: string) {
    this.asked.push(['handOver', caseId, by, reason])
    return this.handOverOutcome
  }
  async snooze(caseId: string, by: string, wish: { reason: string; seconds: number }) {
    this.asked.push(['snooze', caseId, by, wish])
    return this.snoozeOutcome
  }
  async recheck(caseId: string, by: string, reason: string | null) {
    this.asked.push(['recheck', caseId, by, reason])
    return this.recheckOutcome
  }
  async mode() {
    return this.setting
  }
  async setMode(patch: ModePatch, by: string) {
    this.asked.push(['setMode', patch, by])
    if (patch.mode === 'live' && !this.hasPagerduty) return 'no-pagerduty' as const
    this.setting = { ...this.setting, ...patch }
    return this.setting
  }
  async storm() {
    return this.stormInForce
  }
  async readiness() {
    return { ready: this.isReady, checks: { store: this.isReady ? 'ok' : 'not writable' } }
  }
  accepted() {
    this.nudges += 1
  }
  slackStatus() {
    return [
      { channel: 'C018KJ6NW4A', name: '#armada-kp-events-alerts', watermarkMs: NOW_MS - 20_000, state: 'complete' },
    ]
  }
}

export interface TestServer {
  server: FastifyInstance
  store: Store
  operations: FakeOperations
  config: Config
  /** Everything logged so far, as written. */
  logged: () => string
  clock: { nowMs: number }
  close: () => Promise<void>
}

/** The HTTP surface over a real embedded store in a folder of its own, not listening. */
export async function startTestServer({
  environment = {},
  wrapStore = (store: Store): Store => store,
  slackPlugin = null,
  beforeReady = () => {},
}: {
  environment?: Record<string, string>
  wrapStore?: (store: Store) => Store
  slackPlugin?: FastifyPluginAsync | null
  beforeReady?: (server: FastifyInstance) => void
} = {}): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'kp-http-'))
  const store = await openSqliteStore(directory, NOW_MS)
  const config = readConfig({
    ALERTMANAGER_WEBHOOK_TOKENS: `${WEBHOOK_TOKEN},${SECOND_WEBHOOK_TOKEN}`,
    OPERATOR_TOKENS: `ann:${OPERATOR_TOKEN}`,
    ...environment,
  })
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const operations = new FakeOperations()
  const clock = { nowMs: NOW_MS }
  const metrics = createMetrics()
  metrics.watch({
    books: () => store.books(),
    casesByState: () => store.countByState(),
    mode: () => operations.mode(),
    nextDueMs: () => store.nextDueMs(),
    policy: () => config.policy.state(),
    slackChannels: () => operations.slackStatus(),
    now: () => clock.nowMs,
  })
  const server = createServer({
    config,
    store: wrapStore(store),
    logger: createLogger('debug', destination),
    metrics,
    now: () => clock.nowMs,
    operations,
    notChecked: ['etcd, logs (not configured)'],
    slackPlugin,
  })
  const close = async () => {
    await server.close()
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
  beforeReady(server)
  try {
    await server.ready()
  } catch (error) {
    await close()
    throw error
  }
  return {
    server,
    store,
    operations,
    config,
    clock,
    logged: () => lines.join(''),
    close,
  }
}

export const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` }
export const asAlertmanager = { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' }

import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { ping } from './clients/heartbeat-ping.ts'
import type { Config } from './config/config.ts'
import type { PolicySource } from './config/policy-source.ts'
import { readList, type Secret } from './config/secret.ts'
import { LeaseLostError, StoppingError, StoreUnavailableError } from './errors.ts'
import { mergeDeliveries } from './merge-deliveries.ts'
import { HEARTBEAT_GROUP_KEY } from './model/heartbeat-update.ts'
import type { ReconcileDeps } from './reconcile-deps.ts'
import type { Store } from './store/store.ts'
import { type Doubt, lookSynthetically } from './synthetic-look.ts'
import type { HeartbeatOutcome, Metrics } from './telemetry/metrics.ts'

/** When the last ping was taken (ms), at whichever replica. */
const PINGED_SETTING = 'heartbeat.pingedAtMs'
/** Every wake's intent begins so. */
const WAKE_KEYS = 'wake/'

export interface HeartbeatDeps {
  /** Null where nobody is pinged: what was asked for before is dropped. */
  url: Secret | null
  policy: PolicySource
  store: Pick<Store, 'pending' | 'discard' | 'openIntents' | 'caseById' | 'setting' | 'putSetting' | 'leadership'>
  /** What a look works with, at its beginning. */
  reconciling: () => ReconcileDeps
  /** Hands a body to our own webhook, as Alertmanager would; returns the status. */
  deliver: (body: string) => Promise<number>
  metrics: Pick<Metrics, 'countHeartbeat' | 'callObserver'>
  now: () => number
  logger: Logger
}

/**
 * Pings while the pipeline provably works: a synthetic case came in through the webhook, was durable, was taken up, and has
 * the plan it should have, in time; and no page is silent that should ring. Source: PRODUCT.md section 6, promise 4.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDeps
  #timer: NodeJS.Timeout | undefined
  #pinging: Promise<void> | null = null

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps
  }

  /** Where the policy wants a timer, one replica asks for synthetic cases; a Watchdog comes by itself. */
  start(): void {
    const { url, store } = this.#deps
    if (url === null) return
    store.leadership.seek('heartbeat', {
      gained: () => this.#tickAgain(),
      lost: () => clearTimeout(this.#timer),
    })
  }

  /** When the last ping was taken, at whichever replica (ms), or null while none was. */
  readonly pingedAtMs = async (): Promise<number | null> => {
    const kept = await this.#deps.store.setting(PINGED_SETTING)
    return kept === null ? null : Number(kept)
  }

  /** Resolves when no ping is under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#pinging
  }

  /** The look at the synthetic group: proves, drops what asked for it, and pings. Returns when to look again: never by itself. */
  async look(): Promise<null> {
    const { url, reconciling, store, policy, now } = this.#deps
    const deps = reconciling()
    const { subject, upTo } = await mergeDeliveries(HEARTBEAT_GROUP_KEY, deps)
    if (upTo === null) return null
    const receivedAtMs = subject?.openedAtMs ?? now()
    const doubt = subject && url ? await this.#doubtOf(() => lookSynthetically(subject, deps)) : null
    // Whatever it showed, this one is over, and the books with it.
    await store.discard(HEARTBEAT_GROUP_KEY, upTo)
    if (!url) return null
    if (doubt) this.#refuse(doubt.step, doubt.why)
    else if (now() - receivedAtMs > policy.current().heartbeat.within) this.#refuse('late')
    else if (await this.#isWakeOwed()) this.#refuse('wake-owed')
    else this.#pinging ??= this.#ping(url).finally(() => (this.#pinging = null))
    return null
  }

  /** Looks that kill the process prove nothing, and there is no page to give back. */
  async giveUp(): Promise<void> {
    const { store } = this.#deps
    const upTo = (await store.pending(HEARTBEAT_GROUP_KEY)).at(-1)?.id
    if (upTo !== undefined) await store.discard(HEARTBEAT_GROUP_KEY, upTo)
    this.#refuse('failed')
  }

  async #doubtOf(look: () => Promise<Doubt | null>): Promise<Doubt | null> {
    try {
      return await look()
    } catch (error) {
      // Tried again as any look is; by then it may be late.
      if (error instanceof StoreUnavailableError || error instanceof StoppingError || error instanceof LeaseLostError)
        throw error
      this.#deps.logger.error({ err: error }, 'synthetic case failed')
      return { step: 'failed', why: 'a step threw' }
    }
  }

  /** A page that we held quiet, that has to ring, and that no climb of the ladder has made ring yet. */
  async #isWakeOwed(): Promise<boolean> {
    const { store } = this.#deps
    for (const { caseId } of await store.openIntents(WAKE_KEYS)) {
      const subject = await store.caseById(caseId)
      if (subject && subject.state !== 'resolved') return true
    }
    return false
  }

  async #ping(url: Secret): Promise<void> {
    const { store, metrics, now, logger } = this.#deps
    try {
      await ping(url, { observe: metrics.callObserver('heartbeat'), now })
      metrics.countHeartbeat('pinged')
      await store.putSetting(PINGED_SETTING, String(now()))
    } catch (error) {
      metrics.countHeartbeat('not-taken')
      logger.warn({ err: error }, 'heartbeat was not taken')
    }
  }

  #refuse(outcome: HeartbeatOutcome, why = ''): void {
    const { metrics, logger } = this.#deps
    metrics.countHeartbeat(outcome)
    logger.warn({ outcome, ...(why === '' ? {} : { why }) }, 'no heartbeat: the pipeline is not proven to work')
  }

  #tickAgain(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#tick(), this.#deps.policy.current().heartbeat.every).unref()
  }

  async #tick(): Promise<void> {
    const { deliver, policy, store, logger } = this.#deps
    const { trigger, alertname } = policy.current().heartbeat
    if (trigger === 'timer') {
      try {
        const status = await deliver(watchdogBody(alertname))
        if (status !== 202) this.#refuse('failed')
      } catch (error) {
        logger.error({ err: error }, 'synthetic case could not be delivered')
        this.#refuse('failed')
      }
    }
    if (store.leadership.holds('heartbeat')) this.#tickAgain()
  }
}

/** What Alertmanager sends for a Watchdog, reduced to what is read. */
function watchdogBody(alertname: string): string {
  const labels = { alertname }
  const alert = { status: 'firing', labels, startsAt: new Date().toISOString(), endsAt: '0001-01-01T00:00:00Z' }
  return JSON.stringify({
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(alertname)}}`,
    status: 'firing',
    alerts: [{ ...alert, fingerprint: 'heartbeat' }],
  })
}

/** Posts a body to our own webhook with one of its tokens, through the door and all; without a socket. */
export async function deliverToSelf(
  server: FastifyInstance,
  body: string,
  { alertmanagerTokens }: Pick<Config, 'alertmanagerTokens'>,
): Promise<number> {
  const [token = ''] = readList(alertmanagerTokens)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', host: 'localhost' }
  const answer = await server.inject({ method: 'POST', url: '/webhooks/alertmanager', headers, payload: body })
  return answer.statusCode
}

import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { HeldPages } from './actions/held-pages.ts'
import { AuditAnchors } from './audit-anchors.ts'
import { audited } from './audited-store.ts'
import { createAlertmanagerClient } from './clients/alertmanager.ts'
import { openCallCounts } from './clients/call-budget-counts.ts'
import type { Config } from './config/config.ts'
import { openFindings } from './connect-further.ts'
import { WeeklyDigest } from './digest.ts'
import { gaugeSources } from './gauge-sources.ts'
import { createServer } from './handlers/server.ts'
import { deliverToSelf, Heartbeat } from './heartbeat.ts'
import { createIngress, groupCompleter } from './ingress.ts'
import { lookAgainOnNews } from './look-again.ts'
import { stoppable } from './looks/stoppable-store.ts'
import { openModeSwitch } from './mode-switch.ts'
import { openScheduler } from './open-scheduler.ts'
import { createOperations } from './operator-acts.ts'
import { PolicyWatch } from './policy-watch.ts'
import { type ReconcileDeps, withPolicy } from './reconcile-deps.ts'
import { createSlackDoor, isInteractive } from './slack-interactions.ts'
import { openStore } from './store/open-store.ts'
import type { Store } from './store/store.ts'
import { noticeOf, StormWatch } from './storm-watch.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { openTracing } from './telemetry/open-tracing.ts'
import { createTelling } from './telling.ts'
import { tracedSources } from './traced-sources.ts'
import { connectUpstreams, notChecked, openOwnUser, toGathering } from './upstreams.ts'

/** A channel that is read whole after a start is waited for this long, in ms. */
const CATCH_UP_MS = 60_000

export interface App {
  server: FastifyInstance
  /** Starts the readers and the looks. The server listens by its own `listen`. */
  start(): Promise<void>
  /** Reads the policy file now: somebody says that it is written. */
  rereadPolicy(): void
  /** Says that it is not ready and begins nothing new, while the server still answers: a load balancer has to see it. */
  drain(): void
  /** Refuses new work, lets what is under way end before its next effect, and closes the store. */
  stop(): Promise<void>
}

/** Builds the service from its configuration, on the store that it names unless one is given. No upstream is contacted before `start`. */
export async function createApp(
  config: Config,
  {
    logger,
    metrics,
    now = Date.now,
    store: given,
  }: { logger: Logger; metrics: Metrics; now?: () => number; store?: Store },
): Promise<App> {
  let isStopping = false
  const tracing = await openTracing(config, metrics)
  const opened = given ?? (await openStore(config, { now, logger }))
  const store = audited(
    stoppable(opened, () => isStopping),
    metrics,
  )
  const modeSwitch = await openModeSwitch(store, { mode: config.seedMode, paused: false }, now)
  const lock = store.exclusive

  const counts = await openCallCounts(config.redisUrl)
  const { pagerduty, github, slackClient, slackEvidence, etcdEvidence } = connectUpstreams(config, {
    store,
    logger,
    metrics,
    counts,
    now,
  })
  const alertmanager =
    config.alertmanagerUrl === null
      ? null
      : createAlertmanagerClient({ url: config.alertmanagerUrl, now, observe: metrics.callObserver('alertmanager') })

  const ownUser = await openOwnUser(store)
  const { outbox, maySpeak, say, tellOwed } = createTelling({
    config,
    store,
    modeSwitch,
    slackClient,
    tracing,
    now,
    logger,
  })

  const storms: StormWatch = new StormWatch({
    store,
    policy: config.policy,
    now,
    onChange: (key) => outbox.notice(noticeOf(storms, key)),
  })
  const heldPages = new HeldPages({
    checkStore: () => store.checkWritable(),
    cryOut: (text) => outbox.cryOut(text),
    logger,
  })
  const catchUpUntilMs = now() + CATCH_UP_MS
  const sources = { slackClient, slackEvidence, etcdEvidence, catchUpUntilMs }
  const gathering = toGathering(config.policy.current(), sources)
  const atStart: ReconcileDeps = {
    heldPages,
    store,
    policy: config.policy.current(),
    publicUrl: config.publicUrl,
    isInteractive: isInteractive(config),
    pagerduty,
    github,
    ...(alertmanager ? { completeGroup: groupCompleter(alertmanager, { policy: config.policy, logger }) } : {}),
    gathering: tracedSources(gathering, tracing),
    findings: openFindings(config, { metrics, now, tracing }),
    tracing,
    outbox,
    storms,
    modeSwitch,
    ownUser,
    metrics,
    now,
    notChecked: notChecked(config),
  }
  /** What a look or an act works with to its end, though the policy changes meanwhile. */
  const reconciling = () => withPolicy(atStart, config.policy.current())
  const heartbeat = new Heartbeat({
    url: config.heartbeatUrl,
    policy: config.policy,
    store,
    reconciling,
    deliver: (body) => deliverToSelf(server, body, config),
    metrics,
    now,
    logger,
  })
  const scheduler = await openScheduler(config, { store, reconciling, heartbeat, tracing, metrics, now, logger })
  function drain(): void {
    isStopping = true
    scheduler.drain()
  }
  const outages = lookAgainOnNews({
    store,
    scheduler,
    slackEvidence,
    etcdEvidence,
    failureChannel: config.policy.current().channels.deployFailure.id,
    now,
    logger,
  })
  const policyWatch = new PolicyWatch({ policy: config.policy, store, now, logger })
  const watches = [outages, new AuditAnchors({ store, logger }), policyWatch]
  const digest = new WeeklyDigest({ config, store, client: slackClient, isAllowed: maySpeak, now, logger })

  const ingress = createIngress(config, {
    store,
    lock,
    scheduler,
    pagerduty,
    alertmanager,
    say,
    async tellOwed() {
      await tellOwed()
      await storms.tellOwed()
    },
    metrics,
    now,
    logger,
  })
  const operations = {
    ...createOperations({
      config,
      store,
      lock,
      scheduler,
      modeSwitch,
      slackEvidence,
      reconciling,
      isStopping: () => isStopping,
      logger,
    }),
    accepted() {
      scheduler.accepted()
      ingress.nudge()
    },
  }
  const slackDoor = createSlackDoor(config, {
    operations,
    store,
    lock,
    scheduler,
    reconciling,
    slackClient,
    sink: slackEvidence,
    counts,
    metrics,
    logger,
  })
  const server: FastifyInstance = createServer({
    config,
    store,
    logger,
    metrics,
    now,
    operations,
    notChecked: atStart.notChecked,
    slackPlugin: slackDoor.plugin,
  })
  metrics.watch(gaugeSources(config, { store, modeSwitch, slackEvidence, heartbeat, now }))

  return {
    server,
    async start() {
      slackEvidence?.start()
      slackDoor.socket?.start()
      for (const watch of watches) watch?.start()
      digest.start()
      heartbeat.start()
      await storms.start()
      scheduler.nudge()
      ingress.start()
    },
    rereadPolicy: () => policyWatch.look(true),
    drain,
    async stop() {
      drain()
      for (const watch of watches) watch?.stop()
      heldPages.stop()
      storms.stop()
      // Side by side: an upstream that hangs holds a look and a sweep as long as its time limit.
      await Promise.all([server.close(), ingress.stop(), scheduler.stop(), digest.stop(), store.leadership.stop()])
      await heartbeat.stop()
      await slackDoor.socket?.stop()
      await outbox.stop()
      await slackEvidence?.stop()
      etcdEvidence?.close()
      await counts.close()
      await tracing.stop()
      await store.close()
    },
  }
}

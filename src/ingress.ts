import type { Logger } from 'pino'
import type { AlertmanagerClient } from './clients/alertmanager.ts'
import type { PagerdutyClient } from './clients/pagerduty.ts'
import type { Config } from './config/config.ts'
import type { PolicySource } from './config/policy-source.ts'
import { TerminalError, TransientError } from './errors.ts'
import { readWholeGroup } from './evidence/whole-group.ts'
import { IncomingIncidents } from './incoming-incidents.ts'
import type { GroupUpdate } from './model/alert.ts'
import type { Case } from './model/case.ts'
import type { Scheduler } from './scheduler.ts'
import type { Exclusive } from './store/exclusive.ts'
import type { Store } from './store/store.ts'
import { Sweep } from './sweep.ts'
import type { Metrics } from './telemetry/metrics.ts'

export interface IngressDeps {
  store: Store
  lock: Exclusive
  scheduler: Pick<Scheduler, 'nudge' | 'wake'>
  pagerduty: { client: PagerdutyClient; from: string } | null
  alertmanager: AlertmanagerClient | null
  /** One line in the notify channel, where the mode allows. */
  say: (text: string) => Promise<void>
  /** Tells Slack what it is owed: the replica that owed it may have died. */
  tellOwed: () => Promise<void>
  metrics: Metrics
  now: () => number
  logger: Logger
}

/** What brings cases about beside Alertmanager's webhook: PagerDuty's events and the sweep. One replica does it for all. */
export interface Ingress {
  /** Something became durable: looks at what is due and at incidents without a case. */
  nudge(): void
  start(): void
  stop(): Promise<void>
}

export function createIngress({ policy }: Config, deps: IngressDeps): Ingress {
  const { store, lock, scheduler, pagerduty, now, logger } = deps
  const incoming = new IncomingIncidents({
    store,
    client: pagerduty?.client ?? null,
    policy,
    lock,
    nudge: () => scheduler.nudge(),
    now,
    logger,
  })
  const sweep = new Sweep({ ...deps, policy, nudge, wake: (groupKey) => scheduler.wake(groupKey) })

  function nudge(): void {
    scheduler.nudge()
    incoming.nudge()
  }
  return {
    nudge,
    start() {
      incoming.start()
      store.leadership.seek('sweep', {
        gained() {
          incoming.nudge()
          sweep.start()
        },
        lost: () => sweep.pause(),
      })
    },
    async stop() {
      await sweep.stop()
      await incoming.stop()
    },
  }
}

/** The rest of a truncated group by Alertmanager's API; an Alertmanager that does not answer leaves it truncated. */
export function groupCompleter(
  client: AlertmanagerClient,
  { policy, logger }: { policy: PolicySource; logger: Logger },
): (subject: Case) => Promise<GroupUpdate | null> {
  return async (subject) => {
    try {
      return await readWholeGroup(client, subject, policy.current().alertnames)
    } catch (error) {
      if (!(error instanceof TransientError) && !(error instanceof TerminalError)) throw error
      logger.warn({ caseId: subject.id, code: error.code }, 'truncated group can not be completed')
      return null
    }
  }
}

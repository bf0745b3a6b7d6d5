import type { Config } from '../../config/config.ts'
import type { AlertmanagerConfig } from './alertmanager-routes.ts'
import { type Finding, fail, off, ok } from './finding.ts'
import { webhookRoutes } from './webhook-routes.ts'

const CHECK = 'heartbeat'

/** Who would notice that the responder is dead. Nobody is pinged: that would say that it lives. */
export function checkHeartbeat({ heartbeatUrl, policy }: Pick<Config, 'heartbeatUrl' | 'policy'>): Finding {
  const { trigger, alertname } = policy.current().heartbeat
  if (heartbeatUrl === null) return off(CHECK, 'HEARTBEAT_URL is not set: nobody outside notices when we are dead')
  return trigger === 'timer'
    ? ok(CHECK, 'pings by a timer of its own: the way from Alertmanager to here is not proven')
    : ok(CHECK, `pings for each ${alertname} that Alertmanager sends here`)
}

/** Whether Alertmanager's configuration sends the alert that pings. */
export function checkWatchdogRoute(
  config: AlertmanagerConfig,
  { heartbeatUrl, policy }: Pick<Config, 'heartbeatUrl' | 'policy'>,
): Finding[] {
  const { trigger, alertname } = policy.current().heartbeat
  if (heartbeatUrl === null || trigger === 'timer') return []
  const check = `alertmanager config, ${alertname}`
  if (webhookRoutes(config, { alertname, severity: 'none' }).length > 0) return [ok(check, 'is sent here')]
  const how = 'add the route and the receiver of docs/operations.md, Heartbeat; or set heartbeat.trigger to timer'
  return [fail(check, 'is not sent to /webhooks/alertmanager: nobody is ever pinged', how)]
}

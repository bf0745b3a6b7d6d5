import { parse } from 'yaml'
import {
  type AlertmanagerConfig,
  alertmanagerConfigSchema,
  type ReachedRoute,
  type Receiver,
  routesOf,
} from './alertmanager-routes.ts'
import { type Finding, fail, ok, warn } from './finding.ts'
import { webhooksOf } from './webhook-routes.ts'

const CHECK = 'alertmanager config'

/** An alert as the runbook shows one: its labels decide the route. */
function labelsOf(alertname: string): Record<string, string> {
  return {
    alertname,
    CRN: 'crn:v1:bluemix:public:containers-kubernetes:eu-de:a/00000000000000000000000000000000:a0000000000000000000::',
    alert_key: 'armada-kp-events/armada_kp_events_process_failures',
    alert_situation: 'armada_kp_events_process_failures',
    carrier_name: 'prod-fra02-carrier105',
    carrier_type: 'hub-tugboat-etcd',
    crn_cname: 'bluemix',
    crn_ctype: 'public',
    crn_region: 'eu-de',
    crn_servicename: 'containers-kubernetes',
    crn_version: 'v1',
    service: 'armada-kp-events',
    severity: 'warning',
    tip_customer_impacting: 'false',
  }
}

/** Whether Alertmanager tells the responder and PagerDuty of each alert under one group key, and all that it must tell. `more` looks at the same file. */
export function checkAlertmanagerConfig(
  yamlText: string,
  alertnames: readonly string[],
  more: (config: AlertmanagerConfig) => Finding[] = () => [],
): Finding[] {
  let raw: unknown
  try {
    raw = parse(yamlText)
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return [fail(CHECK, `is no YAML: ${why}`, "give Alertmanager's own configuration file")]
  }
  const parsed = alertmanagerConfigSchema.safeParse(raw)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(whole file)'}: ${message}`)
    return [fail(CHECK, `is not what Alertmanager reads: ${faults.join('; ')}`, 'check it with amtool check-config')]
  }
  return [...alertnames.flatMap((alertname) => checkAlert(parsed.data, alertname)), ...more(parsed.data)]
}

function checkAlert(config: AlertmanagerConfig, alertname: string): Finding[] {
  const check = `${CHECK}, ${alertname}`
  let reached: ReachedRoute[]
  try {
    reached = routesOf(config, labelsOf(alertname))
  } catch (error) {
    return [fail(check, error instanceof Error ? error.message : String(error), 'check it with amtool check-config')]
  }
  const routes = reached.map((one) => ({ ...one, to: config.receivers.find(({ name }) => name === one.receiver) }))
  const telling = routes.filter(({ to }) => to && webhooksOf(to).length > 0)
  const paging = routes.filter(({ to }) => to && to.pagerduty_configs.length > 0)
  const shared = routes.filter((one) => telling.includes(one) && paging.includes(one))
  const [first] = shared
  if (telling.length === 0) {
    return [
      fail(
        check,
        `goes to ${describe(reached)}, and none of them sends to /webhooks/alertmanager`,
        'add a webhook_configs entry with the url PUBLIC_URL/webhooks/alertmanager to the receiver that pages',
      ),
    ]
  }
  if (paging.length === 0)
    return [
      fail(
        check,
        `goes to ${describe(reached)}, and none of them pages by PagerDuty`,
        'add pagerduty_configs to the same receiver',
      ),
    ]
  if (!first) {
    return [
      fail(
        check,
        `the webhook (${describe(telling)}) and PagerDuty (${describe(paging)}) are in different routes: the group key holds the route, so the incident is not found by its key`,
        'put webhook_configs and pagerduty_configs into one receiver',
      ),
    ]
  }
  const doubled = [...telling, ...paging].filter((one) => !shared.includes(one))
  return [
    ok(check, `webhook and PagerDuty share a group key (${describe(shared)})`),
    ...(doubled.length > 0
      ? [
          warn(
            check,
            `another route sends the same alert once more (${describe(doubled)}): a second group of it has a key of its own`,
            'send the alert to one receiver with both',
          ),
        ]
      : []),
    ...shared.flatMap(({ to }) => (to ? receiverFindings(check, to, config) : [])),
    ...groupingFindings(check, first.groupBy),
  ]
}

function receiverFindings(check: string, to: Receiver, { global }: AlertmanagerConfig): Finding[] {
  const findings: Finding[] = []
  for (const webhook of webhooksOf(to)) {
    if (!webhook.send_resolved)
      findings.push(
        fail(
          check,
          'send_resolved is false for the webhook: the end of a failure is never told',
          'leave send_resolved at its default, true',
        ),
      )
    const http = webhook.http_config ?? global?.http_config
    if (!http?.authorization && http?.bearer_token === undefined && http?.bearer_token_file === undefined)
      findings.push(
        fail(
          check,
          'the webhook sends no bearer token: every delivery is answered 401 and not sent again',
          'set http_config.authorization.credentials_file to a file with one of ALERTMANAGER_WEBHOOK_TOKENS',
        ),
      )
    if (webhook.max_alerts > 0)
      findings.push(
        warn(
          check,
          `max_alerts is ${webhook.max_alerts}: a larger group arrives cut and is not snoozed`,
          'leave max_alerts at 0, or set ALERTMANAGER_URL so that the rest is read',
        ),
      )
  }
  if (to.pagerduty_configs.some((pagerduty) => !pagerduty.send_resolved))
    findings.push(
      warn(
        check,
        'send_resolved is false for PagerDuty: incidents stay open after the alert ended',
        'leave send_resolved at its default, true',
      ),
    )
  return findings
}

function groupingFindings(check: string, groupBy: readonly string[]): Finding[] {
  if (groupBy.includes('CRN') || groupBy.includes('...')) return [ok(check, 'each cluster has an incident of its own')]
  return [
    warn(
      check,
      `group_by is [${groupBy.join(', ')}]: one incident holds many clusters, and one that needs a person keeps all of them ringing`,
      'add CRN to group_by of this route',
    ),
  ]
}

function describe(routes: readonly ReachedRoute[]): string {
  return routes.map(({ place, receiver }) => `${receiver ?? 'no receiver'} at ${place}`).join(', ')
}

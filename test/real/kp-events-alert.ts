import { stringify } from 'yaml'

/** Source: the example alert of the runbook, with a synthetic account and cluster. */
export const ALERT_NAME = 'ArmadaKPEventsProcessingErrors'

const ACCOUNT_ID = '0123456789abcdef0123456789abcdef'

/** Seconds over which the rule counts failures; the runbook's own 5 minutes would make every test wait that long. */
const WINDOW_SECONDS = 10

/** Labels of the carrier: its Prometheus puts them on every alert as external labels, since `sum by (CRN)` drops all others. */
export const CARRIER_LABELS = {
  carrier_name: 'prod-fra02-carrier105',
  carrier_type: 'hub-tugboat-etcd',
  crn_cname: 'bluemix',
  crn_ctype: 'public',
  crn_region: 'eu-de',
  crn_servicename: 'containers-kubernetes',
  crn_version: 'v1',
} as const

/** Where the carrier's Prometheus says it lives; the source link of an alert starts with it. */
export const CARRIER_PROMETHEUS_URL =
  'https://alchemy-dashboard.containers.cloud.ibm.com/prod-fra02/carrier105/prometheus'

const RULE_LABELS = {
  alert_key: 'armada-kp-events/armada_kp_events_process_failures',
  alert_situation: 'armada_kp_events_process_failures',
  service: 'armada-kp-events',
  severity: 'warning',
  tip_customer_impacting: 'false',
} as const

const ANNOTATIONS = {
  description:
    'armada-kp-events service has experienced {{ $value }} event processing failures for resource {{ $labels.CRN }} in the last 5 mins',
  runbook:
    'https://pages.github.ibm.com/alchemy-conductors/documentation-pages/docs/runbooks/armada/armada-deploy-kp-events-failures.html',
  summary: 'armada-kp-events is experiencing consistent event processing failures for a particular cluster resource',
} as const

/** Id of a cluster that does not exist: 20 characters as new clusters have them, another for every number. */
export function syntheticClusterId(number: number): string {
  return `cqtestkpevents${String(number).padStart(6, '0')}`
}

/** CRN of the synthetic cluster of that number, in eu-de. */
export function syntheticCrn(number: number): string {
  return `crn:v1:bluemix:public:containers-kubernetes:eu-de:a/${ACCOUNT_ID}:${syntheticClusterId(number)}::`
}

/** All labels that the alert of this cluster has when it reaches Alertmanager. */
export function kpEventsAlertLabels(crn: string): Record<string, string> {
  return { alertname: ALERT_NAME, CRN: crn, ...RULE_LABELS, ...CARRIER_LABELS }
}

/** Prometheus' rule file with the alert of the runbook. It fires within seconds of a failure, and ends 10 s after the last. */
export function kpEventsRules(): string {
  return stringify({
    groups: [
      {
        name: 'armada-kp-events',
        rules: [
          {
            alert: ALERT_NAME,
            expr: `sum by (CRN) (delta(armada_kp_events_status{status="failed"}[${WINDOW_SECONDS}s])) > 0`,
            labels: RULE_LABELS,
            annotations: ANNOTATIONS,
          },
        ],
      },
    ],
  })
}

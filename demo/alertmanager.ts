import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { pollUntil } from './poll.ts'
import type { Stage } from './stage.ts'

/** A webhook is sent again for this long while nobody answers or the answer is a 5xx, as Alertmanager does. */
const SEND_TIMEOUT_MS = 15_000
/** Between the webhook and the incident, which PagerDuty makes out of another message of the same group. */
export const INCIDENT_DELAY_MS = 200
const ALERTNAME = 'ArmadaKPEventsProcessingErrors'
/** The account of a plain alert. */
export const ACCOUNT_ID = '0123456789abcdef0123456789abcdef'

/** Labels that differ from those of a plain alert; null leaves a label out. */
export type Labels = Readonly<Record<string, string | null>>

export interface FiringAlert {
  clusterId: string
  /** Default eu-de. */
  region?: string | undefined
  /** Default: one account for all. */
  accountId?: string | undefined
  labels?: Labels | undefined
  /** Default: Prometheus' sentence with the CRN. */
  description?: string | undefined
  startsAt: Date
}

/** A group as Alertmanager tells of it. */
export interface GroupMessage {
  groupKey: string
  alerts: readonly FiringAlert[]
  status: 'firing' | 'resolved'
  /** Alerts that the message leaves out. Default 0. */
  truncatedAlerts?: number | undefined
}

/** A cluster id of the right shape, always the same for the same seed. */
export function clusterIdOf(seed: string): string {
  const digest = createHash('sha256').update(seed).digest()
  return `d${[...digest.subarray(0, 19)].map((byte) => (byte % 32).toString(32)).join('')}`
}

/** The group key that Alertmanager gives to the group of a scenario. */
export function groupKeyOf(name: string): string {
  return `{}/{team="armada-deploy"}:{alertname="${ALERTNAME}", scenario="${name}"}`
}

/** An Alertmanager webhook body of version 4 with these alerts, all firing or all resolved. */
export function toWebhook({ groupKey, alerts, status, truncatedAlerts = 0 }: GroupMessage): unknown {
  return {
    version: '4',
    groupKey,
    truncatedAlerts,
    status,
    receiver: 'armada-deploy',
    groupLabels: { alertname: ALERTNAME },
    commonLabels: { alertname: ALERTNAME },
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com',
    alerts: alerts.map((alert) => toAlert(alert, status)),
  }
}

/** The details that Alertmanager's PagerDuty message carries for these alerts, in the text form of its template. */
export function toDetails(alerts: readonly FiringAlert[]): Record<string, string> {
  const texts = alerts.map((alert) => {
    const { labels, annotations } = toAlert(alert, 'firing')
    const list = (entries: object) => Object.entries(entries).map(([name, value]) => ` - ${name} = ${value}`)
    return ['Labels:', ...list(labels), 'Annotations:', ...list(annotations), 'Source: '].join('\n')
  })
  return {
    firing: texts.join('\n'),
    resolved: '',
    num_firing: String(alerts.length),
    num_resolved: '0',
  }
}

/** Delivers a body as Alertmanager does: again while there is no answer. @throws Error when it is refused or never taken */
export async function deliver({ responder, webhookToken }: Stage, body: unknown, signal: AbortSignal): Promise<void> {
  const status = await pollUntil(
    async () => {
      const response = await fetch(`${responder.url}/webhooks/alertmanager`, {
        method: 'POST',
        headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      })
      return response.status < 500 ? response.status : null
    },
    { timeoutMs: SEND_TIMEOUT_MS, signal },
  )
  if (status !== 202) throw new Error(`the webhook was answered ${status ?? 'not at all'}, not 202`)
}

/** Waits as long as PagerDuty's message is behind the webhook. */
export function incidentDelay(signal: AbortSignal): Promise<void> {
  return delay(INCIDENT_DELAY_MS, undefined, { signal })
}

function toAlert(alert: FiringAlert, status: 'firing' | 'resolved') {
  const { clusterId, region = 'eu-de', accountId = ACCOUNT_ID, startsAt } = alert
  const crn = `crn:v1:bluemix:public:containers-kubernetes:${region}:a/${accountId}:${clusterId}::`
  const all: Labels = {
    alertname: ALERTNAME,
    CRN: crn,
    carrier_name: 'prod-fra02-carrier105',
    carrier_type: 'hub-tugboat-etcd',
    crn_region: region,
    severity: 'warning',
    tip_customer_impacting: 'false',
    ...alert.labels,
  }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
  const named = all.CRN === null ? 'a cluster' : String(all.CRN)
  const description =
    alert.description ?? `armada-kp-events could not process key events for resource ${named} in the last 5 mins`
  return {
    status,
    labels: given,
    annotations: { description },
    startsAt: startsAt.toISOString(),
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
    generatorURL: '',
    fingerprint: createHash('sha256').update(JSON.stringify(given)).digest('hex').slice(0, 16),
  }
}

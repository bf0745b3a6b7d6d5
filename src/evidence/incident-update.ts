import type { RawAlert, RawIncident } from '../clients/pagerduty-schema.ts'
import type { GroupUpdate, ReceivedAlert } from '../model/alert.ts'
import { clusterIdTokens } from '../model/cluster-id.ts'
import { groupKeyOfDedupKey } from '../model/identity.ts'
import { cut, maskSecrets } from '../model/outside-text.ts'
import { fingerprintOf } from './alert-fingerprint.ts'
import { readIncidentAlerts } from './incident-alerts.ts'

/** The form of the keys that Alertmanager makes: sha256 in hex. */
const ALERTMANAGER_KEY = /^[0-9a-f]{64}$/
/** Longest part of an incident's text that is searched for names, in characters. */
const TEXT_LIMIT = 600_000

/** An incident as a message about the alert group behind it. */
export interface IncidentUpdate {
  update: GroupUpdate
  dedupKey: string
  /** Clusters that its text names, by token. */
  clusterIds: string[]
}

/**
 * What an incident tells of our alerts, or null where neither its details nor its text name one. Its key is trusted only
 * where it has the form of Alertmanager's and its details can be read; else it is matched weakly.
 */
export function toIncidentUpdate(
  incident: RawIncident,
  alerts: readonly RawAlert[],
  { alertnames, nowMs }: { alertnames: readonly string[]; nowMs: number },
): IncidentUpdate | null {
  const triggered = alerts.filter(({ status }) => status !== 'resolved')
  const read = triggered.map((alert) => ({
    alert,
    ...readIncidentAlerts(alert.body?.details, {
      alertnames,
      createdAtMs: alert.created_at ?? incident.created_at ?? nowMs,
    }),
  }))
  const text = toText(incident, triggered)
  const alertname = alertnames.find((name) => text.includes(name))
  const leading = read.find((candidate) => candidate.alerts.length > 0)
  if (!leading && alertname === undefined) return null
  const key = leading?.alert.alert_key ?? triggered.find(({ alert_key: given }) => given)?.alert_key ?? null
  const isStrong = leading !== undefined && key !== null && ALERTMANAGER_KEY.test(key)
  const dedupKey = key ?? `incident-${incident.id}`
  const ours = read.flatMap((candidate) => candidate.alerts)
  const missing = read.reduce((sum, candidate) => sum + candidate.missing, 0)
  return {
    dedupKey,
    clusterIds: clusterIdTokens(text),
    update: {
      groupKey: groupKeyOfDedupKey(dedupKey),
      receiver: '',
      groupLabels: {},
      commonLabels: {},
      externalUrl: '',
      truncatedAlerts: ours.length > 0 ? missing : Math.max(1, missing),
      alerts: ours.length > 0 ? ours : [unreadAlert(incident, alertname ?? '', nowMs)],
      incident: { id: incident.id, isWeaklyMatched: !isStrong },
    },
  }
}

/** Stands for the alerts of an incident whose details can't be read: it names no cluster, so that a person looks. */
function unreadAlert(incident: RawIncident, alertname: string, nowMs: number): ReceivedAlert {
  return {
    fingerprint: fingerprintOf({ alertname, incident: incident.id }),
    status: 'firing',
    labels: { alertname },
    annotations: { summary: cut(maskSecrets(incident.title ?? ''), 1_024) },
    startsAtMs: incident.created_at ?? nowMs,
    endsAtMs: null,
    generatorUrl: '',
    isFromIncident: true,
  }
}

function toText({ title }: RawIncident, alerts: readonly RawAlert[]): string {
  const parts = alerts.flatMap(({ summary, body }) => [summary ?? '', JSON.stringify(body?.details ?? '')])
  return [title ?? '', ...parts].join('\n').slice(0, TEXT_LIMIT)
}

import type { AlertmanagerClient, ListedAlert } from '../clients/alertmanager.ts'
import { boundLabels } from '../handlers/alertmanager/bounded-labels.ts'
import { parseGoTime } from '../handlers/alertmanager/go-time.ts'
import { ALERT_LIMIT } from '../handlers/alertmanager/to-group-update.ts'
import type { GroupUpdate, ReceivedAlert } from '../model/alert.ts'
import { type Case, firingAlerts } from '../model/case.ts'
import { maskSecrets } from '../model/outside-text.ts'

/**
 * The whole of a group of which Alertmanager's message left alerts out, read from its API by group labels and receiver;
 * null where that is not certainly this group: an alert that the case holds is missing there, or what is left out is more
 * than is kept. Another route may add alerts of the same labels and receiver: then more is judged, never less.
 * @throws TransientError, TerminalError when Alertmanager does not answer.
 */
export async function readWholeGroup(
  client: AlertmanagerClient,
  subject: Case,
  alertnames: readonly string[],
): Promise<GroupUpdate | null> {
  if (subject.receiver === '') return null
  const listed = await client.alerts(alertnames)
  const members = listed.filter((alert) => alert.status.state !== 'suppressed' && isOfGroup(alert, subject))
  const names = new Set(members.map(({ fingerprint }) => fingerprint))
  const isSame = firingAlerts(subject).every(({ fingerprint }) => names.has(fingerprint))
  if (!isSame || members.length === 0 || members.length > ALERT_LIMIT) return null
  const alerts = members.map(toReceivedAlert)
  if (alerts.some((alert) => alert === null)) return null
  return {
    groupKey: subject.groupKey,
    receiver: subject.receiver,
    groupLabels: subject.groupLabels,
    commonLabels: {},
    externalUrl: subject.externalUrl,
    truncatedAlerts: 0,
    alerts: alerts.filter((alert) => alert !== null),
  }
}

function isOfGroup({ labels, receivers }: ListedAlert, { groupLabels, receiver }: Case): boolean {
  const hasLabels = Object.entries(groupLabels).every(([name, value]) => (labels[name] ?? '') === value)
  return hasLabels && receivers.some(({ name }) => name === receiver || quoteMeta(name) === receiver)
}

/** The webhook names its receiver through Go's regexp.QuoteMeta. Source: Alertmanager template data. */
function quoteMeta(name: string): string {
  return name.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

function toReceivedAlert(listed: ListedAlert): ReceivedAlert | null {
  const labels = boundLabels(listed.labels)
  const annotations = boundLabels(listed.annotations)
  const startsAtMs = parseGoTime(listed.startsAt)
  if (startsAtMs === null || !labels.isComplete || !annotations.isComplete) return null
  return {
    fingerprint: listed.fingerprint,
    status: 'firing',
    labels: labels.labels,
    annotations: annotations.labels,
    startsAtMs,
    endsAtMs: null,
    generatorUrl: maskSecrets(listed.generatorURL ?? ''),
  }
}
